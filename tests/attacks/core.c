#include "core.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the outcome ---- */

void atk_fail(struct bat *b, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    fputs("# ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
    b->failed = true;
}

void atk_gap(struct bat *b, const char *why)
{
    b->gap = why;
    b->reason = NULL;
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

void atk_store(struct bat *b, const char *name, const char *fmt, ...)
{
    char pins[256], path[512];
    va_list args;

    path_of(pins, sizeof pins, b->dir, "pins");
    path_of(path, sizeof path, pins, name);
    va_start(args, fmt);
    write_file(path, fmt, args);
    va_end(args);
}

void atk_store_remove(struct bat *b, const char *name)
{
    char pins[256], path[512];

    path_of(pins, sizeof pins, b->dir, "pins");
    path_of(path, sizeof path, pins, name);
    ATK_NEED(unlink(path) == 0);
}

void atk_pin(struct bat *b)
{
    atk_store(b, ATK_HOST ".pins", "key = %s\n", atk_key_pin(atk_true().cert));
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

static unsigned count_lines(struct bat *b, const char *first, const char *second)
{
    char path[512], *line = NULL;
    size_t room = 0;
    unsigned count = 0;

    path_of(path, sizeof path, b->dir, "log");
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    while (getline(&line, &room, file) > 0)
        count += strstr(line, first) != NULL && strstr(line, second) != NULL;
    free(line);
    fclose(file);
    return count;
}

unsigned atk_log(struct bat *b, const char *reason, const char *action)
{
    char first[64] = "", second[64] = "";

    if (reason != NULL)
        snprintf(first, sizeof first, "\"reason\":\"%s\"", reason);
    if (action != NULL)
        snprintf(second, sizeof second, "\"action\":\"%s\"", action);
    return count_lines(b, first, second);
}

unsigned atk_log_text(struct bat *b, const char *text)
{
    return count_lines(b, text, "");
}

__attribute__((format(printf, 2, 3))) static void write_at(const char *path, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    write_file(path, fmt, args);
    va_end(args);
}

char *atk_conf(struct bat *b, const char *name, const char *lines)
{
    char path[512];

    path_of(path, sizeof path, b->dir, name);
    write_at(path,
             "openssl_conf = conf\n"
             "[conf]\nproviders = providers\n"
             "[providers]\ndefault = default_sect\n%s"
             "[default_sect]\nactivate = 1\n"
             "[pinning_sect]\nmodule = %s\nactivate = 1\nlog = file:%s/log\n%s",
             b->module != NULL ? "pinning = pinning_sect\n" : "",
             b->module != NULL ? b->module : "none", b->dir, lines);
    return strdup(path);
}

/* ---- what is expected ---- */

/* Told in the log and, to the program, in the error queue. */
static bool must_be_told(const struct bat *b)
{
    bool anyway = (b->row->anyway & (b->verify == SSL_VERIFY_NONE ? ATK_NONE : ATK_PEER)) != 0;

    return b->module != NULL && b->reason != NULL && !anyway;
}

void atk_expect_refusal(struct bat *b, const struct atk_pair *pair)
{
    size_t flowed = pair->client_got + pair->server_got + pair->early_got;

    b->met++;
    b->refused += flowed == 0;
    b->leaked = b->leaked || flowed > 0;
    if (flowed > 0)
        atk_fail(b, "%zu bytes of early data, %zu to the server, %zu to the client",
                 pair->early_got, pair->server_got, pair->client_got);
    if (pair->client_up && !pair->client_dead)
        atk_fail(b, "the client believes that all is well");
    if (flowed == 0 && must_be_told(b) && !pair->told)
        atk_fail(b, "the error queue does not say why");
}

void atk_expect_data(struct bat *b, const struct atk_pair *pair)
{
    b->met++;
    b->passed++;
    if (pair->server_got == 0 || pair->client_got == 0)
        atk_fail(
            b, "an honest connection failed: %zu bytes to the server, %zu to the client, %s: %s",
            pair->server_got, pair->client_got, pair->client_dead ? "client died" : "client lives",
            pair->first_error != 0 ? ERR_reason_error_string(pair->first_error) : "no error");
    if (pair->stray)
        atk_fail(b, "a success left an error in the queue");
}

void atk_expect(struct bat *b, const struct atk_pair *pair)
{
    if (b->honest)
        atk_expect_data(b, pair);
    else
        atk_expect_refusal(b, pair);
}

void atk_meet_at(struct bat *b, SSL_CTX *client, SSL_CTX *server, const char *host)
{
    struct atk_pair pair;

    atk_open_to(b, &pair, client, server, host);
    atk_talk(&pair);
    atk_expect(b, &pair);
    atk_close(&pair);
}

void atk_meet(struct bat *b, SSL_CTX *client, SSL_CTX *server)
{
    atk_meet_at(b, client, server, ATK_HOST);
}

/* ---- the turn ---- */

void atk_begin(struct bat *b)
{
    char path[512], pins[600];

    path_of(path, sizeof path, b->dir, "pins");
    ATK_NEED(mkdir(path, 0755) == 0);
    atk_store(b, "_store", "# empty\n");
    snprintf(pins, sizeof pins, "pins = %s\n", path);
    char *conf = atk_conf(b, "openssl.cnf", pins);
    ATK_NEED(conf != NULL && setenv("OPENSSL_CONF", conf, 1) == 0);
    free(conf);
}

static void show_log(struct bat *b)
{
    char path[512], *line = NULL;
    size_t room = 0;

    path_of(path, sizeof path, b->dir, "log");
    FILE *file = fopen(path, "re");
    while (file != NULL && getline(&line, &room, file) > 0)
        fprintf(stderr, "# log: %s", line);
    free(line);
    if (file != NULL)
        fclose(file);
}

static int what_came_of_it(const struct bat *b)
{
    if (b->leaked && b->gap != NULL && b->module != NULL) {
        fprintf(stderr, "skip: %s\n", b->gap);
        return ATK_EXIT_GAP;
    }
    return b->leaked ? ATK_EXIT_LEAKED : b->failed ? ATK_EXIT_FAILED : 0;
}

int atk_end(struct bat *b)
{
    atk_free_ctxs();
    if (b->met == 0)
        atk_fail(b, "nothing was tried");
    if (b->honest && atk_log(b, NULL, "refused") > 0)
        atk_fail(b, "an honest peer was refused");
    if (b->gap != NULL && !b->honest && !b->leaked)
        atk_fail(b, "no gap any more: %s", b->gap);
    if (!b->honest && must_be_told(b) && atk_log(b, b->reason, "refused") == 0)
        atk_fail(b, "no record of a refusal names %s", b->reason);
    if (b->failed)
        show_log(b);
    pki_clear();
    pki_free_keys();
    return what_came_of_it(b);
}
