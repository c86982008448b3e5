/* open_ossl.h - the pointers through which the components call OpenSSL. */
#ifndef OPEN_OSSL_H
#define OPEN_OSSL_H

/* Points them into the OpenSSL of this process. Call it once, first in main(). */
void open_ossl(void);

/* Redirects the components' calls of a function to a different one, which may fail. Returns the
 * pointer before, to be restored with the same call. */
typedef void open_ossl_any(void);
open_ossl_any *open_ossl_swap(const char *function, open_ossl_any *other);

#endif
