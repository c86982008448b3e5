/* core.c - one run of a case: store, log, configuration, outcome. */
#include "core.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the outcome ---- */

void atk_fail(struct atk_run *run, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    fputs("# ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
    run->failed = true;
}

void atk_known_limitation(struct atk_run *run, const char *why)
{
    run->limitation = why;
    run->reason = NULL;
}

_Noreturn void atk_skip(const char *why)
{
    fprintf(stderr, "skip: %s\n", why);
    _exit(ATK_EXIT_SKIPPED);
}

void atk_need(bool good, const char *what, const char *file, int line)
{
    if (good)
        return;
    fprintf(stderr, "# %s:%d: cannot be tried: %s\n", file, line, what);
    ERR_print_errors_fp(stderr);
    _exit(ATK_EXIT_BROKEN);
}

/* ---- the store and the log ---- */

static void path_of(char *out, size_t size, const char *dir, const char *name)
{
    ATK_NEED((size_t)snprintf(out, size, "%s/%s", dir, name) < size);
}

__attribute__((format(printf, 2, 0))) static void write_file(const char *path, const char *fmt,
                                                             va_list args)
{
    char fresh[512];

    ATK_NEED((size_t)snprintf(fresh, sizeof fresh, "%s.new", path) < sizeof fresh);
    FILE *file = fopen(fresh, "we");
    ATK_NEED(file != NULL && vfprintf(file, fmt, args) >= 0);
    ATK_NEED(fclose(file) == 0 && chmod(fresh, 0644) == 0 && rename(fresh, path) == 0);
}

void atk_store(struct atk_run *run, const char *name, const char *fmt, ...)
{
    char pins[256], path[512];
    va_list args;

    path_of(pins, sizeof pins, run->dir, "pins");
    path_of(path, sizeof path, pins, name);
    va_start(args, fmt);
    write_file(path, fmt, args);
    va_end(args);
}

void atk_store_remove(struct atk_run *run, const char *name)
{
    char pins[256], path[512];

    path_of(pins, sizeof pins, run->dir, "pins");
    path_of(path, sizeof path, pins, name);
    ATK_NEED(unlink(path) == 0);
}

void atk_pin(struct atk_run *run)
{
    atk_store(run, ATK_HOST ".pins", "key = %s\n", atk_key_pin(atk_true().cert));
}

static const char *pin_text(const unsigned char *digest)
{
    static char texts[8][64];
    static unsigned next;
    char *text = texts[next++ % 8];
    size_t used = (size_t)snprintf(text, sizeof texts[0], "sha256//");

    EVP_EncodeBlock((unsigned char *)text + used, digest, 32);
    return text;
}

const char *atk_key_pin(X509 *cert)
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    pki_spki_digest(cert, EVP_sha256(), digest);
    return pin_text(digest);
}

const char *atk_cert_pin(X509 *cert)
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    pki_cert_digest(cert, EVP_sha256(), digest);
    return pin_text(digest);
}

static unsigned count_lines(struct atk_run *run, const char *first, const char *second)
{
    char path[512], *line = NULL;
    size_t buffer = 0;
    unsigned count = 0;

    path_of(path, sizeof path, run->dir, "log");
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    while (getline(&line, &buffer, file) > 0)
        count += strstr(line, first) != NULL && strstr(line, second) != NULL;
    free(line);
    fclose(file);
    return count;
}

unsigned atk_log(struct atk_run *run, const char *reason, const char *action)
{
    char first[64] = "", second[64] = "";

    if (reason != NULL)
        snprintf(first, sizeof first, "\"reason\":\"%s\"", reason);
    if (action != NULL)
        snprintf(second, sizeof second, "\"action\":\"%s\"", action);
    return count_lines(run, first, second);
}

unsigned atk_log_text(struct atk_run *run, const char *text)
{
    return count_lines(run, text, "");
}

__attribute__((format(printf, 2, 3))) static void write_at(const char *path, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    write_file(path, fmt, args);
    va_end(args);
}

char *atk_conf(struct atk_run *run, const char *name, const char *lines)
{
    char path[512];

    path_of(path, sizeof path, run->dir, name);
    write_at(path,
             "openssl_conf = conf\n"
             "[conf]\nproviders = providers\n"
             "[providers]\ndefault = default_sect\n%s"
             "[default_sect]\nactivate = 1\n"
             "[pinning_sect]\nmodule = %s\nactivate = 1\nlog = file:%s/log\n%s",
             run->module != NULL ? "pinning = pinning_sect\n" : "",
             run->module != NULL ? run->module : "none", run->dir, lines);
    return strdup(path);
}

/* ---- what is expected ---- */

