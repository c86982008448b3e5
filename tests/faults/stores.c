/* What is written in the store, and who is met: in the order of the table in peers.c. */
#include "peers.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

X509 *scene_ca(void)
{
    static X509 *ca;

    if (ca == NULL)
        ca = ATK_CERT(.cn = "the CA", .key = pki_key(SCENE_CA_KEY), .ca = true,
                      .issuer = atk_root(), .issuer_key = pki_key(ATK_ROOT_KEY));
    return ca;
}

static void pin_key_of(struct scene *s, const char *file)
{
    atk_store(s->b, file, "key = %s\n", atk_key_pin(ATK_CERT(.key = pki_key(ATK_TRUE_KEY))));
}

void scene_by_key(struct scene *s)
{
    atk_pin(s->b);
    s->id = atk_who(s->b);
}

/* The impostor has the pinned CA's certificate as well, and sends it. */
static struct atk_id by_ca_as(const struct bat *b, const char *san)
{
    struct atk_id id = atk_named(san, ATK_FALSE_KEY);

    if (b->honest)
        id.cert = ATK_CERT(.cn = "a server", .key = id.key, .san = san, .issuer = scene_ca(),
                           .issuer_key = pki_key(SCENE_CA_KEY));
    id.above = pki_stack(PKI_CERTS(scene_ca()));
    return id;
}

void scene_by_ca(struct scene *s)
{
    atk_store(s->b, ATK_HOST ".pins", "ca = %s\n", atk_key_pin(scene_ca()));
    s->id = by_ca_as(s->b, "DNS:" ATK_HOST);
}

void scene_by_ca_of_address(struct scene *s)
{
    atk_store(s->b, SCENE_ADDRESS ".pins", "ca = %s\n", atk_key_pin(scene_ca()));
    s->id = by_ca_as(s->b, "IP:" SCENE_ADDRESS);
}

/* One who claims the pinned name in his certificate would be found by it: this one does not, where
 * the program does not check it. */
void scene_by_key_of_address(struct scene *s)
{
    pin_key_of(s, SCENE_ADDRESS ".pins");
    s->id = atk_named(s->b->verify == SSL_VERIFY_NONE ? "DNS:elsewhere.test" : "IP:" SCENE_ADDRESS,
                      s->b->honest ? ATK_TRUE_KEY : ATK_FALSE_KEY);
}

void scene_by_key_of_socket(struct scene *s)
{
    pin_key_of(s, SCENE_ADDRESS ".pins");
    s->id = atk_named("DNS:elsewhere.test", s->b->honest ? ATK_TRUE_KEY : ATK_FALSE_KEY);
}

void scene_by_nameless(struct scene *s)
{
    pin_key_of(s, "_nameless.pins");
    s->id = atk_who(s->b);
}

void scene_by_default(struct scene *s)
{
    pin_key_of(s, "_default.pins");
    s->id = atk_who(s->b);
}

void scene_by_parent(struct scene *s)
{
    atk_store(s->b, "test.pins", "subdomains = yes\nkey = %s\n", atk_key_pin(atk_true().cert));
    s->id = atk_who(s->b);
}

void scene_unpinned(struct scene *s)
{
    atk_store(s->b, "elsewhere.test.pins", "key = %s\n", atk_key_pin(atk_true().cert));
    s->id = atk_true();
}

void scene_unpinned_refused(struct scene *s)
{
    atk_store(s->b, "_store", "unpinned = refuse\n");
    scene_unpinned(s);
}

/* Others may write what is pinned; or somebody else owns it, where we may arrange that. */
void scene_writable(struct scene *s)
{
    char path[320];

    scene_by_key(s);
    snprintf(path, sizeof path, "%s/pins/" ATK_HOST ".pins", s->b->dir);
    ATK_NEED(chmod(path, 0664) == 0);
}

void scene_foreign(struct scene *s)
{
    char path[320];

    scene_by_key(s);
    snprintf(path, sizeof path, "%s/pins/" ATK_HOST ".pins", s->b->dir);
    if (geteuid() == 0)
        ATK_NEED(chown(path, 65534, 0) == 0);
    else
        ATK_NEED(chmod(path, 0666) == 0);
}

void scene_by_certificate_of_client(struct scene *s)
{
    char path[320];

    snprintf(path, sizeof path, "%s/clients", s->b->dir);
    ATK_NEED(mkdir(path, 0755) == 0);
    atk_store(s->b, "../clients/_store", "# empty\n");
    pin_key_of(s, "../clients/" ATK_HOST ".pins");
    s->id = atk_who(s->b);
}

void scene_not_pinned_yet(struct scene *s)
{
    s->id = atk_who(s->b);
}

void scene_by_ca_later(struct scene *s)
{
    s->id = by_ca_as(s->b, "DNS:" ATK_HOST);
}
