/* test_chain_cases.h - the certificates and the table of test_chain.c. */
#ifndef TEST_CHAIN_CASES_H
#define TEST_CHAIN_CASES_H

#include "pki.h"

#define NAMES "DNS:a.example.com,IP:192.0.2.1"

/* The certificates. A part is made when it is first named; key is the number of its key. */
static const struct part {
    const char *name;
    const char *issuer; /* NULL: itself */
    unsigned key;
    int signer; /* the key that signs, if not the issuer's: 1 more than its number */
    struct pki_spec spec;
} parts[] = {
    {"root", NULL, 0, 0, {.cn = "root", .ca = true}},
    {"int", "root", 1, 0, {.cn = "int", .ca = true}},
    {"sub", "int", 3, 0, {.cn = "sub", .ca = true}},
    {"leaf", "int", 2, 0, {.cn = "leaf", .san = NAMES}},
    {"subleaf", "sub", 2, 0, {.cn = "leaf", .san = NAMES}},
    /* Made by an attacker, with a CA of its own that is even trusted. */
    {"evil", NULL, 4, 0, {.cn = "evil", .ca = true}},
    {"evilleaf", "evil", 5, 0, {.cn = "leaf", .san = NAMES}},
    {"selfleaf", NULL, 5, 0, {.cn = "leaf", .san = NAMES}},
    {"selfca", NULL, 5, 0, {.cn = "selfca", .ca = true, .san = NAMES}},
    {"forged", "int", 5, 6, {.cn = "leaf", .san = NAMES}},
    {"forgedca", "root", 5, 6, {.cn = "forgedca", .ca = true}},
    {"forgedcaleaf", "forgedca", 5, 0, {.cn = "leaf", .san = NAMES}},
    {"falseroot", NULL, 5, 0, {.cn = "root", .ca = true}},
    {"falserootleaf", "falseroot", 5, 0, {.cn = "leaf", .san = NAMES}},
    {"falserootleaf2", "falseroot", 5, 0, {.cn = "leaf", .san = NAMES, .no_ids = true}},
    /* End entities of the pinned CA that act as a CA. */
    {"end", "int", 5, 0, {.cn = "end", .basic = "CA:FALSE"}},
    {"belowend", "end", 6, 0, {.cn = "leaf", .san = NAMES}},
    {"plain", "int", 5, 0, {.cn = "plain"}},
    {"belowplain", "plain", 6, 0, {.cn = "leaf", .san = NAMES}},
    {"nosign", "int", 5, 0, {.cn = "nosign", .ca = true, .usage = "digitalSignature"}},
    {"belownosign", "nosign", 6, 0, {.cn = "leaf", .san = NAMES}},
    /* Constraints. */
    {"short", "root", 7, 0, {.cn = "short", .basic = "critical,CA:TRUE,pathlen:0"}},
    {"shortleaf", "short", 2, 0, {.cn = "leaf", .san = NAMES}},
    {"toolong", "short", 5, 0, {.cn = "toolong", .ca = true}},
    {"toolongleaf", "toolong", 6, 0, {.cn = "leaf", .san = NAMES}},
    {"com", "root", 7, 0, {.cn = "com", .ca = true, .constraints = "permitted;DNS:example.com"}},
    {"org", "root", 7, 0, {.cn = "org", .ca = true, .constraints = "permitted;DNS:example.org"}},
    {"comleaf", "com", 2, 0, {.cn = "leaf", .san = "DNS:a.example.com"}},
    {"orgleaf", "org", 2, 0, {.cn = "leaf", .san = "DNS:a.example.com"}},
    {"noca", "root", 7, 0, {.cn = "noca", .ca = true, .constraints = "excluded;DNS:example.com"}},
    {"nocaleaf", "noca", 2, 0, {.cn = "leaf", .san = "DNS:a.example.com"}},
    /* Purposes. */
    {"server", "int", 2, 0, {.cn = "leaf", .san = NAMES, .eku = "serverAuth"}},
    {"client", "int", 2, 0, {.cn = "leaf", .san = NAMES, .eku = "clientAuth"}},
    {"code", "int", 2, 0, {.cn = "leaf", .san = NAMES, .eku = "codeSigning"}},
    {"mail", "root", 7, 0, {.cn = "mail", .ca = true, .eku = "emailProtection"}},
    {"mailleaf", "mail", 2, 0, {.cn = "leaf", .san = NAMES}},
    /* Dates. */
    {"oldleaf", "int", 2, 0, {.cn = "leaf", .san = NAMES, .from = -9, .to = -1}},
    {"newleaf", "int", 2, 0, {.cn = "leaf", .san = NAMES, .from = 1, .to = 9}},
    {"oldint", "root", 7, 0, {.cn = "oldint", .ca = true, .from = -9, .to = -1}},
    {"oldintleaf", "oldint", 2, 0, {.cn = "leaf", .san = NAMES}},
    {"newint", "root", 7, 0, {.cn = "newint", .ca = true, .from = 1, .to = 9}},
    {"newintleaf", "newint", 2, 0, {.cn = "leaf", .san = NAMES}},
    {"oldroot", NULL, 8, 0, {.cn = "oldroot", .ca = true, .from = -9, .to = -1}},
    {"oldrootint", "oldroot", 7, 0, {.cn = "oldrootint", .ca = true}},
    {"oldrootleaf", "oldrootint", 2, 0, {.cn = "leaf", .san = NAMES}},
    {"newroot", NULL, 8, 0, {.cn = "newroot", .ca = true, .from = 1, .to = 9}},
    {"newrootleaf", "newroot", 2, 0, {.cn = "leaf", .san = NAMES}},
    /* Digests. */
    {"sha1leaf", "int", 2, 0, {.cn = "leaf", .san = NAMES, .digest = "SHA1"}},
    {"sha1int", "root", 7, 0, {.cn = "sha1int", .ca = true, .digest = "SHA1"}},
    {"sha1intleaf", "sha1int", 2, 0, {.cn = "leaf", .san = NAMES}},
    {"sha1root", NULL, 8, 0, {.cn = "sha1root", .ca = true, .digest = "SHA1"}},
    {"sha1rootleaf", "sha1root", 2, 0, {.cn = "leaf", .san = NAMES}},
    {"sha224leaf", "int", 2, 0, {.cn = "leaf", .san = NAMES, .digest = "SHA224"}},
    /* Names. */
    {"wild", "int", 2, 0, {.cn = "leaf", .san = "DNS:*.example.com"}},
    {"partwild", "int", 2, 0, {.cn = "leaf", .san = "DNS:a*.example.com"}},
    {"cnleaf", "int", 2, 0, {.cn = "a.example.com"}},
    {"cnother", "int", 2, 0, {.cn = "a.example.com", .san = "DNS:b.example.com"}},
    {"ip6leaf", "int", 2, 0, {.cn = "leaf", .san = "IP:2001:db8::1"}},
    {"dnsip", "int", 2, 0, {.cn = "leaf", .san = "DNS:192.0.2.1"}},
    /* Cross-signed. */
    {"other", NULL, 9, 0, {.cn = "other", .ca = true}},
    {"rootbyother", "other", 0, 0, {.cn = "root", .ca = true}},
    {"intold", "root", 1, 0, {.cn = "int", .ca = true, .from = -9, .to = -1}},
    {"otherbyroot", "root", 9, 0, {.cn = "other", .ca = true}},
    {"otherleaf", "other", 2, 0, {.cn = "leaf", .san = NAMES}},
    {"oldrootbyother", "other", 8, 0, {.cn = "oldroot", .ca = true}},
    {"intbyother", "other", 1, 0, {.cn = "int", .ca = true}},
    /* Revoked by the lists of the cases. */
    {"revleaf", "int", 2, 0, {.cn = "leaf", .san = NAMES}},
    {"revint", "root", 7, 0, {.cn = "revint", .ca = true}},
    {"revintleaf", "revint", 2, 0, {.cn = "leaf", .san = NAMES}},
};

