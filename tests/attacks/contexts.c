/* Library contexts. OpenSSL keeps the constructors through which the module comes in with the
 * thread's default one. */
#include "groups.h"

#include <openssl/provider.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define MANY 100
#else
#define MANY 1000
#endif

static OSSL_LIB_CTX *new_context(const char *conf)
{
    OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();

    ATK_NEED(libctx != NULL);
    if (conf != NULL)
        ATK_NEED(OSSL_LIB_CTX_load_config(libctx, conf));
    return libctx;
}

static const char *conf_of_process(void)
{
    return getenv("OPENSSL_CONF");
}

/* A client of that context, which may be the thread's default for as long; the server is the one of
 * the process's own. */
static void meet_in(struct bat *b, OSSL_LIB_CTX *libctx, bool as_default, struct atk_id id)
{
    SSL_CTX *server = atk_server_in(b, NULL, id);
    OSSL_LIB_CTX *before = as_default ? OSSL_LIB_CTX_set0_default(libctx) : NULL;
    SSL_CTX *client = atk_client_in(b, libctx);

    atk_meet(b, client, server);
    SSL_CTX_free(client);
    if (as_default)
        OSSL_LIB_CTX_set0_default(before);
    SSL_CTX_free(server);
}

/* ---- a context of the program's own ---- */

enum { PLAIN, CONFIGURED = 1, DEFAULT = 2, FIRST = 4 };

/* As the thread's default, and without the configuration, nothing of the module is in it, and
 * nothing that the module is told of happens. */
static void own(struct bat *b)
{
    const unsigned how = b->row->arg;

    atk_pin(b);
    if ((how & FIRST) == 0)
        ATK_NEED(OPENSSL_init_ssl(0, NULL));
    OSSL_LIB_CTX *libctx = new_context((how & CONFIGURED) != 0 ? conf_of_process() : NULL);
    if (how == DEFAULT || how == (DEFAULT | FIRST))
        atk_gap(b, "a thread's own default library context without the configuration");
    meet_in(b, libctx, (how & DEFAULT) != 0, atk_who(b));
    OSSL_LIB_CTX_free(libctx);
}

/* The program loads no configuration at all. */
static void without_configuration(struct bat *b)
{
    ATK_NEED(OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL));
    atk_pin(b);
    atk_gap(b, "OPENSSL_INIT_NO_LOAD_CONFIG");
    atk_meet(b, atk_client(b), atk_server(b, atk_who(b)));
}

/* ---- the module more than once ---- */

/* A second configuration with a store of its own, in which the impostor is the pinned one. Each
 * context has its own; the impostor of one is the true one of the other. */
static void two_configurations(struct bat *b)
{
    char other[256], lines[300];

    atk_pin(b);
    snprintf(other, sizeof other, "%s/other", b->dir);
    snprintf(lines, sizeof lines, "pins = %s\n", other);
    char *conf = atk_conf(b, "other.cnf", lines);
    ATK_NEED(mkdir(other, 0755) == 0);
    atk_store(b, "../other/_store", "# empty\n");
    atk_store(b, "../other/" ATK_HOST ".pins", "key = %s\n", atk_key_pin(atk_false().cert));
    atk_meet(b, atk_client(b), atk_server(b, atk_who(b)));
    OSSL_LIB_CTX *libctx = new_context(conf);
    atk_meet(b, atk_client(b), atk_server(b, atk_who(b)));
    meet_in(b, libctx, true, b->honest ? atk_false() : atk_true());
    OSSL_LIB_CTX_free(libctx);
    free(conf);
}

/* Loaded by hand on top of the configuration, in the same context and in another one. */
static void loaded_again(struct bat *b)
{
    atk_pin(b);
    ATK_NEED(OPENSSL_init_ssl(0, NULL));
    OSSL_LIB_CTX *libctx = new_context(conf_of_process());
    OSSL_PROVIDER *here = OSSL_PROVIDER_load(NULL, b->module != NULL ? "pinning" : "default");
    OSSL_PROVIDER *there = OSSL_PROVIDER_load(libctx, b->module != NULL ? "pinning" : "default");
    ATK_NEED(here != NULL && there != NULL);
    atk_meet(b, atk_client(b), atk_server(b, atk_who(b)));
    meet_in(b, libctx, false, atk_who(b));
    OSSL_PROVIDER_unload(there);
    OSSL_PROVIDER_unload(here);
    OSSL_LIB_CTX_free(libctx);
}

/* By hand, by its file and without a section of its own, so that it has the store it was built
 * with. That one is not there: nobody gets through where it is, and elsewhere all is as it was. The
 * same when it was unloaded: what it hooked stays hooked. */
static void loaded_by_file(struct bat *b)
{
    atk_pin(b);
    OSSL_LIB_CTX *libctx = new_context(NULL);
    OSSL_PROVIDER *ours = OSSL_PROVIDER_load(libctx, b->module != NULL ? b->module : "default");
    OSSL_PROVIDER *others = OSSL_PROVIDER_load(libctx, "default");
    ATK_NEED(ours != NULL && others != NULL);
    if (b->row->arg != 0)
        ATK_NEED(OSSL_PROVIDER_unload(ours));
    atk_meet(b, atk_client(b), atk_server(b, atk_who(b)));
    meet_in(b, libctx, true, atk_true());
    if (b->row->arg == 0)
        ATK_NEED(OSSL_PROVIDER_unload(ours));
    OSSL_PROVIDER_unload(others);
    OSSL_LIB_CTX_free(libctx);
}

