/* presented.c - presented identifiers of a certificate. */
#include <pinning/identity.h>

#include <string.h>

static bool add(struct pin_names *out, const struct pin_identity *id, struct pin_error *err)
{
    return pin_names_add(out, id) || pin_error_set(err, PIN_R_INTERNAL, "out of memory");
}

/* Adds a DNS name; ignores a name that cannot be looked up. */
static bool add_host(struct pin_names *out, const char *name, size_t len, struct pin_error *err)
{
    struct pin_identity id;

    if (len > 2 && name[0] == '*' && name[1] == '.') {
        name += 2;
        len -= 2;
    }
    return !pin_identity_parse(name, len, &id) || add(out, &id, err);
}

static bool add_address(struct pin_names *out, const char *bytes, size_t len, struct pin_error *err)
{
    struct pin_identity id;
    return !pin_identity_from_address((const unsigned char *)bytes, len, &id) || add(out, &id, err);
}

/* Makes a mail address canonical; see pin_presented_client_ids(). */
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

static bool add_mail(struct pin_names *out, const char *mail, size_t len, struct pin_error *err)
{
    struct pin_identity id;
    return !parse_mail(mail, len, &id) || add(out, &id, err);
}

static bool add_host_or_mail(struct pin_names *out, const char *name, size_t len,
                             struct pin_error *err)
{
    return memchr(name, '@', len) != NULL ? add_mail(out, name, len, err)
                                          : add_host(out, name, len, err);
}

/* Adds a name of one type to the list. */
typedef bool adder(struct pin_names *out, const char *name, size_t len, struct pin_error *err);

/* A type of name in the subjectAltName, and its function. */
struct name_type {
    int type; /* as GEN_DNS */
    adder *add;
};

static bool add_string(adder *add_name, struct pin_names *out, const ASN1_STRING *string,
                       struct pin_error *err)
{
    int len = ASN1_STRING_length(string);
    return len < 0 || add_name(out, (const char *)ASN1_STRING_get0_data(string), (size_t)len, err);
}

/* Adds the names of these types in the subjectAltName; types ends with a NULL function. */
static bool add_alternatives(const X509 *leaf, const struct name_type *types, struct pin_names *out,
                             struct pin_error *err)
{
    int found = -1; /* X509_get_ext_d2i(3): -1 means that there is no such extension */
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, &found, NULL);
    bool ok = names != NULL || found == -1 ||
              pin_error_set(err, PIN_R_NAMES, "the subjectAltName of the certificate is malformed");

    for (int i = 0; ok && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        for (const struct name_type *t = types; ok && t->add != NULL; t++)
            if (name->type == t->type)
                ok = add_string(t->add, out, name->d.ia5, err);
    }
    GENERAL_NAMES_free(names);
    return ok;
}

/* Adds the attributes of one type in the subject. */
static bool add_subject(const X509 *leaf, int nid, adder *add_name, struct pin_names *out,
                        struct pin_error *err)
{
    const X509_NAME *subject = X509_get_subject_name(leaf);
    bool ok = true;

    for (int at = -1; ok && (at = X509_NAME_get_index_by_NID(subject, nid, at)) >= 0;) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, at);
        unsigned char *utf8 = NULL;
        int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
        ok = len < 0 || add_name(out, (const char *)utf8, (size_t)len, err);
        OPENSSL_free(utf8);
    }
    return ok;
}

bool pin_presented_ids(const X509 *leaf, struct pin_names *out, struct pin_error *err)
{
    static const struct name_type types[] = {
        {GEN_DNS, add_host}, {GEN_IPADD, add_address}, {0, NULL}};

    return add_alternatives(leaf, types, out, err) &&
           add_subject(leaf, NID_commonName, add_host, out, err);
}

bool pin_presented_client_ids(const X509 *leaf, struct pin_names *out, struct pin_error *err)
{
    static const struct name_type types[] = {{GEN_DNS, add_host}, {GEN_EMAIL, add_mail}, {0, NULL}};

    return add_alternatives(leaf, types, out, err) &&
           add_subject(leaf, NID_commonName, add_host_or_mail, out, err) &&
           add_subject(leaf, NID_pkcs9_emailAddress, add_mail, out, err);
}

bool pin_leaf_matches(X509 *leaf, const struct pin_identity *id)
{
    return id->is_address ? X509_check_ip_asc(leaf, id->text, 0) == 1
                          : X509_check_host(leaf, id->text, 0, 0, NULL) == 1;
}
