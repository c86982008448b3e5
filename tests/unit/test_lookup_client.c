/* test_lookup_client.c - the certificate of a client: its names, and its judgement. */
#include "expect.h"
#include "suite.h"

#include "judge_fixture.h"

#include <pinning/identity.h>
#include <pinning/record.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- the names ---- */

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10
#define NAME(type, bytes)                                                                          \
    {                                                                                              \
        type, bytes, sizeof bytes - 1                                                              \
    }

static const struct {
    struct pki_name name; /* type 0: none */
    const char *cn;
    const char *presented_ids; /* NULL: none */
} names[] = {
    {NAME(GEN_EMAIL, "alice@example.com"), NULL, "alice@example.com"},
    {NAME(GEN_EMAIL, "Alice@EXAMPLE.Com."), NULL, "alice@example.com"},
    {NAME(GEN_EMAIL, "a.b_c%d+e-9@x"), NULL, "a.b_c%d+e-9@x"},
    {NAME(GEN_EMAIL, "_store@x.test"), NULL, "_store@x.test"},
    {NAME(GEN_EMAIL, "alice@192.0.2.1"), NULL, "alice@192.0.2.1"},
    {NAME(GEN_EMAIL, A60 A60 A60 "@" A60 ".test"), NULL, A60 A60 A60 "@" A60 ".test"},
    {NAME(GEN_EMAIL, A60 A60 A60 "aaaaaaa@" A60 ".test"), NULL, A60 A60 A60 "aaaaaaa@" A60 ".test"},
    {NAME(GEN_EMAIL, A60 A60 A60 "aaaaaaaa@" A60 ".test"), NULL, NULL},
    {NAME(GEN_EMAIL, ""), NULL, NULL},
    {NAME(GEN_EMAIL, "@"), NULL, NULL},
    {NAME(GEN_EMAIL, "alice"), NULL, NULL},
    {NAME(GEN_EMAIL, "example.com"), NULL, NULL},
    {NAME(GEN_EMAIL, "alice@"), NULL, NULL},
    {NAME(GEN_EMAIL, "@example.com"), NULL, NULL},
    {NAME(GEN_EMAIL, "a@b@example.com"), NULL, NULL},
    {NAME(GEN_EMAIL, ".alice@example.com"), NULL, NULL},
    {NAME(GEN_EMAIL, "../alice@example.com"), NULL, NULL},
    {NAME(GEN_EMAIL, "a/b@example.com"), NULL, NULL},
    {NAME(GEN_EMAIL, "alice@example.com/.."), NULL, NULL},
    {NAME(GEN_EMAIL, "al ice@example.com"), NULL, NULL},
    {NAME(GEN_EMAIL, "alice@example.com\0.evil"), NULL, NULL},
    {NAME(GEN_EMAIL, "al\0ice@example.com"), NULL, NULL},
    {NAME(GEN_EMAIL, "o'brien@example.com"), NULL, NULL},
    {NAME(GEN_EMAIL, "\xc3\xa4@example.com"), NULL, NULL},
    {NAME(GEN_EMAIL, "alice@ex\xc3\xa4mple.com"), NULL, NULL},
    {NAME(GEN_EMAIL, "alice@_default"), NULL, NULL},
    {NAME(GEN_DNS, "Alice.Example.com."), NULL, "alice.example.com"},
    {NAME(GEN_DNS, "*.example.com"), NULL, "example.com"},
    {NAME(GEN_DNS, "alice@example.com"), NULL, NULL},
    {NAME(GEN_URI, "https://alice.example.com"), NULL, NULL},
    {NAME(GEN_IPADD, "\x7f\0\0\1"), NULL, NULL},
    {{0, NULL, 0}, "Alice.example.com", "alice.example.com"},
    {{0, NULL, 0}, "Alice@example.com", "alice@example.com"},
    {{0, NULL, 0}, "alice", "alice"},
    {{0, NULL, 0}, "Alice of the Hill", NULL},
    {{0, NULL, 0}, "_default", NULL},
    {NAME(GEN_EMAIL, "a@x.test"), "alice", "a@x.test alice"},
    {NAME(GEN_DNS, "a.x.test"), "b@x.test", "a.x.test b@x.test"},
    {NAME(GEN_DNS, "a.x.test"), "A.X.test", "a.x.test"},
};

