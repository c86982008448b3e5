/* contexts.c - library contexts. OpenSSL keeps the constructors that bring in the module in the
 * thread's default context. */
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

/* Makes the client in libctx, as_default: with libctx as the thread's default meanwhile. The server
 * is of the process's default context. */
static void exchange_in(struct atk_run *run, OSSL_LIB_CTX *libctx, bool as_default,
                        struct atk_id id)
{
    SSL_CTX *server = atk_server_in(run, NULL, id);
    OSSL_LIB_CTX *before = as_default ? OSSL_LIB_CTX_set0_default(libctx) : NULL;
    SSL_CTX *client = atk_client_in(run, libctx);

    atk_exchange(run, client, server);
    SSL_CTX_free(client);
    if (as_default)
        OSSL_LIB_CTX_set0_default(before);
    SSL_CTX_free(server);
}

/* ---- a context of the program's own ---- */

enum { PLAIN, CONFIGURED = 1, DEFAULT = 2, FIRST = 4 };

/* A context that is the thread's default and has no configuration does not contain the module, and
 * OpenSSL calls none of the module's constructors in it. */
static void own(struct atk_run *run)
{
    const unsigned how = run->test_case->arg;

    atk_pin(run);
    if ((how & FIRST) == 0)
        ATK_NEED(OPENSSL_init_ssl(0, NULL));
    OSSL_LIB_CTX *libctx = new_context((how & CONFIGURED) != 0 ? conf_of_process() : NULL);
    if (how == DEFAULT || how == (DEFAULT | FIRST))
        atk_known_limitation(run,
                             "a thread's own default library context without the configuration");
    exchange_in(run, libctx, (how & DEFAULT) != 0, atk_peer_id(run));
    OSSL_LIB_CTX_free(libctx);
}

/* The program loads no configuration at all. */
static void without_configuration(struct atk_run *run)
{
    ATK_NEED(OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL));
    atk_pin(run);
    atk_known_limitation(run, "OPENSSL_INIT_NO_LOAD_CONFIG");
    atk_exchange(run, atk_client(run), atk_server(run, atk_peer_id(run)));
}

/* ---- the module more than once ---- */

/* A second context has a configuration and a store of its own, which pins the impostor. So the
 * impostor of one context is the honest peer of the other. */
static void two_configurations(struct atk_run *run)
{
    char other[256], lines[300];

    atk_pin(run);
    snprintf(other, sizeof other, "%s/other", run->dir);
    snprintf(lines, sizeof lines, "pins = %s\n", other);
    char *conf = atk_conf(run, "other.cnf", lines);
    ATK_NEED(mkdir(other, 0755) == 0);
    atk_store(run, "../other/_store", "# empty\n");
    atk_store(run, "../other/" ATK_HOST ".pins", "key = %s\n", atk_key_pin(atk_false().cert));
    atk_exchange(run, atk_client(run), atk_server(run, atk_peer_id(run)));
    OSSL_LIB_CTX *libctx = new_context(conf);
    atk_exchange(run, atk_client(run), atk_server(run, atk_peer_id(run)));
    exchange_in(run, libctx, true, run->honest ? atk_false() : atk_true());
    OSSL_LIB_CTX_free(libctx);
    free(conf);
}

/* The program loads the module again, in the same context and in a different one. */
static void loaded_again(struct atk_run *run)
{
    atk_pin(run);
    ATK_NEED(OPENSSL_init_ssl(0, NULL));
    OSSL_LIB_CTX *libctx = new_context(conf_of_process());
    OSSL_PROVIDER *here = OSSL_PROVIDER_load(NULL, run->module != NULL ? "pinning" : "default");
    OSSL_PROVIDER *there = OSSL_PROVIDER_load(libctx, run->module != NULL ? "pinning" : "default");
    ATK_NEED(here != NULL && there != NULL);
    atk_exchange(run, atk_client(run), atk_server(run, atk_peer_id(run)));
    exchange_in(run, libctx, false, atk_peer_id(run));
    OSSL_PROVIDER_unload(there);
    OSSL_PROVIDER_unload(here);
    OSSL_LIB_CTX_free(libctx);
}

/* The program loads the module by its path, without a section, so that it uses the built-in store.
 * That is missing: everything is refused in this context, and elsewhere nothing changes. After
 * unloading it is the same, because the hooks stay. */
static void loaded_by_file(struct atk_run *run)
{
    atk_pin(run);
    OSSL_LIB_CTX *libctx = new_context(NULL);
    OSSL_PROVIDER *ours = OSSL_PROVIDER_load(libctx, run->module != NULL ? run->module : "default");
    OSSL_PROVIDER *others = OSSL_PROVIDER_load(libctx, "default");
    ATK_NEED(ours != NULL && others != NULL);
    if (run->test_case->arg != 0)
        ATK_NEED(OSSL_PROVIDER_unload(ours));
    atk_exchange(run, atk_client(run), atk_server(run, atk_peer_id(run)));
    exchange_in(run, libctx, true, atk_true());
    if (run->test_case->arg == 0)
        ATK_NEED(OSSL_PROVIDER_unload(ours));
    OSSL_PROVIDER_unload(others);
    OSSL_LIB_CTX_free(libctx);
}

