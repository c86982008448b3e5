/* open_ossl.c - the pointers through which the components call OpenSSL. */
#define PIN_OSSL_TABLE /* the names themselves, not as macros */
#include "open_ossl.h"

#include "pki.h"

#include <pinning/ossl.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void open_ossl(void)
{
    struct pin_error err = {0};

    if (pin_ossl_open(pki_libcrypto(), &err) && pin_ossl_use(&err))
        return;
    fprintf(stderr, "%s\n", err.text);
    exit(EXIT_FAILURE);
}

open_ossl_any *open_ossl_swap(const char *function, open_ossl_any *other)
{
    for (size_t i = 0; i < sizeof pin_ossl_table / sizeof pin_ossl_table[0]; i++) {
        if (strcmp(pin_ossl_table[i].name, function) == 0) {
            char *entry = (char *)&pin_ossl + pin_ossl_table[i].offset;
            open_ossl_any *was;
            memcpy(&was, entry, sizeof was);
            memcpy(entry, &other, sizeof other);
            return was;
        }
    }
    ck_abort_msg("%s is not in the list", function);
    return NULL;
}
