/* judge_fixture.c - a store on disk, a peer and reference identifiers. */
#include "judge_fixture.h"

#include "expect.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_ROOT, KEY_INT, KEY_LEAF, KEY_OTHER, KEY_EVIL, KEYS };

static struct scene scene;
static char dir[64];
static X509 *root, *intermediate, *evil, *leaf, *other;

X509 *fixture_root(void)
{
    return root;
}

X509 *fixture_int(void)
{
    return intermediate;
}

const char *fixture_dir(void)
{
    return dir;
}

void fixture_open(void)
{
    open_ossl();
    for (unsigned i = 0; i < KEYS; i++)
        pki_key(i);
}

static size_t put_pin(X509 *cert, bool whole, char *out)
{
    unsigned char digest[32];

    if (whole)
        pki_cert_digest(cert, EVP_sha256(), digest);
    else
        pki_spki_digest(cert, EVP_sha256(), digest);
    strcpy(out, "sha256//");
    return 8 + (size_t)EVP_EncodeBlock((unsigned char *)out + 8, digest, sizeof digest);
}

/* Writes what the word after a '$' stands for, and moves *at behind the word. */
static size_t put_word(const char **at, char *out)
{
    X509 *const certs[] = {leaf, leaf, intermediate, root, evil, other};
    static const char *const words[] = {"leaf", "cert", "int", "root", "evil", "other"};
    char *end;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t len = strlen(words[i]);
        if (strncmp(*at, words[i], len) != 0)
            continue;
        *at += len;
        return put_pin(certs[i], i == 1, out);
    }
    if (strncmp(*at, "pad", 3) == 0) {
        struct pin_digest digest = {.hash = PIN_SHA256, .bytes = {(unsigned char)(*at)[3]}};
        *at += 4;
        pin_digest_format(&digest, out);
        return strlen(out);
    }
    long days = strtol(*at, &end, 10);
    ck_assert_ptr_ne(end, *at);
    *at = end;
    pin_day_format((pin_day)(PKI_TODAY + days), out);
    return strlen(out);
}

static void write_file(const char *name, const char *text, size_t len)
{
    char path[512];
    int fd;

    snprintf(path, sizeof path, "%s/%s%s", dir, name, strcmp(name, "_store") == 0 ? "" : ".pins");
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ck_assert_msg(fd >= 0, "%s", path);
    ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
    ck_assert_int_eq(fchmod(fd, 0644), 0);
    close(fd);
}

/* Makes a file from one line of the description. Returns the next line. */
static const char *make_file(const char *at, bool *is_store)
{
    char name[300], text[8192];
    const char *colon = strstr(at, ": "); /* there are others in addresses */
    size_t name_len = (size_t)(colon - at), len = 0;

    ck_assert_ptr_nonnull(colon);
    ck_assert_uint_lt(name_len, sizeof name);
    memcpy(name, at, name_len);
    name[name_len] = '\0';
    *is_store = strcmp(name, "_store") == 0;
    for (at += name_len + 1; *at != '\0' && *at != '\n';) {
        ck_assert_uint_lt(len + 200, sizeof text);
        if (*at == '$') {
            at++;
            len += put_word(&at, text + len);
        } else {
            text[len++] = *at == ';' ? '\n' : *at;
            at++;
        }
    }
    write_file(name, text, len);
    return at + (*at == '\n');
}

