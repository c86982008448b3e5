/* identity.c - canonical hosts and addresses. */
#include <pinning/identity.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 63 /* RFC 1035 2.3.4 */

bool pin_identity_from_address(const unsigned char *bytes, size_t len, struct pin_identity *out)
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct pin_identity id = {.is_address = true};

    if (len == 16 && memcmp(bytes, mapped, sizeof mapped) == 0) {
        bytes += sizeof mapped;
        len -= sizeof mapped;
    }
    if ((len != 4 && len != 16) ||
        inet_ntop(len == 4 ? AF_INET : AF_INET6, bytes, id.text, sizeof id.text) == NULL)
        return false;
    *out = id;
    return true;
}

/* Removes a zone, because it names an interface of this machine and not the peer. Fails if the zone
 * is malformed. */
static bool strip_zone(const char *name, size_t *len)
{
    const char *percent = memchr(name, '%', *len);

    if (percent == NULL)
        return true;
    if (percent + 1 == name + *len)
        return false;
    for (const char *c = percent + 1; c < name + *len; c++)
        if (*c <= ' ' || *c > '~' || *c == '/')
            return false;
    *len = (size_t)(percent - name);
    return true;
}

static bool parse_ipv6(const char *name, size_t len, struct pin_identity *out)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (!strip_zone(name, &len) || len >= sizeof text || memchr(name, '\0', len) != NULL)
        return false;
    memcpy(text, name, len);
    text[len] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1 &&
           pin_identity_from_address(address.s6_addr, sizeof address.s6_addr, out);
}

/* Copies name in lower case; fails unless it is labels of letters, digits, '-' and '_'. Own code
 * because tolower(3) depends on the application's locale. */
static bool copy_labels(const char *name, size_t len, char out[static PIN_IDENTITY_MAX + 1])
{
    size_t label = 0;

    if (len > PIN_IDENTITY_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c == '.' ? label == 0
                     : !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return false;
        label = c == '.' ? 0 : label + 1;
        if (label > LABEL_MAX)
            return false;
        out[i] = c;
    }
    out[len] = '\0';
    return label > 0;
}

static const char *last_label(const char *host)
{
    const char *dot = strrchr(host, '.');
    return dot != NULL ? dot + 1 : host;
}

/* A name that ends in a number must be an address, because no top-level domain is a number.
 * Otherwise a form of address that a resolver accepts and inet_aton(3) does not would be looked up
 * as a host. */
static bool ends_in_number(const char *host)
{
    const char *label = last_label(host);
    if (label[0] == '0' && label[1] == 'x')
        return label[2 + strspn(label + 2, "0123456789abcdef")] == '\0';
    return label[strspn(label, "0123456789")] == '\0';
}

bool pin_identity_parse(const char *name, size_t len, struct pin_identity *out)
{
    struct pin_identity id = {.is_address = false};
    struct in_addr address;

    if (len == 0)
        return false;
    if (memchr(name, ':', len) != NULL)
        return parse_ipv6(name, len, out);
    if (name[len - 1] == '.')
        len--;
    if (!copy_labels(name, len, id.text))
        return false;
    if (ends_in_number(id.text)) {
        unsigned char bytes[sizeof address.s_addr];
        if (inet_aton(id.text, &address) == 0)
            return false;
        memcpy(bytes, &address.s_addr, sizeof bytes);
        return pin_identity_from_address(bytes, sizeof bytes, out);
    }
    if (id.text[0] == '_' && strchr(id.text, '.') == NULL)
        return false;
    *out = id;
    return true;
}

bool pin_identity_equal(const struct pin_identity *a, const struct pin_identity *b)
{
    return a->is_address == b->is_address && strcmp(a->text, b->text) == 0;
}

const char *pin_identity_parent(const struct pin_identity *id, const char *name)
{
    const bool is_host = !id->is_address && strchr(id->text, '@') == NULL;
    const char *dot = is_host ? strchr(name, '.') : NULL;

    /* x._default must not lead to the file for all hosts. */
    if (dot == NULL || (dot[1] == '_' && strchr(dot + 1, '.') == NULL))
        return NULL;
    return dot + 1;
}

bool pin_identity_is_below(const struct pin_identity *id, const char *suffix)
{
    struct pin_identity above;

    if (id->is_address || suffix[0] != '.' ||
        !pin_identity_parse(suffix + 1, strlen(suffix + 1), &above) || above.is_address)
        return false;
    for (const char *name = id->text; (name = pin_identity_parent(id, name)) != NULL;)
        if (strcmp(name, above.text) == 0)
            return true;
    return false;
}

/* So many names are compared one by one: most connections have one or two, and a set costs more. */
#define FEW_NAMES 8

/* Doubles the capacity. The list moves, so the set of its texts, if there is to be one, is made
 * again. */
static bool grow(struct pin_names *names)
{
    size_t capacity = names->capacity > 0 ? 2 * names->capacity : FEW_NAMES;
    struct pin_identity *list = realloc(names->list, capacity * sizeof *list);

    if (list == NULL)
        return false;
    names->list = list;
    names->capacity = capacity;
    pin_str_set_clear(&names->texts);
    for (size_t i = 0; capacity > FEW_NAMES && i < names->count; i++)
        if (!pin_str_set_add(&names->texts, list[i].text))
            return false;
    return true;
}

static bool contains(const struct pin_names *names, const char *text)
{
    if (names->capacity > FEW_NAMES)
        return pin_str_set_has(&names->texts, text);
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->list[i].text, text) == 0)
            return true;
    return false;
}

/* The text alone tells identities apart: a text of a host is never one of an address. */
bool pin_names_add(struct pin_names *names, const struct pin_identity *id)
{
    if (contains(names, id->text))
        return true;
    if (names->count == names->capacity && !grow(names))
        return false;
    names->list[names->count] = *id;
    if (names->capacity > FEW_NAMES &&
        !pin_str_set_add(&names->texts, names->list[names->count].text))
        return false;
    names->count++;
    return true;
}

void pin_names_clear(struct pin_names *names)
{
    if (names == NULL)
        return;
    pin_str_set_clear(&names->texts);
    free(names->list);
    *names = (struct pin_names){0};
}
