/* stores.c - stores and certificates, in the order of the table in peers.c. */
#include "peers.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

X509 *fixture_ca(void)
{
    static X509 *ca;

    if (ca == NULL)
        ca = ATK_CERT(.cn = "the CA", .key = pki_key(FIXTURE_CA_KEY), .ca = true,
                      .issuer = atk_root(), .issuer_key = pki_key(ATK_ROOT_KEY));
    return ca;
}

static void pin_key_of(struct fixture *s, const char *file)
{
    atk_store(s->run, file, "key = %s\n", atk_key_pin(ATK_CERT(.key = pki_key(ATK_TRUE_KEY))));
}

void fixture_by_key(struct fixture *s)
{
    atk_pin(s->run);
    s->id = atk_peer_id(s->run);
}

/* The impostor sends the pinned CA's certificate too. */
static struct atk_id by_ca_as(const struct atk_run *run, const char *san)
{
    struct atk_id id = atk_named(san, ATK_FALSE_KEY);

    if (run->honest)
        id.cert = ATK_CERT(.cn = "a server", .key = id.key, .san = san, .issuer = fixture_ca(),
                           .issuer_key = pki_key(FIXTURE_CA_KEY));
    id.above = pki_stack(PKI_CERTS(fixture_ca()));
    return id;
}

void fixture_by_ca(struct fixture *s)
{
    atk_store(s->run, ATK_HOST ".pins", "ca = %s\n", atk_key_pin(fixture_ca()));
    s->id = by_ca_as(s->run, "DNS:" ATK_HOST);
}

void fixture_by_ca_of_address(struct fixture *s)
{
    atk_store(s->run, FIXTURE_ADDRESS ".pins", "ca = %s\n", atk_key_pin(fixture_ca()));
    s->id = by_ca_as(s->run, "IP:" FIXTURE_ADDRESS);
}

/* A certificate with the pinned address would be found by it. So the certificate does not have it
 * where the program does not check it. */
void fixture_by_key_of_address(struct fixture *s)
{
    pin_key_of(s, FIXTURE_ADDRESS ".pins");
    s->id =
        atk_named(s->run->verify == SSL_VERIFY_NONE ? "DNS:elsewhere.test" : "IP:" FIXTURE_ADDRESS,
                  s->run->honest ? ATK_TRUE_KEY : ATK_FALSE_KEY);
}

void fixture_by_key_of_socket(struct fixture *s)
{
    pin_key_of(s, FIXTURE_ADDRESS ".pins");
    s->id = atk_named("DNS:elsewhere.test", s->run->honest ? ATK_TRUE_KEY : ATK_FALSE_KEY);
}

void fixture_by_nameless(struct fixture *s)
{
    pin_key_of(s, "_nameless.pins");
    s->id = atk_peer_id(s->run);
}

void fixture_by_default(struct fixture *s)
{
    pin_key_of(s, "_default.pins");
    s->id = atk_peer_id(s->run);
}

void fixture_by_parent(struct fixture *s)
{
    atk_store(s->run, "test.pins", "subdomains = yes\nkey = %s\n", atk_key_pin(atk_true().cert));
    s->id = atk_peer_id(s->run);
}

void fixture_unpinned(struct fixture *s)
{
    atk_store(s->run, "elsewhere.test.pins", "key = %s\n", atk_key_pin(atk_true().cert));
    s->id = atk_true();
}

void fixture_unpinned_refused(struct fixture *s)
{
    atk_store(s->run, "_store", "unpinned = refuse\n");
    fixture_unpinned(s);
}

/* Other users may write the pin file; or a different user owns it, if we are root. */
void fixture_writable(struct fixture *s)
{
    char path[320];

    fixture_by_key(s);
    snprintf(path, sizeof path, "%s/pins/" ATK_HOST ".pins", s->run->dir);
    ATK_NEED(chmod(path, 0664) == 0);
}

void fixture_foreign(struct fixture *s)
{
    char path[320];

    fixture_by_key(s);
    snprintf(path, sizeof path, "%s/pins/" ATK_HOST ".pins", s->run->dir);
    if (geteuid() == 0)
        ATK_NEED(chown(path, 65534, 0) == 0);
    else
        ATK_NEED(chmod(path, 0666) == 0);
}

void fixture_by_certificate_of_client(struct fixture *s)
{
    char path[320];

    snprintf(path, sizeof path, "%s/clients", s->run->dir);
    ATK_NEED(mkdir(path, 0755) == 0);
    atk_store(s->run, "../clients/_store", "# empty\n");
    pin_key_of(s, "../clients/" ATK_HOST ".pins");
    s->id = atk_peer_id(s->run);
}

void fixture_not_pinned_yet(struct fixture *s)
{
    s->id = atk_peer_id(s->run);
}

void fixture_by_ca_later(struct fixture *s)
{
    s->id = by_ca_as(s->run, "DNS:" ATK_HOST);
}
