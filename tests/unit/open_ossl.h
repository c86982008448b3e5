/* open_ossl.h - the pointers through which the components call OpenSSL. */
#ifndef OPEN_OSSL_H
#define OPEN_OSSL_H

/* Points them into the OpenSSL of this process; to be called once, first in main(). */
void open_ossl(void);

/* From now on the components' calls of the function go to the other one: to one that fails. Returns
 * the pointer to give back with the same call. */
typedef void open_ossl_any(void);
open_ossl_any *open_ossl_swap(const char *function, open_ossl_any *other);

#endif
