/* Parsing the output of openssl s_client. */
#include "tls/probe_output.h"

#include <pinning/error.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#define CERTS_MAX  64
#define CHAIN_ENDS "\nServer certificate\n" /* after it comes text that the server may choose */

STACK_OF(X509) * pinctl_probe_chain(char *text)
{
    char *end = text != NULL ? strstr(text, CHAIN_ENDS) : NULL;
    STACK_OF(X509) *chain = sk_X509_new_null();
    BIO *in;
    X509 *cert;
    bool ok = chain != NULL;

    if (end != NULL)
        *end = '\0';
    ERR_set_mark();
    in = end != NULL ? BIO_new_mem_buf(text, -1) : NULL;
    while (ok && in != NULL && sk_X509_num(chain) < CERTS_MAX &&
           (cert = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
        ok = sk_X509_push(chain, cert) > 0;
        if (!ok)
            X509_free(cert);
    }
    ok = ok && sk_X509_num(chain) > 0 &&
         (sk_X509_num(chain) == CERTS_MAX ||
          ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE);
    ERR_pop_to_mark();
    BIO_free(in);
    if (!ok) {
        sk_X509_pop_free(chain, X509_free);
        chain = NULL;
    }
    return chain;
}

/* s_client reports no error for what fails before TLS begins. */
static bool why_not_begun(const char *text, const char *protocol, struct pin_error *err)
{
    if (protocol[0] == '\0')
        return false;
    if (strncmp(text, "s_client: Value must be one of", 30) == 0)
        return !pin_error_set(err, PIN_R_INTERNAL,
                              "openssl s_client -starttls does not know the protocol \"%s\"",
                              protocol);
    if (text[0] == '\0' || strstr(text, "Didn't find STARTTLS") != NULL)
        return !pin_error_set(err, PIN_R_INTERNAL, "the server offers no TLS over %s", protocol);
    return false;
}

void pinctl_probe_why(char *text, const char *protocol, struct pin_error *err)
{
    char *error = text != NULL ? strstr(text, ":error:") : NULL;
    char *fields[8] = {NULL};

    if (why_not_begun(text != NULL ? text : "", protocol, err))
        return;
    if (error == NULL) {
        if (text != NULL)
            text[strcspn(text, "\n")] = '\0';
        pin_error_set(err, PIN_R_INTERNAL, "%.300s",
                      text != NULL && text[0] != '\0' ? text : "no certificate was presented");
        return;
    }
    error[strcspn(error, "\n")] = '\0';
    for (size_t i = 0; i < 8 && error != NULL; i++) {
        fields[i] = strsep(&error, ":");
    }
    bool is_vague =
        fields[5] == NULL || fields[5][0] == '\0' || strcmp(fields[5], "system lib") == 0;
    const char *words = is_vague && error != NULL && error[0] != '\0' ? error : fields[5];
    pin_error_set(err, PIN_R_INTERNAL, "%.300s", words != NULL ? words : "the handshake failed");
}