static void describe(const struct pin_names *presented_ids, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < presented_ids->count; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i == 0 ? "" : " ",
                                 presented_ids->list[i].text);
    ck_assert_uint_lt(used, size);
}

START_TEST(presented_names)
{
    const struct pki_name *name = &names[_i].name;
    X509 *cert = PKI_CERT(.cn = names[_i].cn, .names = name, .name_count = name->type != 0);
    struct pin_names presented_ids = {0};
    struct pin_error err = {0};
    char found[1024];

    ck_assert_msg(pin_presented_client_ids(cert, &presented_ids, &err), "%s", err.text);
    describe(&presented_ids, found, sizeof found);
    expect_text(name->type != 0 ? case_name("client", name->bytes, name->len)
                                : case_name("client, CN", names[_i].cn, strlen(names[_i].cn)),
                names[_i].presented_ids != NULL ? names[_i].presented_ids : "", found);
    pin_names_clear(&presented_ids);
}
END_TEST

/* ---- the judgement ---- */

#define SAN_ALICE "email:alice@x.test"

static const struct {
    const char *title;
    struct fixture fixture;
    enum pin_action action;
    enum pin_reason reason;
    const char *client; /* in the record */
    const char *file;   /* "": none */
} cases[] = {
    {"nothing is pinned", {.store = ""}, PIN_ALLOW, PIN_OK, "a.example.com", ""},
    {"a DNS name, right",
     {.store = "a.example.com: key = $leaf"},
     PIN_ALLOW,
     PIN_OK,
     "a.example.com",
     "a.example.com"},
    {"a DNS name, wrong",
     {.store = "a.example.com: key = $other"},
     PIN_REFUSE,
     PIN_R_MISMATCH,
     "a.example.com",
     "a.example.com"},
    {"mail, right",
     {.store = "alice@x.test: key = $leaf", .san = SAN_ALICE},
     PIN_ALLOW,
     PIN_OK,
     "alice@x.test",
     "alice@x.test"},
    {"mail, wrong",
     {.store = "alice@x.test: key = $other", .san = SAN_ALICE},
     PIN_REFUSE,
     PIN_R_MISMATCH,
     "alice@x.test",
     "alice@x.test"},
    {"mail: the file of the host does not apply",
     {.store = "x.test: subdomains = yes; key = $other", .san = SAN_ALICE},
     PIN_ALLOW,
     PIN_OK,
     "alice@x.test",
     ""},
    {"a parent's file",
     {.store = "example.com: subdomains = yes; key = $other"},
     PIN_REFUSE,
     PIN_R_MISMATCH,
     "a.example.com",
     "example.com"},
    {"a parent's file without subdomains",
     {.store = "example.com: key = $other"},
     PIN_ALLOW,
     PIN_OK,
     "a.example.com",
     ""},
    {"the last of several",
     {.store = "c.test: key = $other\na.test: key = $leaf",
      .san = "DNS:a.test,DNS:b.test,DNS:c.test"},
     PIN_REFUSE,
     PIN_R_MISMATCH,
     "c.test",
     "c.test"},
    {"all of several",
     {.store = "c.test: key = $leaf\na.test: key = $leaf",
      .san = "DNS:a.test,DNS:b.test,DNS:c.test"},
     PIN_ALLOW,
     PIN_OK,
     "a.test",
     "a.test"},
    {"the common name, if no other name has a file",
     {.store = "alice: key = $other", .cn = "Alice"},
     PIN_REFUSE,
     PIN_R_MISMATCH,
     "alice",
     "alice"},
    {"the common name, beside a name that matches",
     {.store = "alice: key = $other\na.example.com: key = $leaf", .cn = "Alice"},
     PIN_REFUSE,
     PIN_R_MISMATCH,
     "alice",
     "alice"},
    {"_default, if no name has a file",
     {.store = "_default: key = $other", .cn = "Alice"},
     PIN_REFUSE,
     PIN_R_MISMATCH,
     "a.example.com",
     "_default"},
    {"_default does not apply beside a file",
     {.store = "_default: key = $other\nalice: key = $leaf", .cn = "Alice"},
     PIN_ALLOW,
     PIN_OK,
     "alice",
     "alice"},
    {"_nameless is not for clients",
     {.store = "_nameless: key = $other"},
     PIN_ALLOW,
     PIN_OK,
     "a.example.com",
     ""},
    {"reference identifiers are not looked up",
     {.store = "h.test: key = $other\n192.0.2.1: key = $other",
      .sni = "h.test",
      .address = "192.0.2.1",
      .hosts = "h.test",
      .socket = "192.0.2.1"},
     PIN_ALLOW,
     PIN_OK,
     "a.example.com",
     ""},
    {"unpinned = refuse",
     {.store = "_store: unpinned = refuse"},
     PIN_REFUSE,
     PIN_R_UNPINNED,
     "a.example.com",
     ""},
    {"a raw key, by _default",
     {.store = "_default: key = $leaf", .peer = RAW},
     PIN_ALLOW,
     PIN_OK,
     "",
     "_default"},
    {"a raw key, wrong",
     {.store = "_default: key = $other", .peer = RAW},
     PIN_REFUSE,
     PIN_R_MISMATCH,
     "",
     "_default"},
    {"a CA, by _default",
     {.store = "_default: ca = $root"},
     PIN_ALLOW,
     PIN_OK,
     "a.example.com",
     "_default"},
    {"a CA that is not an issuer",
     {.store = "_default: ca = $root", .peer = BY_EVIL},
     PIN_REFUSE,
     PIN_R_MISMATCH,
     "a.example.com",
     "_default"},
    {"a CA, by mail",
     {.store = "alice@x.test: ca = $int", .san = SAN_ALICE},
     PIN_ALLOW,
     PIN_OK,
     "alice@x.test",
     "alice@x.test"},
    {"mode of the file",
     {.store = "a.example.com: mode = report; key = $other"},
     PIN_REPORT,
     PIN_R_MISMATCH,
     "a.example.com",
     "a.example.com"},
    {"mode of the store",
     {.store = "_store: mode = report\na.example.com: key = $other"},
     PIN_REPORT,
     PIN_R_MISMATCH,
     "a.example.com",
     "a.example.com"},
    {"mode of the section",
     {.store = "a.example.com: key = $other", .off = true},
     PIN_ALLOW,
     PIN_OK,
     "",
     ""},
    {"no _store", {.store = "-_store"}, PIN_REFUSE, PIN_R_NO_STORE, "", ""},
    {"a broken file",
     {.store = "b@x.test: kye = $leaf", .san = "DNS:c.test,email:b@x.test,DNS:d.test"},
     PIN_REFUSE,
     PIN_R_SYNTAX,
     "b@x.test",
     "b@x.test"},
    {"a broken file of a different client",
     {.store = "b@x.test: kye = $leaf"},
     PIN_ALLOW,
     PIN_OK,
     "a.example.com",
     ""},
};

