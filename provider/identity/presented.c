#include <pinning/identity.h>

#include <string.h>

static bool add(struct pin_names *out, const struct pin_identity *id, struct pin_error *err)
{
    if (!pin_names_add(out, id))
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    return out->count <= PIN_NAMES_MAX ||
           pin_error_set(err, PIN_R_NAMES, "the certificate bears more than %d names",
                         PIN_NAMES_MAX);
}

/* Takes a name as the certificate has it; what cannot be looked up is no claim. */
static bool take(struct pin_names *out, const char *name, size_t len, struct pin_error *err)
{
    struct pin_identity id;

    if (len > 2 && name[0] == '*' && name[1] == '.') {
        name += 2;
        len -= 2;
    }
    return !pin_identity_parse(name, len, &id) || add(out, &id, err);
}

static bool take_address(struct pin_names *out, const char *bytes, size_t len,
                         struct pin_error *err)
{
    struct pin_identity id;
    return !pin_identity_from_address((const unsigned char *)bytes, len, &id) || add(out, &id, err);
}

/* A mail address, canonical. */
static bool parse_mail(const char *mail, size_t len, struct pin_identity *out)
{
    static const char others[] = "._%+-";
    const char *at = memchr(mail, '@', len);
    size_t local = at != NULL ? (size_t)(at - mail) : 0;
    struct pin_identity host, id = {.is_address = false};

    if (local == 0 || mail[0] == '.' || !pin_identity_parse(at + 1, len - local - 1, &host) ||
        local + 1 + strlen(host.text) > PIN_IDENTITY_MAX)
        return false;
    for (size_t i = 0; i < local; i++) {
        char c = mail[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
            (c == '\0' || strchr(others, c) == NULL))
            return false;
        id.text[i] = c;
    }
    id.text[local] = '@';
    memcpy(id.text + local + 1, host.text, strlen(host.text) + 1);
    *out = id;
    return true;
}

static bool take_mail(struct pin_names *out, const char *mail, size_t len, struct pin_error *err)
{
    struct pin_identity id;
    return !parse_mail(mail, len, &id) || add(out, &id, err);
}

static bool take_either(struct pin_names *out, const char *name, size_t len, struct pin_error *err)
{
    return memchr(name, '@', len) != NULL ? take_mail(out, name, len, err)
                                          : take(out, name, len, err);
}

/* Which names are asked for, and who takes them. */
typedef bool taker(struct pin_names *out, const char *name, size_t len, struct pin_error *err);
struct wanted {
    int type; /* in the subjectAltName, as GEN_DNS */
    taker *take;
};

static bool take_string(taker *take_it, struct pin_names *out, const ASN1_STRING *string,
                        struct pin_error *err)
{
    int len = ASN1_STRING_length(string);
    return len < 0 || take_it(out, (const char *)ASN1_STRING_get0_data(string), (size_t)len, err);
}

/* The names in the subjectAltName; wanted ends with a taker that is NULL. */
static bool take_alternatives(const X509 *leaf, const struct wanted *wanted, struct pin_names *out,
                              struct pin_error *err)
{
    int found = -1; /* X509_get_ext_d2i(3): -1 means that there is no such extension */
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, &found, NULL);
    bool ok = names != NULL || found == -1 ||
              pin_error_set(err, PIN_R_NAMES, "the subjectAltName of the certificate is malformed");

    for (int i = 0; ok && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        for (const struct wanted *w = wanted; ok && w->take != NULL; w++)
            if (name->type == w->type)
                ok = take_string(w->take, out, name->d.ia5, err);
    }
    GENERAL_NAMES_free(names);
    return ok;
}

/* The attributes of one kind in the subject. */
static bool take_subject(const X509 *leaf, int nid, taker *take_it, struct pin_names *out,
                         struct pin_error *err)
{
    const X509_NAME *subject = X509_get_subject_name(leaf);
    bool ok = true;

    for (int at = -1; ok && (at = X509_NAME_get_index_by_NID(subject, nid, at)) >= 0;) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, at);
        unsigned char *utf8 = NULL;
        int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
        ok = len < 0 || take_it(out, (const char *)utf8, (size_t)len, err);
        OPENSSL_free(utf8);
    }
    return ok;
}

bool pin_presented_ids(const X509 *leaf, struct pin_names *out, struct pin_error *err)
{
    static const struct wanted wanted[] = {{GEN_DNS, take}, {GEN_IPADD, take_address}, {0, NULL}};

    return take_alternatives(leaf, wanted, out, err) &&
           take_subject(leaf, NID_commonName, take, out, err);
}

bool pin_presented_client_ids(const X509 *leaf, struct pin_names *out, struct pin_error *err)
{
    static const struct wanted wanted[] = {{GEN_DNS, take}, {GEN_EMAIL, take_mail}, {0, NULL}};

    return take_alternatives(leaf, wanted, out, err) &&
           take_subject(leaf, NID_commonName, take_either, out, err) &&
           take_subject(leaf, NID_pkcs9_emailAddress, take_mail, out, err);
}

bool pin_leaf_matches(X509 *leaf, const struct pin_identity *id)
{
    return id->is_address ? X509_check_ip_asc(leaf, id->text, 0) == 1
                          : X509_check_host(leaf, id->text, 0, 0, NULL) == 1;
}