/* The refusal must be in the log and in the error queue. */
static bool must_be_reported(const struct atk_run *run)
{
    bool anyway =
        (run->test_case->anyway & (run->verify == SSL_VERIFY_NONE ? ATK_NONE : ATK_PEER)) != 0;

    return run->module != NULL && run->reason != NULL && !anyway;
}

void atk_expect_refusal(struct atk_run *run, const struct atk_pair *pair)
{
    size_t flowed = pair->client_got + pair->server_got + pair->early_got;

    run->exchanges++;
    run->refused += flowed == 0;
    run->leaked = run->leaked || flowed > 0;
    if (flowed > 0)
        atk_fail(
            run,
            "expected no data, got %zu bytes of early data, %zu to the server, %zu to the client",
            pair->early_got, pair->server_got, pair->client_got);
    if (pair->client_up && !pair->client_dead)
        atk_fail(run, "expected a failed handshake, got one that is complete for the client");
    if (flowed == 0 && must_be_reported(run) && !pair->provider_error)
        atk_fail(run, "expected the reason in the error queue, got no error of the provider");
    else if (flowed == 0 && must_be_reported(run) && !pair->refusal_text)
        atk_fail(run, "expected the text of the refusal in the error queue, got none");
}

void atk_expect_data(struct atk_run *run, const struct atk_pair *pair)
{
    run->exchanges++;
    run->passed++;
    if (pair->server_got == 0 || pair->client_got == 0)
        atk_fail(
            run, "an honest connection failed: %zu bytes to the server, %zu to the client, %s: %s",
            pair->server_got, pair->client_got, pair->client_dead ? "client died" : "client lives",
            pair->first_error != 0 ? ERR_reason_error_string(pair->first_error) : "no error");
    if (pair->stray)
        atk_fail(run, "expected an empty error queue after a success, got an error");
}

void atk_expect(struct atk_run *run, const struct atk_pair *pair)
{
    if (run->honest)
        atk_expect_data(run, pair);
    else
        atk_expect_refusal(run, pair);
}

void atk_exchange_at(struct atk_run *run, SSL_CTX *client, SSL_CTX *server, const char *host)
{
    struct atk_pair pair;

    atk_open_to(run, &pair, client, server, host);
    atk_talk(&pair);
    atk_expect(run, &pair);
    atk_close(&pair);
}

void atk_exchange(struct atk_run *run, SSL_CTX *client, SSL_CTX *server)
{
    atk_exchange_at(run, client, server, ATK_HOST);
}

/* ---- helpers ---- */

int atk_accept_all(X509_STORE_CTX *ctx, void *arg)
{
    (void)ctx;
    (void)arg;
    return 1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void atk_remove_tree(const char *dir)
{
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- the run ---- */

void atk_begin(struct atk_run *run)
{
    char path[512], pins[600];

    path_of(path, sizeof path, run->dir, "pins");
    ATK_NEED(mkdir(path, 0755) == 0);
    atk_store(run, "_store", "# empty\n");
    snprintf(pins, sizeof pins, "pins = %s\n", path);
    char *conf = atk_conf(run, "openssl.cnf", pins);
    ATK_NEED(conf != NULL && setenv("OPENSSL_CONF", conf, 1) == 0);
    free(conf);
}

static void show_log(struct atk_run *run)
{
    char path[512], *line = NULL;
    size_t buffer = 0;

    path_of(path, sizeof path, run->dir, "log");
    FILE *file = fopen(path, "re");
    while (file != NULL && getline(&line, &buffer, file) > 0)
        fprintf(stderr, "# log: %s", line);
    free(line);
    if (file != NULL)
        fclose(file);
}

static int exit_status(const struct atk_run *run)
{
    if (run->leaked && run->limitation != NULL && run->module != NULL) {
        fprintf(stderr, "skip: %s\n", run->limitation);
        return ATK_EXIT_LIMITATION;
    }
    return run->leaked ? ATK_EXIT_LEAKED : run->failed ? ATK_EXIT_FAILED : 0;
}

int atk_end(struct atk_run *run)
{
    atk_free_ctxs();
    if (run->exchanges == 0)
        atk_fail(run, "expected a handshake, got none");
    if (run->honest && atk_log(run, NULL, "refused") > 0)
        atk_fail(run, "expected no refusal of an honest peer, got a record of one");
    if (run->limitation != NULL && !run->honest && !run->leaked)
        atk_fail(run, "expected the known limitation, got a refusal: %s", run->limitation);
    if (!run->honest && must_be_reported(run) && atk_log(run, run->reason, "refused") == 0)
        atk_fail(run, "expected a record of a refusal with %s, got none", run->reason);
    if (run->failed)
        show_log(run);
    pki_clear();
    pki_free_keys();
    return exit_status(run);
}
