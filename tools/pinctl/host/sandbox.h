/*
 * tryout.h - what does an openssl.cnf do to a program that reads it?
 *
 * Found out by a child that loads it as any program would: pinctl itself, started anew with a
 * command that is in no list. Names none of pinning/ossl.h: in the child nothing is opened yet.
 */
#ifndef PINCTL_SANDBOX_H
#define PINCTL_SANDBOX_H

#include <pinning/error.h>
#include <stdbool.h>

struct pinctl_sandbox {
    bool loaded;         /* openssl.cnf was read without an error */
    bool hash;           /* SHA-256 can be had */
    bool random;         /* so can random bytes */
    bool tls;            /* so can a context for a TLS client */
    bool pinning;        /* the provider is active */
    bool held;           /* and stands in the way of that context */
    char module[512];    /* the file of the code that stands there; "" for none */
    char providers[512]; /* the names of all that are active */
    char error[400];     /* OpenSSL's first error, "" for none */
};

/* conf NULL: as the environment has it. False with *err if the child could not say. */
bool pinctl_sandbox(const char *conf, struct pinctl_sandbox *out, struct pin_error *err);

/* The child; main() calls it for the command of this name. Returns the exit status. */
#define PINCTL_SANDBOX "--tryout"
int pinctl_sandbox_child(void);

#endif