/* ---- the module goes ---- */

/* Somebody loads it on top of the configuration, and unloads it. */
static void unloaded(struct bat *b)
{
    struct atk_pair pair;

    atk_pin(b);
    atk_open(b, &pair, atk_client(b), atk_server(b, atk_who(b)));
    OSSL_PROVIDER *provider = OSSL_PROVIDER_load(NULL, b->module != NULL ? "pinning" : "default");
    ATK_NEED(provider != NULL && OSSL_PROVIDER_unload(provider));
    atk_talk(&pair);
    atk_expect(b, &pair);
    atk_close(&pair);
    atk_meet(b, atk_client(b), atk_server(b, atk_who(b)));
}

/* A context in which the module is goes away while an SSL of another one lives. */
static void freed(struct bat *b)
{
    struct atk_pair pair;

    atk_pin(b);
    OSSL_LIB_CTX *libctx = new_context(conf_of_process());
    atk_open(b, &pair, atk_client(b), atk_server(b, atk_who(b)));
    meet_in(b, libctx, false, atk_who(b));
    OSSL_LIB_CTX_free(libctx);
    atk_talk(&pair);
    atk_expect(b, &pair);
    atk_close(&pair);
    atk_meet(b, atk_client(b), atk_server(b, atk_who(b)));
}

/* It was the default one of the thread, and an SSL made under it outlives that. */
static void freed_default(struct bat *b)
{
    struct atk_pair pair;

    atk_pin(b);
    OSSL_LIB_CTX *libctx = new_context(conf_of_process());
    SSL_CTX *server = atk_server(b, atk_who(b));
    OSSL_LIB_CTX *before = OSSL_LIB_CTX_set0_default(libctx);
    SSL_CTX *client = atk_client_in(b, before); /* its memory is another's, its callbacks ours */
    atk_open(b, &pair, client, server);
    OSSL_LIB_CTX_set0_default(before);
    atk_talk(&pair);
    atk_expect(b, &pair);
    atk_close(&pair);
    SSL_CTX_free(client);
    OSSL_LIB_CTX_free(libctx);
    atk_meet(b, atk_client(b), atk_server(b, atk_who(b)));
}

/* ---- many ---- */

static void meet_in_own_default(struct bat *b, bool as_default)
{
    OSSL_LIB_CTX *libctx = new_context(conf_of_process());

    meet_in(b, libctx, as_default, atk_who(b));
    OSSL_LIB_CTX_free(libctx);
}

static void many(struct bat *b)
{
    atk_pin(b);
    for (int i = 0; i < MANY && !b->failed; i++)
        meet_in_own_default(b, i % 2 == 0);
    atk_meet(b, atk_client(b), atk_server(b, atk_who(b)));
}

static void *work(void *arg)
{
    for (int i = 0; i < 20; i++)
        meet_in_own_default(arg, i % 2 == 0);
    return NULL;
}

static void many_threads(struct bat *b)
{
    struct bat bs[4];
    pthread_t ids[4];

    atk_pin(b);
    (void)atk_false();
    ATK_NEED(OPENSSL_init_ssl(0, NULL));
    for (int i = 0; i < 4; i++) {
        bs[i] = *b;
        ATK_NEED(pthread_create(&ids[i], NULL, work, &bs[i]) == 0);
    }
    for (int i = 0; i < 4; i++) {
        ATK_NEED(pthread_join(ids[i], NULL) == 0);
        b->met += bs[i].met;
        b->failed = b->failed || bs[i].failed;
        b->leaked = b->leaked || bs[i].leaked;
    }
}

#define ROW(name, function, arg)                                                                   \
    {                                                                                              \
        name, function, function, "P07", ATK_TLS12 | ATK_TLS13, 0, 0, arg                          \
    }

static const struct atk_row rows[] = {
    ROW("own", own, PLAIN),
    ROW("own, first of all", own, FIRST),
    ROW("own, configured", own, CONFIGURED),
    ROW("own, configured, first of all", own, CONFIGURED | FIRST),
    ROW("own default", own, DEFAULT),
    ROW("own default, first of all", own, DEFAULT | FIRST),
    ROW("own default, configured", own, DEFAULT | CONFIGURED),
    ROW("own default, configured, first of all", own, DEFAULT | CONFIGURED | FIRST),
    ROW("no configuration", without_configuration, 0),
    ROW("two configurations", two_configurations, 0),
    ROW("loaded again", loaded_again, 0),
    ROW("unloaded", unloaded, 0),
    ROW("freed", freed, 0),
    ROW("freed, was the default", freed_default, 0),
    {"many", many, many, "P07", ATK_TLS13, ATK_NONE, 0, 0},
    {"many, threads", many_threads, many_threads, "P07", ATK_TLS13, 0, 0, 0},
    {"loaded by its file", loaded_by_file, NULL, "P07", ATK_TLS12 | ATK_TLS13, 0, 0, 0},
    {"loaded by its file, unloaded", loaded_by_file, NULL, "P07", ATK_TLS12 | ATK_TLS13, 0, 0, 1},
};

const struct atk_group atk_contexts = {"contexts", rows, sizeof rows / sizeof rows[0]};
