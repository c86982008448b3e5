/* probe_output.h - what openssl s_client printed; a part of probe.c. Both change the text. */
#ifndef PINCTL_PROBE_OUTPUT_H
#define PINCTL_PROBE_OUTPUT_H

#include "pinctl.h"

#include <openssl/x509.h>
#include <pinning/error.h>

/* The certificates that the server presented, leaf first, from standard output (NULL: empty); NULL
 * if there is none, or one cannot be read. The caller frees with sk_X509_pop_free(). */
STACK_OF(X509) * pinctl_probe_chain(char *text);

/* Why there is none, from standard error (NULL: empty). An error is printed as
 * THREAD:error:CODE:LIBRARY:FUNCTION:REASON:FILE:LINE:DATA. Of the first it is the data where the
 * reason says nothing, else the reason; without an error the first line. protocol is what TLS was
 * asked for in; "" for TLS at once. */
void pinctl_probe_why(char *text, const char *protocol, struct pin_error *err);

#endif
