/* What an openssl.cnf does to a program that reads it. */
#include "host/sandbox.h"

#include "host/run.h"

#include <pinning/names.h>
#include <pinning/error.h>
#include <dlfcn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- in the child: a line for each thing that is there ---- */

static int tell_provider(OSSL_PROVIDER *provider, void *arg)
{
    const char *name = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_NAME, (char **)(void *)&name, 0),
        OSSL_PARAM_construct_end()};

    (void)arg;
    printf("provider %s\n", OSSL_PROVIDER_get0_name(provider));
    if (OSSL_PROVIDER_get_params(provider, params) == 1 && name != NULL &&
        strcmp(name, PIN_NAME_PROVIDER) == 0)
        puts("pinning");
    return 1;
}

/* The gate of the module is the security callback of every context that is made. */
static void tell_context(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    Dl_info info;

    if (ctx == NULL)
        return;
    puts("tls");
    int (*gate)(const SSL *, const SSL_CTX *, int, int, int, void *, void *) =
        SSL_CTX_get_security_callback(ctx);
    if (dladdr((const void *)(size_t)gate, &info) != 0 && info.dli_fname != NULL)
        printf("gate %s\n", info.dli_fname);
    SSL_CTX_free(ctx);
}

static void tell_error(void)
{
    const char *data = NULL;
    int flags = 0;
    unsigned long code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags);
    const char *reason = ERR_reason_error_string(code);

    if (code != 0)
        printf("error %s%s%s\n", reason != NULL ? reason : "unknown",
               (flags & ERR_TXT_STRING) != 0 ? ": " : "",
               (flags & ERR_TXT_STRING) != 0 ? data : "");
}

int pinctl_sandbox_child(void)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];

    if (OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL) == 1)
        puts("loaded");
    if (EVP_Q_digest(NULL, "SHA256", NULL, "", 0, bytes, NULL) == 1)
        puts("hash");
    if (RAND_bytes(bytes, sizeof bytes) == 1)
        puts("random");
    tell_context();
    OSSL_PROVIDER_do_all(NULL, tell_provider, NULL);
    tell_error();
    puts("end");
    return fflush(stdout) == 0 ? 0 : 2;
}

/* ---- in the parent ---- */

static void add(char *list, size_t size, const char *name)
{
    size_t used = strlen(list);

    snprintf(list + used, size - used, "%s%s", used > 0 ? " " : "", name);
}

/* Is the file a module of ours? Its gate would stand there only if it is. */
static bool is_module(const char *file)
{
    const char *name = strrchr(file, '/');

    return strncmp(name != NULL ? name + 1 : file, "pinning", strlen("pinning")) == 0;
}

static void hear(const char *line, struct pinctl_sandbox *out, bool *end)
{
    const struct {
        const char *word;
        bool *is;
    } words[] = {{"loaded", &out->loaded}, {"hash", &out->hash},       {"random", &out->random},
                 {"tls", &out->tls},       {"pinning", &out->pinning}, {"end", end}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        *words[i].is |= strcmp(line, words[i].word) == 0;
    if (strncmp(line, "provider ", 9) == 0)
        add(out->providers, sizeof out->providers, line + 9);
    if (strncmp(line, "error ", 6) == 0)
        snprintf(out->error, sizeof out->error, "%s", line + 6);
    if (strncmp(line, "gate ", 5) == 0 && is_module(line + 5)) {
        snprintf(out->module, sizeof out->module, "%s", line + 5);
        out->held = true;
    }
}

bool pinctl_sandbox(const char *conf, struct pinctl_sandbox *out, struct pin_error *err)
{
    static const char *const argv[] = {"/proc/self/exe", PINCTL_SANDBOX, NULL};
    char said[8192];
    struct pinctl_run run = {.argv = argv,
                             .conf = conf,
                             .secs = 20,
                             .said = said,
                             .size = sizeof said,
                             .no_input = true};
    bool end = false;
    char *rest = said;
    int status;

    *out = (struct pinctl_sandbox){.loaded = false};
    fflush(NULL);
    status = pinctl_run(&run, err);
    if (status < 0)
        return false;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        hear(line, out, &end);
    if (!end)
        snprintf(out->error, sizeof out->error, "the program that tried it ended with status %d",
                 status);
    return true;
}
