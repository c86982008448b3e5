/*
 * nsc.h - a parsed network-security-config, for its reader only.
 */
#ifndef PINCTL_NSC_H
#define PINCTL_NSC_H

#include "form/form.h"

#include <pinning/identity.h>
#include <stdint.h>

#define NSC_PINS_MAX  64
#define NSC_NO_PARENT SIZE_MAX

/* A domain-config. It inherits from the one around it what it does not set, wherever in the outer
 * one that is set. */
struct nsc_config {
    size_t parent; /* in nsc_file.configs, or NSC_NO_PARENT */
    struct pin_digest pins[NSC_PINS_MAX];
    size_t pin_count;
    bool has_pins;          /* a pin-set; if that is empty its domains are not pinned */
    bool has_mode, reports; /* TrustKit's enforcePinning */
    pin_day report_after;
};

struct nsc_domain {
    struct pin_identity id;
    const char *at;
    bool subdomains;
    size_t config; /* in nsc_file.configs */
};

struct nsc_file {
    struct nsc_config *configs; /* owned */
    size_t config_count;
    struct nsc_domain *domains; /* owned */
    size_t domain_count;
};

/* Adds the hosts of the file. False with the error. */
bool nsc_add_hosts(struct imports *in, const struct nsc_file *file);

#endif
