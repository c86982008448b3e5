/* What is written in the store, and who is met: in the order of the table in peers.c. */
#include "peers.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

X509 *scene_ca(void)
{
    static X509 *ca;

    if (ca == NULL)
        ca = BAT_CERT(.cn = "the CA", .key = pki_key(SCENE_CA_KEY), .ca = true,
                      .issuer = bat_root(), .issuer_key = pki_key(BAT_ROOT_KEY));
    return ca;
}

static void pin_key_of(struct scene *s, const char *file)
{
    bat_store(s->b, file, "key = %s\n", bat_key_pin(BAT_CERT(.key = pki_key(BAT_TRUE_KEY))));
}

void scene_by_key(struct scene *s)
{
    bat_pin(s->b);
    s->id = bat_who(s->b);
}

/* The impostor has the pinned CA's certificate as well, and sends it. */
static struct bat_id by_ca_as(const struct bat *b, const char *san)
{
    struct bat_id id = bat_named(san, BAT_FALSE_KEY);

    if (b->honest)
        id.cert = BAT_CERT(.cn = "a server", .key = id.key, .san = san, .issuer = scene_ca(),
                           .issuer_key = pki_key(SCENE_CA_KEY));
    id.above = pki_stack(PKI_CERTS(scene_ca()));
    return id;
}

void scene_by_ca(struct scene *s)
{
    bat_store(s->b, BAT_HOST ".pins", "ca = %s\n", bat_key_pin(scene_ca()));
    s->id = by_ca_as(s->b, "DNS:" BAT_HOST);
}

void scene_by_ca_of_address(struct scene *s)
{
    bat_store(s->b, SCENE_ADDRESS ".pins", "ca = %s\n", bat_key_pin(scene_ca()));
    s->id = by_ca_as(s->b, "IP:" SCENE_ADDRESS);
}

/* One who claims the pinned name in his certificate would be found by it: this one does not, where
 * the program does not check it. */
void scene_by_key_of_address(struct scene *s)
{
    pin_key_of(s, SCENE_ADDRESS ".pins");
    s->id = bat_named(s->b->verify == SSL_VERIFY_NONE ? "DNS:elsewhere.test" : "IP:" SCENE_ADDRESS,
                      s->b->honest ? BAT_TRUE_KEY : BAT_FALSE_KEY);
}

void scene_by_key_of_socket(struct scene *s)
{
    pin_key_of(s, SCENE_ADDRESS ".pins");
    s->id = bat_named("DNS:elsewhere.test", s->b->honest ? BAT_TRUE_KEY : BAT_FALSE_KEY);
}

void scene_by_nameless(struct scene *s)
{
    pin_key_of(s, "_nameless.pins");
    s->id = bat_who(s->b);
}

void scene_by_default(struct scene *s)
{
    pin_key_of(s, "_default.pins");
    s->id = bat_who(s->b);
}

void scene_by_parent(struct scene *s)
{
    bat_store(s->b, "test.pins", "subdomains = yes\nkey = %s\n", bat_key_pin(bat_true().cert));
    s->id = bat_who(s->b);
}

void scene_unpinned(struct scene *s)
{
    bat_store(s->b, "elsewhere.test.pins", "key = %s\n", bat_key_pin(bat_true().cert));
    s->id = bat_true();
}

void scene_unpinned_refused(struct scene *s)
{
    bat_store(s->b, "_store", "unpinned = refuse\n");
    scene_unpinned(s);
}

/* Others may write what is pinned; or somebody else owns it, where we may arrange that. */
void scene_writable(struct scene *s)
{
    char path[320];

    scene_by_key(s);
    snprintf(path, sizeof path, "%s/pins/" BAT_HOST ".pins", s->b->dir);
    BAT_NEED(chmod(path, 0664) == 0);
}

void scene_foreign(struct scene *s)
{
    char path[320];

    scene_by_key(s);
    snprintf(path, sizeof path, "%s/pins/" BAT_HOST ".pins", s->b->dir);
    if (geteuid() == 0)
        BAT_NEED(chown(path, 65534, 0) == 0);
    else
        BAT_NEED(chmod(path, 0666) == 0);
}

void scene_by_certificate_of_client(struct scene *s)
{
    char path[320];

    snprintf(path, sizeof path, "%s/clients", s->b->dir);
    BAT_NEED(mkdir(path, 0755) == 0);
    bat_store(s->b, "../clients/_store", "# empty\n");
    pin_key_of(s, "../clients/" BAT_HOST ".pins");
    s->id = bat_who(s->b);
}

void scene_not_pinned_yet(struct scene *s)
{
    s->id = bat_who(s->b);
}

void scene_by_ca_later(struct scene *s)
{
    s->id = by_ca_as(s->b, "DNS:" BAT_HOST);
}
