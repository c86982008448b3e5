#include <pinning/leaf.h>

#include <string.h>

/* Takes a name as the certificate has it; what cannot be looked up is no claim. */
static bool take(struct pin_names *out, const char *name, size_t len, struct pin_error *err)
{
    struct pin_identity id;

    if (len > 2 && name[0] == '*' && name[1] == '.') {
        name += 2;
        len -= 2;
    }
    if (!pin_identity_parse(name, len, &id))
        return true;
    if (!pin_names_add(out, &id))
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    return out->count <= PIN_NAMES_MAX ||
           pin_error_set(err, PIN_R_NAMES, "the certificate bears more than %d names",
                         PIN_NAMES_MAX);
}

static bool take_address(struct pin_names *out, const ASN1_STRING *bytes, struct pin_error *err)
{
    struct pin_identity id;
    int len = ASN1_STRING_length(bytes);

    if (len < 0 || !pin_identity_from_address(ASN1_STRING_get0_data(bytes), (size_t)len, &id))
        return true;
    return take(out, id.text, strlen(id.text), err);
}

static bool take_general_name(struct pin_names *out, const GENERAL_NAME *name,
                              struct pin_error *err)
{
    if (name->type == GEN_IPADD)
        return take_address(out, name->d.iPAddress, err);
    if (name->type != GEN_DNS)
        return true;
    int len = ASN1_STRING_length(name->d.dNSName);
    return len < 0 || take(out, (const char *)ASN1_STRING_get0_data(name->d.dNSName), (size_t)len, err);
}

static bool take_common_name(struct pin_names *out, const X509_NAME_ENTRY *entry,
                             struct pin_error *err)
{
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
    bool ok = len < 0 || take(out, (const char *)utf8, (size_t)len, err);
    OPENSSL_free(utf8);
    return ok;
}

bool pin_leaf_names(const X509 *leaf, struct pin_names *out, struct pin_error *err)
{
    int found = -1; /* X509_get_ext_d2i(3): -1 means that there is no such extension */
    GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, &found, NULL);
    const X509_NAME *subject = X509_get_subject_name(leaf);
    bool ok = names != NULL || found == -1 ||
              pin_error_set(err, PIN_R_NAMES, "the subjectAltName of the certificate is malformed");

    for (int i = 0; ok && i < sk_GENERAL_NAME_num(names); i++)
        ok = take_general_name(out, sk_GENERAL_NAME_value(names, i), err);
    GENERAL_NAMES_free(names);
    for (int at = -1; ok && (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;)
        ok = take_common_name(out, X509_NAME_get_entry(subject, at), err);
    return ok;
}

bool pin_leaf_bears(X509 *leaf, const struct pin_identity *id)
{
    return id->is_address ? X509_check_ip_asc(leaf, id->text, 0) == 1
                          : X509_check_host(leaf, id->text, 0, 0, NULL) == 1;
}
