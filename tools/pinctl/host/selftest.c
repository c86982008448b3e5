/* The test of a new openssl.cnf. */
#include "host/selftest.h"

#include "host/run.h"
#include "host/sandbox.h"
#include "opensslcnf/textfile.h"

#include <pinning/names.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM_SECS 20

/* Programs that must work; those that are not installed are skipped. */
static const struct {
    const char *argv[6];
    const char *expected; /* a part of its output */
} programs[] = {{{"openssl", "dgst", "-sha256", "/dev/null", NULL}, "SHA"},
                {{"openssl", "ciphers", "-s", "-tls1_3", NULL}, "TLS_"},
                {{"openssl", "list", "-providers", NULL}, "pinning"},
                {{"ssh", "-V", NULL}, "OpenSSL"}};

static bool run_programs(const char *conf, struct pin_error *err)
{
    char output[4096];

    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        const char *const *argv = programs[i].argv;
        struct pinctl_run run = {.argv = argv,
                                 .conf = conf,
                                 .secs = PROGRAM_SECS,
                                 .output = output,
                                 .size = sizeof output,
                                 .no_input = true};
        int status = pinctl_run(&run, err);
        if (status < 0)
            return false;
        if (status == 127)
            continue;
        bool ok = status == 0 && strstr(output, programs[i].expected) != NULL;
        output[strcspn(output, "\n")] = '\0';
        if (!ok)
            return pin_error_set(err, PIN_R_CONFIG, "%s %s fails (status %d): %.200s", argv[0],
                                 argv[1], status, output);
    }
    return true;
}

bool pinctl_selftest_of(const char *conf, const char *module, struct pin_error *err)
{
    struct pinctl_sandbox result;
    char *real;
    bool same;

    if (!pinctl_sandbox(conf, &result, err))
        return false;
    if (!result.hash || !result.random)
        return pin_error_set(err, PIN_R_CONFIG, "cryptography no longer works (%s; active: %s)",
                             result.error, result.providers);
    if (!result.tls)
        return pin_error_set(err, PIN_R_CONFIG, "no TLS connection can be made (%s)", result.error);
    if (!result.pinning)
        return pin_error_set(err, PIN_R_CONFIG, "OpenSSL does not load the module (active: %s): %s",
                             result.providers,
                             result.error[0] != '\0' ? result.error : "can it be loaded here?");
    if (!result.hooked)
        return pin_error_set(err, PIN_R_CONFIG,
                             "the module is loaded, but is not called for TLS connections");
    real = module != NULL ? realpath(module, NULL) : NULL;
    same = real == NULL || strcmp(real, result.module) == 0 || strcmp(module, result.module) == 0;
    free(real);
    if (!same)
        return pin_error_set(err, PIN_R_CONFIG, "a different module was loaded: %s", result.module);
    return run_programs(conf, err);
}

/* Checks what guard and strict are for, with a module that cannot be loaded. */
static bool check_failure_mode(const char *conf, const struct pinctl_enabling *how,
                               struct pin_error *err)
{
    struct pinctl_sandbox result;

    if (!pinctl_sandbox(conf, &result, err))
        return false;
    if (how->strict && result.hash)
        return pin_error_set(err, PIN_R_CONFIG,
                             "--strict has no effect here: without the module there is still "
                             "cryptography (active: %s)",
                             result.providers);
    if (how->guard && !how->strict && (result.tls || !result.hash) &&
        (OPENSSL_version_major() > 3 || OPENSSL_version_minor() >= 4))
        return pin_error_set(err, PIN_R_CONFIG,
                             "--guard has no effect here: without the module TLS %s, "
                             "cryptography %s",
                             result.tls ? "works" : "does not work",
                             result.hash ? "works" : "does not");
    return true;
}

struct sandbox {
    char dir[64];
    char own[96];
    char conf[96];
};

static bool write_files(const struct sandbox *sandbox, const struct pinctl_textfile *stock,
                        const char *own, struct pin_error *err)
{
    char *text = pinctl_enabling_add(stock, sandbox->own);
    bool ok = text != NULL && pinctl_textfile_write(sandbox->own, own, strlen(own), err) &&
              pinctl_textfile_write(sandbox->conf, text, strlen(text), err);

    free(text);
    return ok || pin_error_set(err, PIN_R_INTERNAL, "out of memory");
}

/* Returns the text of pinning.cnf with a module that does not exist; NULL when out of memory. */
static char *without_module(const char *own, const char *module)
{
    const char *at = strstr(own, module);
    char *text = NULL;

    if (at == NULL || asprintf(&text, "%.*s/nonexistent/" PIN_NAME_MODULE_FILE "%s",
                               (int)(at - own), own, at + strlen(module)) < 0)
        return NULL;
    return text;
}

static bool test_all(const struct sandbox *sandbox, const struct pinctl_textfile *stock,
                     const char *own, const struct pinctl_enabling *how, struct pin_error *err)
{
    char *broken;
    bool ok = write_files(sandbox, stock, own, err) &&
              pinctl_selftest_of(sandbox->conf, how->module, err);

    if (!ok || (!how->guard && !how->strict))
        return ok;
    broken = without_module(own, how->module);
    ok = broken != NULL ? write_files(sandbox, stock, broken, err) &&
                              check_failure_mode(sandbox->conf, how, err)
                        : pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    free(broken);
    return ok;
}

bool pinctl_selftest(const struct pinctl_textfile *stock, const char *own,
                     const struct pinctl_enabling *how, struct pin_error *err)
{
    struct sandbox sandbox = {.dir = "/tmp/pinctl-XXXXXX"};
    bool ok;

    if (mkdtemp(sandbox.dir) == NULL)
        return pin_error_set_sys(err, PIN_R_INTERNAL, errno,
                                 "/tmp: cannot make a directory for the test");
    snprintf(sandbox.own, sizeof sandbox.own, "%s/pinning.cnf", sandbox.dir);
    snprintf(sandbox.conf, sizeof sandbox.conf, "%s/openssl.cnf", sandbox.dir);
    ok = test_all(&sandbox, stock, own, how, err);
    unlink(sandbox.own);
    unlink(sandbox.conf);
    rmdir(sandbox.dir);
    return ok;
}
