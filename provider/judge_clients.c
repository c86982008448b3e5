/* The certificate of a client to policies: we are the server, and it has shown one. */
#include "judge_look.h"

#include <pinning/leaf.h>

#include <string.h>

/* A mail address has no parents: only hosts stand below hosts. */
static void look_claim(struct pin_look *look, const struct pin_identity *claim)
{
    pin_trace(look->trace, "looking for the client %s", claim->text);
    if (strchr(claim->text, '@') != NULL)
        pin_look_file(look, claim->text, false, claim, false);
    else
        pin_look_walk(look, claim, false);
}

void pin_look_client(struct pin_look *look, const struct pin_peer *peer)
{
    struct pin_policies *out = look->out;
    struct pin_names claims = {NULL, 0, 0};
    size_t i = 0;

    if (peer->leaf.cert == NULL || pin_leaf_client_names(peer->leaf.cert, &claims, &out->fault)) {
        while (i < claims.count && !pin_look_failed(look))
            look_claim(look, &claims.list[i++]);
    }
    /* For the record: the first name, or that whose file cannot be used. */
    if (claims.count > 0)
        out->subject = claims.list[pin_look_failed(look) && i > 0 ? i - 1 : 0];
    pin_names_clear(&claims);
    if (!pin_look_failed(look) && out->count == 0)
        pin_look_file(look, "_default", false, &out->subject, false);
}