/* The store of the scene becomes that of clients; there is no other. */
static struct scene *begin(const struct fixture *fixture)
{
    struct scene *scene = fixture_begin(fixture);
    struct pin_instance *instance = &scene->instance;

    instance->clients = instance->pins;
    instance->config.clients = instance->config.pins;
    instance->config.clients_wanted = true;
    instance->config.pins = strdup("/nowhere");
    instance->pins = (struct pin_store){.mount = -1};
    ck_assert(instance->config.pins != NULL &&
              pin_store_init(&instance->pins, instance->config.pins, &instance->fault));
    scene->peer.is_client = true;
    return scene;
}

START_TEST(verdict_for_client)
{
    struct scene *scene = begin(&cases[_i].fixture);
    const struct pin_judgement *got = &scene->judgement;
    char file[512] = "";

    fixture_judge(scene);
    if (got->reason == PIN_R_UNPINNED) /* then _store decided */
        snprintf(file, sizeof file, "%s/_store", fixture_dir());
    else if (cases[_i].file[0] != '\0')
        snprintf(file, sizeof file, "%s/%s.pins", fixture_dir(), cases[_i].file);
    ck_assert_msg(got->verdict.action == cases[_i].action && got->reason == cases[_i].reason,
                  "client/%s: expected %s P%02d, got %s P%02d %s\n%s", cases[_i].title,
                  pin_action_name(cases[_i].action), cases[_i].reason,
                  pin_action_name(got->verdict.action), got->reason, got->detail, scene->trace);
    expect_text(cases[_i].title, cases[_i].client, got->host);
    expect_text(cases[_i].title, file, got->file);
    ck_assert(got->of_client);
}
END_TEST

/* ---- errors ---- */

