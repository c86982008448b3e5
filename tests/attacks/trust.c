/* trust.c - roots with trust settings of their own ("TRUSTED CERTIFICATE", openssl-x509(1)), pinned
 * as ca. */
#include "groups.h"

enum { SECOND_KEY = ATK_FREE_KEY, INT_KEY, CROSS_KEY };

static X509 *ca(const char *cn, unsigned key, X509 *issuer, unsigned issuer_key)
{
    return ATK_CERT(.cn = cn, .key = pki_key(key), .ca = true, .issuer = issuer,
                    .issuer_key = issuer != NULL ? pki_key(issuer_key) : NULL);
}

static struct atk_id leaf_of(X509 *issuer, unsigned issuer_key, X509 *above)
{
    struct atk_id id = {.cert = ATK_CERT(.cn = "leaf", .san = "DNS:" ATK_HOST,
                                         .key = pki_key(ATK_TRUE_KEY), .issuer = issuer,
                                         .issuer_key = pki_key(issuer_key)),
                        .key = pki_key(ATK_TRUE_KEY)};

    if (above != NULL)
        id.above = pki_stack(PKI_CERTS(above));
    return id;
}

/* Returns a client that trusts these certificates and no other; second may be NULL. */
static SSL_CTX *client_that_trusts(struct atk_run *run, X509 *first, X509 *second)
{
    SSL_CTX *client = atk_client(run);
    X509_STORE *store = X509_STORE_new();

    ATK_NEED(store != NULL && X509_STORE_add_cert(store, first));
    if (second != NULL)
        ATK_NEED(X509_STORE_add_cert(store, second));
    SSL_CTX_set_cert_store(client, store);
    return client;
}

static void trust(X509 *cert, int nid)
{
    ATK_NEED(X509_add1_trust_object(cert, OBJ_nid2obj(nid)));
}

static void pin_ca(struct atk_run *run, X509 *cert)
{
    atk_store(run, ATK_HOST ".pins", "ca = %s\n", atk_key_pin(cert));
}

/* Both roots are trusted for servers, and one is pinned. The impostor has a certificate of the
 * other. */
static void trusted(struct atk_run *run)
{
    X509 *root = ca("the root", ATK_ROOT_KEY, NULL, 0);
    X509 *second = ca("second root", SECOND_KEY, NULL, 0);

    trust(root, NID_server_auth);
    trust(second, NID_server_auth);
    pin_ca(run, root);
    atk_exchange(run, client_that_trusts(run, root, second),
                 atk_server(run, run->honest ? leaf_of(root, ATK_ROOT_KEY, NULL)
                                             : leaf_of(second, SECOND_KEY, root)));
}

/* The pinned root is above an intermediate. */
static void trusted_above(struct atk_run *run)
{
    X509 *root = ca("the root", ATK_ROOT_KEY, NULL, 0);
    X509 *second = ca("second root", SECOND_KEY, NULL, 0);
    X509 *parent = run->honest ? root : second;
    const unsigned parent_key = run->honest ? ATK_ROOT_KEY : SECOND_KEY;
    X509 *intermediate = ca("intermediate", INT_KEY, parent, parent_key);

    trust(root, NID_server_auth);
    trust(second, NID_server_auth);
    pin_ca(run, root);
    atk_exchange(run, client_that_trusts(run, root, second),
                 atk_server(run, leaf_of(intermediate, INT_KEY, intermediate)));
}

/* The store has the pinned root and rejects it: for servers, or (the control) for mail. OpenSSL
 * itself refuses such a server if it verifies. */
static void rejected(struct atk_run *run)
{
    X509 *root = ca("the root", ATK_ROOT_KEY, NULL, 0);

    ATK_NEED(X509_add1_reject_object(
        root, OBJ_nid2obj(run->honest ? NID_email_protect : NID_server_auth)));
    pin_ca(run, root);
    atk_exchange(run, client_that_trusts(run, root, NULL),
                 atk_server(run, leaf_of(root, ATK_ROOT_KEY, NULL)));
}

/* The store trusts the pinned root for mail alone, or (the control) for servers as well. */
static void trusted_for_mail(struct atk_run *run)
{
    X509 *root = ca("the root", ATK_ROOT_KEY, NULL, 0);

    trust(root, NID_email_protect);
    if (run->honest)
        trust(root, NID_server_auth);
    pin_ca(run, root);
    atk_exchange(run, client_that_trusts(run, root, NULL),
                 atk_server(run, leaf_of(root, ATK_ROOT_KEY, NULL)));
}

/* The store has the intermediate, signed by the pinned root; the honest peer presents the variant
 * that a different root signed. The impostor's intermediate has only the latter signature. */
static void cross_signed(struct atk_run *run)
{
    X509 *root = ca("the root", ATK_ROOT_KEY, NULL, 0);
    X509 *second = ca("second root", SECOND_KEY, NULL, 0);
    X509 *by_root = ca("intermediate", INT_KEY, root, ATK_ROOT_KEY);
    X509 *by_second = ca("intermediate", run->honest ? INT_KEY : CROSS_KEY, second, SECOND_KEY);
    SSL_CTX *client = client_that_trusts(run, root, second);

    trust(by_root, NID_server_auth);
    ATK_NEED(X509_STORE_add_cert(SSL_CTX_get_cert_store(client), by_root));
    pin_ca(run, root);
    atk_exchange(run, client,
                 atk_server(run, leaf_of(by_second, run->honest ? INT_KEY : CROSS_KEY, by_second)));
}

static const struct atk_case cases[] = {
    {"root trusted for servers", trusted, trusted, "P07", ATK_EACH, 0, 0, 0},
    {"root trusted for servers, an intermediate below", trusted_above, trusted_above, "P07",
     ATK_EACH, 0, 0, 0},
    {"root rejected for servers", rejected, rejected, "P07", ATK_EACH, 0, ATK_PEER, 0},
    {"root trusted for mail", trusted_for_mail, trusted_for_mail, "P07", ATK_EACH, 0, ATK_PEER, 0},
    {"trusted intermediate, cross-signed", cross_signed, cross_signed, "P07", ATK_EACH, 0, 0, 0},
};

const struct atk_group atk_trust = {"trust", cases, sizeof cases / sizeof cases[0]};
