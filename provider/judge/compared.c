/* compared.c - the keys that a refused peer presented and the pins of its file, for the record. */
#include "evaluation.h"

#include <stdio.h>

static void format_subject(X509 *cert, char out[static PIN_SUBJECT_MAX])
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    long len = 0;

    out[0] = '\0';
    if (bio != NULL &&
        X509_NAME_print_ex(bio, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) >= 0)
        len = BIO_get_mem_data(bio, &text);
    if (len > 0 && text != NULL)
        snprintf(out, PIN_SUBJECT_MAX, "%.*s", (int)(len < PIN_SUBJECT_MAX ? len : PIN_SUBJECT_MAX),
                 text);
    BIO_free(bio);
}

static void add_presented(struct pin_compared *out, const struct pin_leaf *leaf)
{
    struct pin_digest digest;
    struct pin_presented_key *presented = &out->presented[out->presented_count];

    if (out->presented_count == PIN_PRESENTED_MAX) {
        out->presented_more++;
        return;
    }
    if (!pin_match_key_digest(leaf, PIN_SHA256, &digest, NULL))
        return;
    pin_digest_format(&digest, presented->pin);
    if (leaf->cert != NULL)
        format_subject(leaf->cert, presented->subject);
    else
        snprintf(presented->subject, sizeof presented->subject, "a raw public key");
    out->presented_count++;
}

static void add_expected(struct pin_compared *out, const struct pin *pin)
{
    if (out->expected_count < PIN_PRESENTED_MAX)
        out->expected[out->expected_count++] = *pin;
    else
        out->expected_more++;
}

void pin_compared_add(const struct pin_evaluation *evaluation, struct pin_compared *out)
{
    const struct pin_policy *policy = &evaluation->applied->policy;
    const struct pin_peer *peer = evaluation->peer;

    add_presented(out, &peer->leaf);
    for (int i = 0; i < sk_X509_num(peer->presented); i++) {
        const struct pin_leaf issuer = {.cert = sk_X509_value(peer->presented, i)};
        if (peer->leaf.cert == NULL || X509_cmp(issuer.cert, peer->leaf.cert) != 0)
            add_presented(out, &issuer);
    }
    for (size_t i = 0; i < policy->count; i++)
        if (policy->pins[i].until >= evaluation->today)
            add_expected(out, &policy->pins[i]);
}
