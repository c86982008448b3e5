/* The evidence of pinctl explain: the certificates that the peer presents. */
#include "explain/explain.h"
#include "explain/certificate.h"

#include <stdio.h>

#define SOON_IN_DAYS 30

static void print_certificate(const struct explain *e, int i, const struct certificate_text *text,
                              const char *pin)
{
    pin_day today = pin_day_of(e->ctl->now);

    pinctl_print(stdout, "  %d  %s\n", i,
                 text->subject[0] != '\0' ? text->subject : "(an empty subject)");
    pinctl_print(stdout, "     issued by %s\n", text->is_self_issued ? "itself" : text->issuer);
    printf("     valid from %s to %s%s\n", text->first, text->last,
           text->ends < today                  ? ": expired"
           : text->begins > today              ? ": not yet valid"
           : text->ends - today < SOON_IN_DAYS ? ": expires soon"
                                               : "");
    printf("     key %s\n", pin);
}

static void print_chain(struct explain *e)
{
    for (int i = 0; i < sk_X509_num(e->chain); i++) {
        const struct pinctl_key key = {.cert = sk_X509_value(e->chain, i)};
        struct certificate_text text;
        struct pin_digest digest;
        char pin[PIN_DIGEST_TEXT] = "(unknown: cannot be hashed)";
        if (pinctl_key_digest(&key, false, PIN_SHA256, &digest, NULL))
            pin_digest_format(&digest, pin);
        certificate_describe(&key, &text);
        if (!e->ctl->json) {
            print_certificate(e, i, &text, pin);
            continue;
        }
        json_t *object = json_object();
        certificate_to_json(&object, &text);
        pinctl_json_set(&object, "key", json_string(pin));
        pinctl_json_put(&e->json, NULL, object);
    }
}

void explain_evidence(struct explain *e)
{
    char why[REFERENCE_WHY] = "";
    bool ok = e->chain != NULL && reference_verify(e->trust, e->chain, &e->host, e->ctl->now, why);

    if (e->ctl->json) {
        pinctl_json_put(&e->json, "host", pinctl_json_text(e->host.text));
        pinctl_json_put(&e->json, "port", json_integer(e->target.port));
        pinctl_json_open(&e->json, "presented", '[');
        print_chain(e);
        pinctl_json_close(&e->json);
        pinctl_json_put(&e->json, "verifies", json_boolean(ok));
        pinctl_json_put(&e->json, "why", pinctl_json_text(e->chain != NULL ? why : e->fault.text));
        return;
    }
    if (e->chain_file != NULL)
        pinctl_print(stdout, "evidence: %s\n", e->chain_file);
    else
        pinctl_print(stdout, "evidence: what %s:%u presents\n", e->target.host.text,
                     e->target.port);
    print_chain(e);
    if (e->chain == NULL)
        pinctl_print(stdout, "  none: %s\n", e->fault.text);
    else if (ok)
        printf("  the chain verifies against the trust store: %syes%s\n",
               pinctl_colour(stdout, PINCTL_GOOD), pinctl_colour(stdout, PINCTL_PLAIN));
    else
        pinctl_print(stdout, "  the chain verifies against the trust store: no: %s\n", why);
}
