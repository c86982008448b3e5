/*
 * probe_output.h - parsing the output of openssl s_client; internal to tls/. Both functions change
 * the text.
 */
#ifndef PINCTL_PROBE_OUTPUT_H
#define PINCTL_PROBE_OUTPUT_H

#include "pinctl.h"

#include <openssl/x509.h>
#include <pinning/error.h>

/* Returns the certificates that the server presented, leaf first, from standard output (NULL:
 * empty). NULL if there are none, or one cannot be parsed. The caller frees with
 * sk_X509_pop_free(). */
STACK_OF(X509) * pinctl_probe_chain(char *text);

/* Sets *err to the reason why there are none, from standard error (NULL: empty). s_client prints an
 * error as THREAD:error:CODE:LIBRARY:FUNCTION:REASON:FILE:LINE:DATA. Uses the reason of the first
 * error, or its data if the reason is unspecific; without an error, the first line. protocol is
 * that of STARTTLS, "" for none. */
void pinctl_probe_why(char *text, const char *protocol, struct pin_error *err);

#endif
