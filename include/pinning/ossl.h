/*
 * ossl.h - the OpenSSL that loaded us.
 *
 * The module is linked to no OpenSSL: one binary serves every version on a host, and each process
 * its own. The components call OpenSSL by its usual names; these are macros for pointers that are
 * found at run time in the very library that loaded the module (provider/ossl/ossl.list names them
 * all).
 */
#ifndef PINNING_OSSL_H
#define PINNING_OSSL_H

#include <openssl/async.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <pinning/error.h>
#include <stdbool.h>
#include <stddef.h>

enum pin_ossl_stage { PIN_OSSL_CORE, PIN_OSSL_CRYPTO, PIN_OSSL_SSL };
enum pin_ossl_need { PIN_OSSL_REQUIRED, PIN_OSSL_OPTIONAL };
struct pin_ossl_row {
    const char *name;
    size_t offset; /* of its pointer in struct pin_ossl */
    enum pin_ossl_stage stage;
    enum pin_ossl_need need;
};

#include <pinning/ossl_names.h>

/* Is this optional function there? Others are NULL only before pin_ossl_use(). */
#define pin_ossl_has(name) (&name != NULL)

/* Finds the libcrypto that contains the address (of any of its functions, such as a core upcall)
 * and the functions needed while loading. Again with an address in the same library: true, nothing
 * happens. False with PIN_R_UNHOOKED if its symbols cannot be reached (OpenSSL linked into a
 * program and hidden), or if another OpenSSL of the same process was opened before. Thread-safe. */
__attribute__((warn_unused_result)) bool pin_ossl_open(const void *within, struct pin_error *err);

/* Finds all other functions, in that libcrypto and in the libssl that belongs to it; to be called
 * when the first SSL_CTX appears, since libssl may be loaded later than libcrypto. Once it has
 * answered true it costs one atomic load. False with PIN_R_UNHOOKED as above, or if a required
 * function is missing; it is then tried again by the next call. Thread-safe. */
__attribute__((warn_unused_result)) bool pin_ossl_use(struct pin_error *err);

#endif
