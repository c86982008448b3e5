/*
 * sandbox.h - a child process that shows what an openssl.cnf does to a program that reads it.
 *
 * The child is pinctl itself, executed again with a command that is not in the list of commands. It
 * loads openssl.cnf as any program does. It uses OpenSSL directly and nothing of pinning/ossl.h,
 * because nothing is opened in the child.
 */
#ifndef PINCTL_SANDBOX_H
#define PINCTL_SANDBOX_H

#include <pinning/error.h>
#include <stdbool.h>

struct pinctl_sandbox {
    bool loaded;         /* openssl.cnf was read without an error */
    bool hash;           /* SHA-256 works */
    bool random;         /* random bytes can be generated */
    bool tls;            /* a context for a TLS client can be made */
    bool pinning;        /* the provider is active */
    bool hooked;         /* its security callback is set in that context */
    char module[512];    /* the file that contains this callback; "" for none */
    char providers[512]; /* the names of all active providers */
    char error[400];     /* OpenSSL's first error, "" for none */
};

/* Runs the child with OPENSSL_CONF set to conf; NULL: unchanged. False with *err if it cannot be
 * run. */
bool pinctl_sandbox(const char *conf, struct pinctl_sandbox *out, struct pin_error *err);

/* The child's part: main() calls it for the command of this name. Returns the exit status. */
#define PINCTL_SANDBOX "--sandbox"
int pinctl_sandbox_child(void);

#endif
