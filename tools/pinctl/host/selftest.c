/* Does a new openssl.cnf work? */
#include "host/selftest.h"

#include "opensslcnf/conffile.h"
#include "host/run.h"
#include "host/sandbox.h"

#include <pinning/store.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRIAL_SECS 20

/* Programs that must go on working; one that is not installed is passed over. */
static const struct {
    const char *argv[6];
    const char *says; /* what its output must hold, or NULL */
} programs[] = {{{"openssl", "dgst", "-sha256", "/dev/null", NULL}, "SHA"},
                {{"openssl", "ciphers", "-s", "-tls1_3", NULL}, "TLS_"},
                {{"openssl", "list", "-providers", NULL}, "pinning"},
                {{"ssh", "-V", NULL}, "OpenSSL"}};

static bool run_programs(const char *conf, struct pin_error *err)
{
    char said[4096];

    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        const char *const *argv = programs[i].argv;
        struct pinctl_run run = {.argv = argv,
                                 .conf = conf,
                                 .secs = TRIAL_SECS,
                                 .said = said,
                                 .size = sizeof said,
                                 .no_input = true};
        int status = pinctl_run(&run, err);
        if (status < 0)
            return false;
        if (status == 127)
            continue;
        bool ok = status == 0 && strstr(said, programs[i].says) != NULL;
        said[strcspn(said, "\n")] = '\0';
        if (!ok)
            return pin_error_set(err, PIN_R_CONFIG, "%s %s fails (status %d): %.200s", argv[0],
                                 argv[1], status, said);
    }
    return true;
}

bool pinctl_selftest_of(const char *conf, const char *module, struct pin_error *err)
{
    struct pinctl_sandbox tryout;
    char *real;
    bool same;

    if (!pinctl_sandbox(conf, &tryout, err))
        return false;
    if (!tryout.hash || !tryout.random)
        return pin_error_set(err, PIN_R_CONFIG, "no cryptography is left (%s; active: %s)",
                             tryout.error, tryout.providers);
    if (!tryout.tls)
        return pin_error_set(err, PIN_R_CONFIG, "no TLS connection can be made (%s)", tryout.error);
    if (!tryout.pinning)
        return pin_error_set(err, PIN_R_CONFIG, "OpenSSL passes over the module (active: %s); %s",
                             tryout.providers,
                             tryout.error[0] != '\0' ? tryout.error : "can it be loaded here?");
    if (!tryout.held)
        return pin_error_set(err, PIN_R_CONFIG,
                             "the module is loaded, but holds no TLS connection");
    real = module != NULL ? realpath(module, NULL) : NULL;
    same = real == NULL || strcmp(real, tryout.module) == 0 || strcmp(module, tryout.module) == 0;
    free(real);
    if (!same)
        return pin_error_set(err, PIN_R_CONFIG, "another module was loaded: %s", tryout.module);
    return run_programs(conf, err);
}

/* Where the guard and strict are to bite: the module cannot be loaded. */
static bool bites(const char *conf, const struct pinctl_enabling *how, struct pin_error *err)
{
    struct pinctl_sandbox tryout;

    if (!pinctl_sandbox(conf, &tryout, err))
        return false;
    if (how->strict && tryout.hash)
        return pin_error_set(err, PIN_R_CONFIG,
                             "--strict has no effect here: without the module there is still "
                             "cryptography (active: %s)",
                             tryout.providers);
    if (how->guard && !how->strict && (tryout.tls || !tryout.hash) &&
        (OPENSSL_version_major() > 3 || OPENSSL_version_minor() >= 4))
        return pin_error_set(err, PIN_R_CONFIG,
                             "--guard does not do here what it is for: without the module "
                             "TLS %s, cryptography %s",
                             tryout.tls ? "works" : "does not work",
                             tryout.hash ? "works" : "does not");
    return true;
}

struct sandbox {
    char dir[64];
    char own[96];
    char conf[96];
};

static bool set_up(const struct sandbox *sandbox, const struct pin_text *stock, const char *own,
                   struct pin_error *err)
{
    char *text = pinctl_enabling_add(stock, sandbox->own);
    bool ok = text != NULL && pinctl_conffile_write(sandbox->own, own, strlen(own), err) &&
              pinctl_conffile_write(sandbox->conf, text, strlen(text), err);

    free(text);
    return ok || pin_error_set(err, PIN_R_INTERNAL, "out of memory");
}

/* The own file with a module that is not there. */
static char *without_module(const char *own, const char *module)
{
    const char *at = strstr(own, module);
    char *text = NULL;

    if (at == NULL || asprintf(&text, "%.*s/nonexistent/pinning.so%s", (int)(at - own), own,
                               at + strlen(module)) < 0)
        return NULL;
    return text;
}

static bool try_all(const struct sandbox *sandbox, const struct pin_text *stock, const char *own,
                    const struct pinctl_enabling *how, struct pin_error *err)
{
    char *broken;
    bool ok =
        set_up(sandbox, stock, own, err) && pinctl_selftest_of(sandbox->conf, how->module, err);

    if (!ok || (!how->guard && !how->strict))
        return ok;
    broken = without_module(own, how->module);
    ok = broken != NULL ? set_up(sandbox, stock, broken, err) && bites(sandbox->conf, how, err)
                        : pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    free(broken);
    return ok;
}

bool pinctl_selftest(const struct pin_text *stock, const char *own,
                     const struct pinctl_enabling *how, struct pin_error *err)
{
    struct sandbox sandbox = {.dir = "/tmp/pinctl-XXXXXX"};
    bool ok;

    if (mkdtemp(sandbox.dir) == NULL)
        return pin_error_set_sys(err, PIN_R_INTERNAL, errno,
                                 "/tmp: cannot make a directory to try it out in");
    snprintf(sandbox.own, sizeof sandbox.own, "%s/pinning.cnf", sandbox.dir);
    snprintf(sandbox.conf, sizeof sandbox.conf, "%s/openssl.cnf", sandbox.dir);
    ok = try_all(&sandbox, stock, own, how, err);
    unlink(sandbox.own);
    unlink(sandbox.conf);
    rmdir(sandbox.dir);
    return ok;
}
