/* The sandbox: a child process that reads an openssl.cnf, and the report that it prints. */
#include "host/sandbox.h"

#include "host/run.h"
#include "say/say.h"

#include <pinning/error.h>
#include <pinning/names.h>
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

/* ---- the child: prints a line for each thing that works ---- */

static int print_provider(OSSL_PROVIDER *provider, void *arg)
{
    const char *name = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_NAME, (char **)(void *)&name, 0),
        OSSL_PARAM_construct_end()};

    (void)arg;
    pinctl_print(stdout, "provider %s\n", OSSL_PROVIDER_get0_name(provider));
    if (OSSL_PROVIDER_get_params(provider, params) == 1 && name != NULL &&
        strcmp(name, PIN_NAME_PROVIDER) == 0)
        puts("pinning");
    return 1;
}

/* The module sets its security callback in every context. */
static void print_context(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    Dl_info info;

    if (ctx == NULL)
        return;
    puts("tls");
    int (*callback)(const SSL *, const SSL_CTX *, int, int, int, void *, void *) =
        SSL_CTX_get_security_callback(ctx);
    if (dladdr((const void *)(size_t)callback, &info) != 0 && info.dli_fname != NULL)
        pinctl_print(stdout, "hook %s\n", info.dli_fname);
    SSL_CTX_free(ctx);
}

/* The data may contain newlines: a value of openssl.cnf may have \n in it. */
static void print_error(void)
{
    const char *data = NULL;
    int flags = 0;
    unsigned long code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags);
    const char *reason = ERR_reason_error_string(code);

    if (code != 0)
        pinctl_print(stdout, "error %s%s%s\n", reason != NULL ? reason : "unknown",
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
    print_context();
    OSSL_PROVIDER_do_all(NULL, print_provider, NULL);
    print_error();
    puts("end");
    return fflush(stdout) == 0 ? 0 : 2;
}

/* ---- the parent ---- */

static void add(char *list, size_t size, const char *name)
{
    size_t used = strlen(list);

    snprintf(list + used, size - used, "%s%s", used > 0 ? " " : "", name);
}

/* Is the file a pinning module? Other programs and modules set security callbacks too. */
static bool is_module(const char *file)
{
    const char *name = strrchr(file, '/');

    return strncmp(name != NULL ? name + 1 : file, "pinning", strlen("pinning")) == 0;
}

static void read_line(const char *line, struct pinctl_sandbox *out, bool *end)
{
    const struct {
        const char *word;
        bool *flag;
    } words[] = {{"loaded", &out->loaded}, {"hash", &out->hash},       {"random", &out->random},
                 {"tls", &out->tls},       {"pinning", &out->pinning}, {"end", end}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        *words[i].flag |= strcmp(line, words[i].word) == 0;
    if (strncmp(line, "provider ", 9) == 0)
        add(out->providers, sizeof out->providers, line + 9);
    if (strncmp(line, "error ", 6) == 0)
        snprintf(out->error, sizeof out->error, "%s", line + 6);
    if (strncmp(line, "hook ", 5) == 0 && is_module(line + 5)) {
        snprintf(out->module, sizeof out->module, "%s", line + 5);
        out->hooked = true;
    }
}

bool pinctl_sandbox(const char *conf, struct pinctl_sandbox *out, struct pin_error *err)
{
    static const char *const argv[] = {"/proc/self/exe", PINCTL_SANDBOX, NULL};
    char output[8192];
    struct pinctl_run run = {.argv = argv,
                             .conf = conf,
                             .secs = 20,
                             .output = output,
                             .size = sizeof output,
                             .no_input = true};
    bool end = false;
    char *rest = output;
    int status;

    *out = (struct pinctl_sandbox){.loaded = false};
    fflush(NULL);
    status = pinctl_run(&run, err);
    if (status < 0)
        return false;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        read_line(line, out, &end);
    if (!end)
        snprintf(out->error, sizeof out->error, "the child that read it ended with status %d",
                 status);
    return true;
}