enum {
    LENIENT = 1,      /* the application's callback accepts everything */
    OF_CLIENT = 2,    /* the leaf is a client's */
    NO_PARAM = 4,     /* no parameters of the application */
    PARAM_AT_OLD = 8, /* the application's clock is five days behind */
    LEVEL_2 = 16,     /* the application requires security level 2 */
    LEVEL_4 = 32,
    IP = 64, /* the name is an address */
};

struct test_case {
    const char *leaf, *presented, *trust, *pinned;
    const char *validated; /* the pinned issuer that is found; NULL: none */
    const char *word;      /* of the error, or NULL */
    const char *host;      /* NULL: a.example.com; "": no name to match */
    const char *crls;
    unsigned long flags;
    int how;
};

/* leaf, presented, trusted, pinned; and the issuer that is found, or words of the error. */
#define VALIDATES(a, b, c, d, e, ...)                                                              \
    {                                                                                              \
        .leaf = a, .presented = b, .trust = c, .pinned = d, .validated = e, __VA_ARGS__            \
    }
#define MISSES(a, b, c, d, e, ...)                                                                 \
    {                                                                                              \
        .leaf = a, .presented = b, .trust = c, .pinned = d, .word = e, __VA_ARGS__                 \
    }

static const struct test_case cases[] = {
    /* Ordinary. */
    VALIDATES("leaf", "leaf int", "root", "root", "root"),
    VALIDATES("leaf", "leaf int root", "root", "root", "root"),
    VALIDATES("leaf", "int", "root", "root", "root"),
    VALIDATES("leaf", "root int", "root", "root", "root"),
    VALIDATES("subleaf", "sub int", "root", "root", "root"),
    VALIDATES("subleaf", "int sub", "root", "int", "int"),
    VALIDATES("subleaf", "sub int", "root", "sub", "sub"),
    VALIDATES("leaf", "leaf int", "root", "int", "int"),
    VALIDATES("leaf", "leaf int", "evil root other", "root", "root"),
    VALIDATES("leaf", "leaf int", "root", "evil root", "root"),
    VALIDATES("leaf", "leaf int", "root", "root", "root", .how = NO_PARAM),
    /* Trust stores of other kinds: an intermediate, with and without its root; none at all. */
    VALIDATES("leaf", "leaf", "int root", "root", "root"),
    VALIDATES("leaf", "leaf", "int root", "int", "int"),
    VALIDATES("leaf", NULL, "int root", "int", "int"),
    VALIDATES("leaf", NULL, "int root", "root", "root"),
    VALIDATES("leaf", "leaf", "int", "int", "int", .flags = X509_V_FLAG_PARTIAL_CHAIN),
    VALIDATES("leaf", "leaf int", "int root", "root", "root", .flags = X509_V_FLAG_PARTIAL_CHAIN),
    VALIDATES("leaf", "leaf int root", "int", "root", "root", .flags = X509_V_FLAG_PARTIAL_CHAIN),
    VALIDATES("leaf", "leaf root", "int", "root", "root", .flags = X509_V_FLAG_PARTIAL_CHAIN),
    MISSES("leaf", "leaf int", "int", "root", "no pinned CA", .flags = X509_V_FLAG_PARTIAL_CHAIN),
    VALIDATES("leaf", "leaf int root", "", "root", "root"),
    VALIDATES("leaf", "leaf int root", NULL, "root", "root"),
    VALIDATES("leaf", "leaf int root", NULL, "int", "int"),
    MISSES("leaf", "leaf int", NULL, "root", "no pinned CA"),
    MISSES("leaf", NULL, NULL, "root", "no pinned CA"),
    MISSES("leaf", NULL, "root", "root", "no pinned CA"),
    MISSES("leaf", NULL, "root int", "evil", "no pinned CA"),
    MISSES("leaf", "", "", "root", "no pinned CA"),
    MISSES("leaf", "leaf root", "root", "root", "issuer"),
    MISSES("leaf", "leaf int", "root", "evil", "no pinned CA"),
    MISSES("leaf", "leaf int", "root evil", "evil", "no pinned CA"),
    /* The pinned CA appended to an unrelated chain (CVE-2016-2402). */
    MISSES("evilleaf", "evilleaf evil", "evil root", "root", "no pinned CA"),
    MISSES("evilleaf", "evilleaf evil root", "evil root", "root", "not a validated issuer"),
    MISSES("evilleaf", "evilleaf root evil", "evil root", "root", "not a validated issuer"),
    MISSES("evilleaf", "root evilleaf evil root", "evil root", "root", "not a validated issuer"),
    MISSES("evilleaf", "evilleaf evil int root", "evil root", "int", "not a validated issuer"),
    MISSES("evilleaf", "evilleaf evil int root", "evil root", "root int", "not a validated issuer"),
    MISSES("evilleaf", "evilleaf evil root", "evil", "root", "not a validated issuer"),
    MISSES("evilleaf", "evilleaf evil root", NULL, "root", "not a validated issuer"),
    MISSES("evilleaf", "evilleaf evil leaf int root", "evil root", "root",
           "not a validated issuer"),
    MISSES("selfleaf", "selfleaf root", "root", "root", "not a validated issuer"),
    MISSES("selfleaf", "selfleaf int root", "selfleaf root", "root", "not a validated issuer"),
    MISSES("selfca", "selfca int root", "root", "int", "not a validated issuer"),
    /* The name of the pinned CA, but not its signature. */
    MISSES("forged", "forged int", "root", "root", "signature failure"),
    MISSES("forged", "forged int root", "root", "int", "signature failure"),
    MISSES("forged", "forged int root", NULL, "root", "signature failure"),
    MISSES("forgedcaleaf", "forgedcaleaf forgedca", "root", "root", "signature failure"),
    MISSES("falserootleaf", "falserootleaf falseroot", "root", "root", "not a validated issuer"),
    MISSES("falserootleaf", "falserootleaf falseroot root", "root", "root",
           "not a validated issuer"),
    MISSES("falserootleaf2", "falserootleaf2 falseroot", "root", "root", "not a validated issuer"),
    MISSES("falserootleaf2", "falserootleaf2 falseroot root", "falseroot", "root",
           "not a validated issuer"),
    MISSES("falserootleaf2", "falserootleaf2 falseroot root", "root", "root",
           "not a validated issuer"),
    /* A pin of a ca is not a pin of the leaf, even if the leaf says that it is a CA. */
    MISSES("selfca", "selfca", NULL, "selfca", "no pinned CA"),
    MISSES("selfca", "selfca", "selfca", "selfca", "no pinned CA"),
    MISSES("selfca", "selfca selfca", "", "selfca", "no pinned CA"),
    MISSES("selfleaf", "selfleaf", "selfleaf", "selfleaf", "no pinned CA"),
    MISSES("leaf", "leaf int", "leaf root", "leaf", "no pinned CA"),
    VALIDATES("leaf", "leaf int", "leaf root", "root", "root"),
    VALIDATES("leaf", "leaf int", "leaf", "int", "int", .flags = X509_V_FLAG_PARTIAL_CHAIN),
    /* An intermediate must be a CA that is allowed to be one. */
    MISSES("belowend", "belowend end int", "root", "root", "CA cert"),
    MISSES("belowend", "belowend end int", "root", "int", "CA cert"),
    MISSES("belowend", "belowend end", NULL, "end", "CA cert"),
    MISSES("belowplain", "belowplain plain int", "root", "root", "CA cert"),
    MISSES("belownosign", "belownosign nosign int", "root", "root", "CA cert"),
    VALIDATES("shortleaf", "shortleaf short", "root", "root", "root"),
    MISSES("toolongleaf", "toolongleaf toolong short", "root", "root", "path length"),
    MISSES("toolongleaf", "toolongleaf toolong short", "root", "short", "path length"),
    MISSES("toolongleaf", "toolongleaf toolong short", "root short", "short", "path length"),
    VALIDATES("comleaf", "comleaf com", "root", "root", "root"),
    MISSES("orgleaf", "orgleaf org", "root", "root", "permitted subtree"),
    MISSES("orgleaf", "orgleaf org", "root org", "org", "permitted subtree"),
    MISSES("nocaleaf", "nocaleaf noca", "root", "root", "excluded subtree"),
    MISSES("orgleaf", "orgleaf org", "root", "root", "permitted subtree", .host = ""),
    /* Purpose. */
    VALIDATES("server", "server int", "root", "root", "root"),
    MISSES("client", "client int", "root", "root", "purpose"),
    MISSES("code", "code int", "root", "root", "purpose"),
    VALIDATES("client", "client int", "root", "root", "root", .how = OF_CLIENT, .host = ""),
    MISSES("server", "server int", "root", "root", "purpose", .how = OF_CLIENT, .host = ""),
    VALIDATES("leaf", "leaf int", "root", "root", "root", .how = OF_CLIENT),
    MISSES("mailleaf", "mailleaf mail", "root", "root", "purpose"),
    MISSES("mailleaf", "mailleaf mail", "mail root", "mail", "purpose"),
    /* Dates: of each certificate, the anchor too, by the clock in the input. */
    MISSES("oldleaf", "oldleaf int", "root", "root", "expired"),
    MISSES("newleaf", "newleaf int", "root", "root", "not yet valid"),
    MISSES("oldintleaf", "oldintleaf oldint", "root", "root", "expired"),
    MISSES("newintleaf", "newintleaf newint", "root", "root", "not yet valid"),
    MISSES("oldintleaf", "oldintleaf oldint", "root", "oldint", "expired"),
    MISSES("oldrootleaf", "oldrootleaf oldrootint", "oldroot", "oldroot", "expired"),
    MISSES("oldrootleaf", "oldrootleaf oldrootint oldroot", NULL, "oldroot", "expired"),
    MISSES("newrootleaf", "newrootleaf", "newroot", "newroot", "not yet valid"),
    MISSES("oldleaf", "oldleaf int", "root", "root", "expired", .flags = X509_V_FLAG_NO_CHECK_TIME),
    VALIDATES("oldleaf", "oldleaf int", "root", "root", "root", .how = PARAM_AT_OLD),
    MISSES("newleaf", "newleaf int", "root", "root", "not yet valid", .how = PARAM_AT_OLD),
    /* The application's callback is not called. */
    VALIDATES("leaf", "leaf int", "root", "root", "root", .how = LENIENT),
    MISSES("oldleaf", "oldleaf int", "root", "root", "expired", .how = LENIENT),
    MISSES("forged", "forged int", "root", "root", "signature failure", .how = LENIENT),
    MISSES("evilleaf", "evilleaf evil root", "evil root", "root", "not a validated issuer",
           .how = LENIENT),
    MISSES("belowend", "belowend end int", "root", "root", "CA cert", .how = LENIENT),
    MISSES("leaf", "leaf int", "root", "root", "ostname", .how = LENIENT, .host = "b.example.com"),
    MISSES("revleaf", "revleaf int", "root", "root", "revoked",
           .crls = "int:revleaf root:", .flags = X509_V_FLAG_CRL_CHECK, .how = LENIENT),
    /* Security level 1, or the application's if that is higher. */
    MISSES("sha1leaf", "sha1leaf int", "root", "root", "too weak"),
    MISSES("sha1intleaf", "sha1intleaf sha1int", "root", "root", "too weak"),
    MISSES("sha1leaf", "sha1leaf int", "root", "root", "too weak", .how = NO_PARAM),
    VALIDATES("sha1rootleaf", "sha1rootleaf", "sha1root", "sha1root",
              "sha1root"), /* the signature of an anchor does not count */
    VALIDATES("sha224leaf", "sha224leaf int", "root", "root", "root", .how = LEVEL_2),
    MISSES("leaf", "leaf int", "root", "root", "too weak", .how = LEVEL_4),
    /* The name that the leaf must match. */
    MISSES("leaf", "leaf int", "root", "root", "ostname", .host = "b.example.com"),
    MISSES("leaf", "leaf int", "root", "root", "ostname", .host = "example.com"),
    MISSES("leaf", "leaf int", "root", "root", "ostname", .host = "x.a.example.com"),
    VALIDATES("leaf", "leaf int", "root", "root", "root", .host = ""),
    VALIDATES("leaf", "leaf int", "root", "root", "root", .host = "192.0.2.1", .how = IP),
    MISSES("leaf", "leaf int", "root", "root", "IP address", .host = "192.0.2.2", .how = IP),
    MISSES("leaf", "leaf int", "root", "root", "IP address", .host = "2001:db8::1", .how = IP),
    VALIDATES("ip6leaf", "ip6leaf int", "root", "root", "root", .host = "2001:db8::1", .how = IP),
    MISSES("ip6leaf", "ip6leaf int", "root", "root", "ostname"),
    MISSES("dnsip", "dnsip int", "root", "root", "IP address", .host = "192.0.2.1", .how = IP),
    VALIDATES("wild", "wild int", "root", "root", "root"),
    MISSES("wild", "wild int", "root", "root", "ostname", .host = "example.com"),
    MISSES("wild", "wild int", "root", "root", "ostname", .host = "a.b.example.com"),
    MISSES("partwild", "partwild int", "root", "root", "ostname", .host = "ab.example.com"),
    VALIDATES("cnleaf", "cnleaf int", "root", "root", "root"),
    MISSES("cnother", "cnother int", "root", "root", "ostname"),
    /* Two roots that vouch for each other. */
    VALIDATES("leaf", "leaf int rootbyother", "other", "other", "other"),
    VALIDATES("leaf", "leaf int rootbyother", "root", "root", "root"),
    VALIDATES("leaf", "leaf int rootbyother", "root other", "root", "root"),
    VALIDATES("leaf", "leaf int rootbyother", "root other", "other", "other"),
    VALIDATES("leaf", "leaf int rootbyother", "other", "root", "rootbyother"),
    VALIDATES("leaf", "leaf intold", "root int", "root", "root"),
    VALIDATES("leaf", "leaf intold root", "root int", "root", "root"),
    MISSES("leaf", "leaf intold", "root", "root", "expired"),
    VALIDATES("leaf", "leaf int root rootbyother", "other", "root", "rootbyother"),
    VALIDATES("otherleaf", "otherleaf otherbyroot", "root other", "root", "root"),
    VALIDATES("otherleaf", "otherleaf otherbyroot", "root other", "other", "other"),
    VALIDATES("otherleaf", "otherleaf otherbyroot", "root", "other", "otherbyroot"),
    MISSES("leaf", "leaf int otherbyroot", "root other", "other", "not a validated issuer"),
    VALIDATES("leaf", "leaf intbyother", "root other", "other", "other"),
    VALIDATES("leaf", "leaf intbyother int", "other", "other", "other"),
    /* OpenSSL follows the first issuer only, so the application fails as well. */
    MISSES("leaf", "leaf int intbyother", "other", "other", "local issuer"),
    /* The trusted certificate of the pinned key has expired, but another root vouches for that key.
     */
    VALIDATES("oldrootleaf", "oldrootleaf oldrootint oldrootbyother", "oldroot other", "oldroot",
              "oldrootbyother"),
    VALIDATES("oldrootleaf", "oldrootleaf oldrootint oldrootbyother", "other", "oldroot",
              "oldrootbyother"),
    VALIDATES("oldrootleaf", "oldrootleaf oldrootint oldrootbyother", "oldroot other", "other",
              "other"),
    MISSES("oldrootleaf", "oldrootleaf oldrootint oldrootbyother", "oldroot", "oldroot", "expired"),
    /* The application's revocation lists, if it checks them. */
    VALIDATES("revleaf", "revleaf int", "root", "root", "root", .crls = "int:revleaf root:"),
    MISSES("revleaf", "revleaf int", "root", "root", "revoked",
           .crls = "int:revleaf root:", .flags = X509_V_FLAG_CRL_CHECK),
    VALIDATES("leaf", "leaf int", "root", "root", "root", .crls = "int:revleaf",
              .flags = X509_V_FLAG_CRL_CHECK),
    MISSES("leaf", "leaf int", "root", "root", "CRL", .flags = X509_V_FLAG_CRL_CHECK),
    MISSES("revleaf", "revleaf int", "root", "int", "revoked", .crls = "int:revleaf",
           .flags = X509_V_FLAG_CRL_CHECK),
    MISSES("revleaf", "revleaf", "root int", "int", "revoked", .crls = "int:revleaf",
           .flags = X509_V_FLAG_CRL_CHECK),
    VALIDATES("revintleaf", "revintleaf revint", "root", "root", "root",
              .crls = "revint: root:revint", .flags = X509_V_FLAG_CRL_CHECK),
    MISSES("revintleaf", "revintleaf revint", "root", "root", "revoked",
           .crls = "revint: root:revint",
           .flags = X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL),
    VALIDATES("leaf", "leaf int", "root", "root", "root",
              .crls = "int: root:", .flags = X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL),
    VALIDATES("leaf", "leaf int", "root", "int", "int",
              .crls = "int: root:", .flags = X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL),
    VALIDATES("leaf", "leaf", "root int", "int", "int",
              .crls = "int: root:", .flags = X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL),
    MISSES("revintleaf", "revintleaf revint", "root", "revint", "revoked",
           .crls = "revint: root:revint",
           .flags = X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL),
};

#endif