static void make_store(const char *description)
{
    bool has_store = false, is_store;

    strcpy(dir, "/tmp/test_judge.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(chmod(dir, 0755), 0);
    if (strncmp(description, "-_store", 7) == 0) {
        has_store = true;
        description += 7 + (description[7] == '\n');
    }
    while (*description != '\0') {
        description = make_file(description, &is_store);
        has_store |= is_store;
    }
    if (!has_store)
        write_file("_store", "", 0);
}

static void make_peer(const struct fixture *fixture)
{
    struct pin_peer *peer = &scene.peer;
    bool by_evil = fixture->peer == BY_EVIL;

    root = pki_root("root", KEY_ROOT);
    intermediate = pki_ca("int", KEY_INT, root, KEY_ROOT);
    evil = pki_root("evil", KEY_EVIL);
    other = pki_server("DNS:other", KEY_OTHER, intermediate, KEY_INT);
    leaf = PKI_CERT(.cn = fixture->cn,
                    .san = fixture->san != NULL ? fixture->san : "DNS:a.example.com",
                    .key = pki_key(by_evil ? KEY_OTHER : KEY_LEAF),
                    .issuer = by_evil ? evil : intermediate,
                    .issuer_key = pki_key(by_evil ? KEY_EVIL : KEY_INT));
    if (fixture->peer == RAW)
        peer->leaf.raw_key = pki_key(KEY_LEAF);
    else if (fixture->peer != ANONYMOUS)
        peer->leaf.cert = leaf;
    /* An impostor with a CA of its own also sends the pinned CA. */
    if (peer->leaf.cert != NULL)
        peer->presented = pki_stack(by_evil ? PKI_CERTS(leaf, evil, intermediate, root)
                                            : PKI_CERTS(leaf, intermediate));
    peer->trust = pki_store(PKI_CERTS(root, evil));
    peer->param = pki_param(0);
}

static char *copy(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

static void make_reference_ids(const struct fixture *fixture)
{
    struct pin_reference_ids *ids = &scene.ids;
    const char *hosts = fixture->hosts;

    ids->sni = copy(fixture->sni);
    ids->address = copy(fixture->address);
    ids->more_addresses = fixture->more_addresses;
    while (hosts != NULL && *hosts != '\0') {
        size_t len = strcspn(hosts, " ");
        ids->hosts = realloc(ids->hosts, (ids->host_count + 1) * sizeof *ids->hosts);
        ck_assert_ptr_nonnull(ids->hosts);
        ids->hosts[ids->host_count++] = strndup(hosts, len);
        hosts += len + (hosts[len] == ' ');
    }
    if (fixture->socket == NULL)
        return;
    bool is_v6 = strchr(fixture->socket, ':') != NULL;
    ids->socket_len = is_v6 ? 16 : 4;
    ck_assert_int_eq(inet_pton(is_v6 ? AF_INET6 : AF_INET, fixture->socket, ids->socket), 1);
}

const char *fixture_name(const char *component, const struct fixture *fixture)
{
    static const char *const peers[] = {
        [BY_INT] = "", [BY_EVIL] = " impostor", [RAW] = " raw-key", [ANONYMOUS] = " anonymous"};
    const char *const ids[][2] = {{"sni", fixture->sni},     {"address", fixture->address},
                                  {"hosts", fixture->hosts}, {"socket", fixture->socket},
                                  {"san", fixture->san},     {"cn", fixture->cn}};
    char text[2048];
    size_t used =
        (size_t)snprintf(text, sizeof text, "%s%s%s%s", fixture->store, peers[fixture->peer],
                         fixture->report ? " report" : "", fixture->off ? " off" : "");

    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        if (ids[i][1] != NULL && used < sizeof text)
            used +=
                (size_t)snprintf(text + used, sizeof text - used, " %s=%s", ids[i][0], ids[i][1]);
    return case_name(component, text, strlen(text));
}

struct scene *fixture_begin(const struct fixture *fixture)
{
    memset(&scene, 0, sizeof scene);
    scene.now = PKI_NOW + (time_t)fixture->day * PKI_DAY_IN_SECS;
    make_peer(fixture);
    make_store(fixture->store);
    make_reference_ids(fixture);
    scene.instance.config.pins = strdup(dir);
    scene.instance.config.mode = fixture->off      ? PIN_MODE_OFF
                                 : fixture->report ? PIN_MODE_REPORT
                                                   : PIN_MODE_ENFORCE;
    pin_instance_open(&scene.instance);
    ck_assert_int_eq(scene.instance.fault.reason, PIN_OK);
    return &scene;
}

void fixture_end(void)
{
    char command[96];

    snprintf(command, sizeof command, "rm -rf %s", dir);
    ck_assert_int_eq(dir[0] == '\0' ? 0 : system(command), 0);
    dir[0] = '\0';
    pin_policies_clear(&scene.policies);
    pin_reference_ids_clear(&scene.ids);
    pin_instance_clear(&scene.instance);
    memset(&scene, 0, sizeof scene);
    pki_clear();
}

static void take_line(void *arg, const char *text)
{
    struct scene *to = arg;
    size_t used = strlen(to->trace);

    snprintf(to->trace + used, sizeof to->trace - used, "%s\n", text);
}

void fixture_lookup(struct scene *it)
{
    const struct pin_trace trace = {take_line, it};

    pin_judge_lookup(&it->instance, &it->ids, &it->peer, &trace, &it->policies);
}

void fixture_judge(struct scene *it)
{
    const struct pin_trace trace = {take_line, it};

    fixture_lookup(it);
    memset(&it->judgement, 0x55, sizeof it->judgement);
    pin_judge(&it->instance, &it->policies, &it->peer, it->now, &trace, &it->judgement);
}