/* ---- the module is unloaded ---- */

/* The program loads the module a second time and unloads it. */
static void unloaded(struct atk_run *run)
{
    struct atk_pair pair;

    atk_pin(run);
    atk_open(run, &pair, atk_client(run), atk_server(run, atk_peer_id(run)));
    OSSL_PROVIDER *provider = OSSL_PROVIDER_load(NULL, run->module != NULL ? "pinning" : "default");
    ATK_NEED(provider != NULL && OSSL_PROVIDER_unload(provider));
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
    atk_exchange(run, atk_client(run), atk_server(run, atk_peer_id(run)));
}

/* A context with the module is freed while an SSL of another context is in use. */
static void freed(struct atk_run *run)
{
    struct atk_pair pair;

    atk_pin(run);
    OSSL_LIB_CTX *libctx = new_context(conf_of_process());
    atk_open(run, &pair, atk_client(run), atk_server(run, atk_peer_id(run)));
    exchange_in(run, libctx, false, atk_peer_id(run));
    OSSL_LIB_CTX_free(libctx);
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
    atk_exchange(run, atk_client(run), atk_server(run, atk_peer_id(run)));
}

/* The context was the thread's default, and an SSL made meanwhile outlives it. */
static void freed_default(struct atk_run *run)
{
    struct atk_pair pair;

    atk_pin(run);
    OSSL_LIB_CTX *libctx = new_context(conf_of_process());
    SSL_CTX *server = atk_server(run, atk_peer_id(run));
    OSSL_LIB_CTX *before = OSSL_LIB_CTX_set0_default(libctx);
    SSL_CTX *client =
        atk_client_in(run, before); /* made in the other context, with our callbacks */
    atk_open(run, &pair, client, server);
    OSSL_LIB_CTX_set0_default(before);
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
    SSL_CTX_free(client);
    OSSL_LIB_CTX_free(libctx);
    atk_exchange(run, atk_client(run), atk_server(run, atk_peer_id(run)));
}

/* ---- many ---- */

static void exchange_in_new_context(struct atk_run *run, bool as_default)
{
    OSSL_LIB_CTX *libctx = new_context(conf_of_process());

    exchange_in(run, libctx, as_default, atk_peer_id(run));
    OSSL_LIB_CTX_free(libctx);
}

static void many(struct atk_run *run)
{
    atk_pin(run);
    for (int i = 0; i < MANY && !run->failed; i++)
        exchange_in_new_context(run, i % 2 == 0);
    atk_exchange(run, atk_client(run), atk_server(run, atk_peer_id(run)));
}

static void *work(void *arg)
{
    for (int i = 0; i < 20; i++)
        exchange_in_new_context(arg, i % 2 == 0);
    return NULL;
}

static void many_threads(struct atk_run *run)
{
    struct atk_run bs[4];
    pthread_t ids[4];

    atk_pin(run);
    (void)atk_false();
    ATK_NEED(OPENSSL_init_ssl(0, NULL));
    for (int i = 0; i < 4; i++) {
        bs[i] = *run;
        ATK_NEED(pthread_create(&ids[i], NULL, work, &bs[i]) == 0);
    }
    for (int i = 0; i < 4; i++) {
        ATK_NEED(pthread_join(ids[i], NULL) == 0);
        run->exchanges += bs[i].exchanges;
        run->failed = run->failed || bs[i].failed;
        run->leaked = run->leaked || bs[i].leaked;
    }
}

#define CASE(name, function, arg)                                                                  \
    {                                                                                              \
        name, function, function, "P07", ATK_TLS12 | ATK_TLS13, 0, 0, arg                          \
    }

static const struct atk_case cases[] = {
    CASE("own", own, PLAIN),
    CASE("own, first of all", own, FIRST),
    CASE("own, configured", own, CONFIGURED),
    CASE("own, configured, first of all", own, CONFIGURED | FIRST),
    CASE("own default", own, DEFAULT),
    CASE("own default, first of all", own, DEFAULT | FIRST),
    CASE("own default, configured", own, DEFAULT | CONFIGURED),
    CASE("own default, configured, first of all", own, DEFAULT | CONFIGURED | FIRST),
    CASE("no configuration", without_configuration, 0),
    CASE("two configurations", two_configurations, 0),
    CASE("loaded again", loaded_again, 0),
    CASE("unloaded", unloaded, 0),
    CASE("freed", freed, 0),
    CASE("freed, was the default", freed_default, 0),
    {"many", many, many, "P07", ATK_TLS13, ATK_NONE, 0, 0},
    {"many, threads", many_threads, many_threads, "P07", ATK_TLS13, 0, 0, 0},
    {"loaded by its file", loaded_by_file, NULL, "P07", ATK_TLS12 | ATK_TLS13, 0, 0, 0},
    {"loaded by its file, unloaded", loaded_by_file, NULL, "P07", ATK_TLS12 | ATK_TLS13, 0, 0, 1},
};

const struct atk_group atk_contexts = {"contexts", cases, sizeof cases / sizeof cases[0]};