static void expect_refusal(struct scene *scene, enum pin_reason reason, const char *word)
{
    fixture_judge(scene);
    ck_assert_int_eq(scene->judgement.verdict.action, PIN_REFUSE);
    ck_assert_int_eq(scene->judgement.reason, reason);
    ck_assert_msg(strstr(scene->judgement.detail, word) != NULL, "%s", scene->judgement.detail);
}

START_TEST(unsafe_store_refused)
{
    struct scene *scene = begin(&(const struct fixture){.store = "a.example.com: key = $leaf"});

    ck_assert_int_eq(chmod(fixture_dir(), 0777), 0);
    expect_refusal(scene, PIN_R_UNSAFE, fixture_dir());
}
END_TEST

START_TEST(instance_fault_refused)
{
    struct scene *scene = begin(&(const struct fixture){.store = "a.example.com: key = $leaf"});

    pin_error_set(&scene->instance.fault, PIN_R_CONFIG, "openssl.cnf: clients = x: expected more");
    expect_refusal(scene, PIN_R_CONFIG, "clients = x");
}
END_TEST

START_TEST(every_name_looked_up)
{
    static char san[128 * 1024];
    size_t used = (size_t)snprintf(san, sizeof san, "DNS:n.test");
    for (int i = 1; i < 3000; i++)
        used += (size_t)snprintf(san + used, sizeof san - used, ",email:n%d@x.test", i);
    struct scene *scene =
        begin(&(const struct fixture){.store = "n2999@x.test: key = $other\n", .san = san});

    expect_refusal(scene, PIN_R_MISMATCH, "");
    ck_assert_str_eq(scene->judgement.host, "n2999@x.test");
}
END_TEST

/* A certificate for servers only does not make a ca pin match, whatever the application accepts. */
START_TEST(server_certificate_without_ca_match)
{
    static const struct {
        const char *eku;
        enum pin_action action;
    } uses[] = {{"serverAuth", PIN_REFUSE}, {"clientAuth", PIN_ALLOW}};

    struct scene *scene = begin(&(const struct fixture){.store = "a.test: ca = $int"});
    scene->peer.leaf.cert = PKI_CERT(.san = "DNS:a.test", .eku = uses[_i].eku,
                                     .issuer = fixture_int(), .issuer_key = pki_key(1));
    fixture_judge(scene);
    ck_assert_int_eq(scene->judgement.verdict.action, uses[_i].action);
}
END_TEST

START_TEST(client_named_in_record)
{
    static const struct pin_process process = {"prog", 7};
    static struct pin_record record;
    struct pin_judgement j = {.reason = PIN_R_MISMATCH, .of_client = true, .host = "alice@x.test"};

    j.verdict.action = PIN_REFUSE;
    pin_record_make(&j, &process, PKI_NOW, 0, &record);
    ck_assert_ptr_nonnull(strstr(record.text, "refused client certificate of alice@x.test: "));
    ck_assert_ptr_nonnull(strstr(record.text, "see: pinctl help P07"));
    ck_assert_ptr_nonnull(strstr(record.json, ",\"client\":\"alice@x.test\","));
    ck_assert_ptr_null(strstr(record.json, "\"hostname\""));
    j.of_client = false;
    ck_assert_uint_ne(pin_record_key(&j), record.key);
    j = (struct pin_judgement){.reason = PIN_R_MISMATCH, .of_client = true};
    pin_record_make(&j, &process, PKI_NOW, 0, &record);
    ck_assert_ptr_nonnull(strstr(record.text, " client certificate: "));
    ck_assert_ptr_nonnull(strstr(record.json, ",\"client\":\"\","));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lookup_client");
    TCase *clients = tcase_create("clients");

    fixture_open();
    tcase_add_checked_fixture(clients, NULL, fixture_end);
    SUITE_CASES(clients, presented_names, names);
    SUITE_CASES(clients, verdict_for_client, cases);
    tcase_add_test(clients, unsafe_store_refused);
    tcase_add_test(clients, instance_fault_refused);
    tcase_add_test(clients, every_name_looked_up);
    tcase_add_loop_test(clients, server_certificate_without_ca_match, 0, 2);
    tcase_add_test(clients, client_named_in_record);
    suite_add_tcase(suite, clients);

    int result = suite_run(suite);
    pki_free_keys();
    return result;
}
