/* pinctl enable: the activation of the module in openssl.cnf, after a test. */
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"
#include "store/files.h"

#include "opensslcnf/conffile.h"
#include "opensslcnf/enabling.h"
#include "host/installing.h"
#include "host/selftest.h"

#include <pinning/names.h>
#include <pinning/instance.h>
#include <stdio.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int cmd_enable(struct pinctl *ctl, int argc, char **argv);

struct enable {
    struct pinctl *ctl;
    struct pinctl_enabling how;
    char *module, *pins; /* owned */
    unsigned confirm_in_secs;
    bool confirmed;
    bool dry_run;
    bool incomplete; /* it failed, and reverting failed too */
    struct pinctl_conffile files;
    struct pinctl_textfile stock; /* openssl.cnf without our lines */
    bool ours;                    /* openssl.cnf had lines of ours */
};

static const char *parse_confirm(void *arg, const char *value)
{
    char *end;
    unsigned long count = strtoul(value, &end, 10);
    unsigned long unit = strcmp(end, "s") == 0   ? 1
                         : strcmp(end, "m") == 0 ? 60
                         : strcmp(end, "h") == 0 ? 3600
                                                 : 0;

    if (end == value || *value == '-' || unit == 0 || count == 0 || count > 86400 / unit)
        return "expected a time as 10m (s, m or h; a day at most)";
    ((struct enable *)arg)->confirm_in_secs = (unsigned)(count * unit);
    return NULL;
}

static const struct pinctl_option options[] = {
    PINCTL_FLAG("guard", struct enable, how.guard,
                "make TLS fail if the module is missing (OpenSSL 3.5 and later)"),
    PINCTL_FLAG("strict", struct enable, how.strict,
                "make all cryptography fail if the module is missing: ssh too"),
    PINCTL_PARSED("confirm", "TIME", parse_confirm,
                  "revert after this time (10m) unless it is confirmed"),
    PINCTL_FLAG("confirmed", struct enable, confirmed, "confirm: keep the change"),
    PINCTL_FLAG("dry-run", struct enable, dry_run, "print what would be added, and do nothing"),
    PINCTL_OPTIONS_END};

static const struct pinctl_usage usage = {
    .usage = "[--guard] [--strict] [--confirm TIME] | --confirmed",
    .about = "Names the module in openssl.cnf: writes a file pinning.cnf beside it and adds an\n"
             ".include as its last line. Before that it tests the new configuration with a hash,\n"
             "a TLS client, openssl and ssh, and installs nothing if a test fails. Restart\n"
             "running programs afterwards.",
    .example = "pinctl enable --confirm 10m   # then log in again, and: pinctl enable --confirmed",
    .options = options};

static bool find_module(struct enable *e, struct pin_error *err)
{
    const char *directory = OPENSSL_info(OPENSSL_INFO_MODULES_DIR);

    if (e->ctl->module != NULL)
        e->module = realpath(e->ctl->module, NULL);
    else if (directory == NULL || asprintf(&e->module, "%s/" PIN_NAME_MODULE_FILE, directory) < 0)
        e->module = NULL;
    e->how.module = e->module;
    if (e->module == NULL && e->ctl->module == NULL)
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    if (e->module == NULL || access(e->module, R_OK) != 0)
        return pin_error_set_sys(err, PIN_R_CONFIG, errno,
                                 "%s: cannot read the module; install it there, or use --module",
                                 e->module != NULL ? e->module : e->ctl->module);
    return true;
}

/* Creates the store if there is none, because every connection would be refused without _store. */
static bool prepare_store_at(struct enable *e, const char *pins, struct pin_error *err)
{
    struct stat st;
    char *settings = NULL;
    bool there;

    if (asprintf(&settings, "%s/_store", pins) < 0)
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    there = stat(settings, &st) == 0;
    free(settings);
    if (!there && !e->dry_run) {
        pinctl_print(stderr,
                     "pinctl: %s is not a store: without _store every connection is refused.\n",
                     pins);
        if (!pinctl_ask(e->ctl, "Create it?"))
            return pin_error_set(err, PIN_R_NO_STORE, "%s/_store does not exist: expected a store",
                                 pins);
        if (!pinctl_make_store(pins, err))
            return false;
    }
    e->pins = realpath(pins, NULL);
    if (e->pins == NULL && e->dry_run)
        e->pins = strdup(pins);
    e->how.pins = e->pins;
    return e->pins != NULL || pin_error_set_sys(err, PIN_R_STORE, errno, "%s", pins);
}

static bool prepare_store(struct enable *e, struct pin_error *err)
{
    struct pin_instance instance = {.fault = {.reason = PIN_OK}};
    struct pin_error none = {.reason = PIN_OK};
    const char *pins =
        pinctl_settings(e->ctl, &instance, &none) ? instance.config.pins : PINNING_STORE;
    bool ok = e->ctl->pins == NULL || none.reason == PIN_OK;

    if (ok)
        ok = prepare_store_at(e, pins, err);
    else
        *err = none; /* --pins is not a usable name */
    pin_instance_clear(&instance);
    return ok;
}

/* Returns the text of pinning.cnf. NULL with *err, or with *by_hand if openssl.cnf names the module
 * without pinctl. */
static char *make_text(struct enable *e, bool *by_hand, struct pin_error *err)
{
    struct pinctl_hostconf host;
    struct pin_error none = {.reason = PIN_OK};
    struct pinctl_textfile old;
    char *text = NULL, *kept = NULL;

    if (!pinctl_hostconf_parse(e->stock.bytes, e->files.conf, &host, err))
        return NULL;
    *by_hand = host.pinning_section != NULL;
    if (!*by_hand)
        text = pinctl_enabling_text(&host, &e->how, err);
    else if (e->how.guard || e->how.strict)
        pin_error_set(err, PIN_R_CONFIG,
                      "%s: the module was configured manually; set the option there",
                      e->files.conf);
    pinctl_hostconf_clear(&host);
    if (text == NULL || !e->ours || !pinctl_textfile_read(e->files.own, &old, &none))
        return text;
    kept = pinctl_enabling_keep(text, old.bytes);
    pinctl_textfile_clear(&old);
    free(text);
    if (kept == NULL)
        pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    return kept;
}

static int print_installed(const struct enable *e)
{
    pinctl_print(stderr, "pinctl: %s now includes %s; the backup is %s\n", e->files.conf,
                 e->files.own, e->files.backup);
    pinctl_print(stderr, "pinctl: programs started from now on enforce the pins of %s\n", e->pins);
    if (e->confirm_in_secs > 0)
        pinctl_print(stderr, "pinctl: reverted in %u s unless you run: pinctl enable --confirmed\n",
                     e->confirm_in_secs);
    pinctl_print(
        stderr, "pinctl: restart running programs; pinctl status lists those without the module\n");
    return PINCTL_FINE;
}

static int dry_run(const struct enable *e, const char *own, const char *conf)
{
    pinctl_print(stdout, "# %s\n", e->files.own);
    pinctl_print_lines(stdout, own);
    pinctl_print(stdout, "\n# %s ends with:\n", e->files.conf);
    pinctl_print_lines(stdout, conf + e->stock.len);
    return PINCTL_FINE;
}

static int print_already(const struct enable *e)
{
    pinctl_print(stderr, "pinctl: nothing to do: %s already enables the module\n", e->files.conf);
    return PINCTL_FINE;
}

/* Earlier versions ignore the guard and leave an error in every program's queue, or (3.4) make no
 * TLS connection at all. */
static bool can_guard(const struct enable *e, struct pin_error *err)
{
    if (!e->how.guard || OPENSSL_version_major() > 3 || OPENSSL_version_minor() >= 5 || e->dry_run)
        return true;
    return pin_error_set(
        err, PIN_R_CONFIG,
        "--guard: it needs OpenSSL 3.5 or later, and this is %s; use --strict (see its "
        "warning in pinning-provider(7))",
        OpenSSL_version(OPENSSL_VERSION_STRING));
}

static int enable(struct enable *e, struct pin_error *err)
{
    char *own, *conf;
    bool by_hand = false;
    int status = PINCTL_CANNOT_SAY;

    if (!can_guard(e, err))
        return status;
    e->ours = pinctl_enabling_remove(&e->stock);
    own = make_text(e, &by_hand, err);
    if (own == NULL)
        return by_hand && err->reason == PIN_OK && pinctl_selftest_of(e->ctl->conf, NULL, err)
                   ? print_already(e)
                   : status;
    conf = pinctl_enabling_add(&e->stock, e->files.own);
    struct pinctl_install install = {.files = &e->files,
                                     .name = e->ctl->conf,
                                     .module = e->how.module,
                                     .stock = &e->stock,
                                     .enabled_before = e->ours,
                                     .own = own,
                                     .conf = conf,
                                     .confirm_in_secs = e->confirm_in_secs};
    if (conf == NULL)
        pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    else if (e->dry_run)
        status = dry_run(e, own, conf);
    else if (pinctl_is_installed(&install))
        status = pinctl_selftest_of(e->ctl->conf, e->module, err) ? print_already(e) : status;
    else if (pinctl_selftest(&e->stock, own, &e->how, err) && pinctl_install(&install, err))
        status = print_installed(e);
    e->incomplete = install.incomplete;
    free(own);
    free(conf);
    return status;
}

static int confirm(const struct enable *e, struct pin_error *err)
{
    if (unlink(e->files.pending) == 0) {
        pinctl_print(stderr, "pinctl: confirmed: %s is kept\n", e->files.conf);
        return PINCTL_FINE;
    }
    pin_error_set(err, PIN_R_CONFIG,
                  "nothing to confirm: --confirm was not used, or the change was already reverted");
    return PINCTL_CANNOT_SAY;
}

int cmd_enable(struct pinctl *ctl, int argc, char **argv)
{
    struct enable e = {.ctl = ctl, .files = {.lock = -1}};
    struct pin_error err = {.reason = PIN_OK};
    int status;

    argc = pinctl_options(ctl, argc, argv, &usage, &e, &status);
    if (argc < 0)
        return status;
    if (argc > 0)
        return pinctl_fail(ctl, "\"%s\": expected no argument", argv[0]);
    status = PINCTL_CANNOT_SAY;
    if (pinctl_conffile_open(pinctl_conf_file(ctl), &e.files, &err)) {
        if (e.confirmed)
            status = confirm(&e, &err);
        else if (find_module(&e, &err) && prepare_store(&e, &err) &&
                 pinctl_textfile_read(e.files.conf, &e.stock, &err))
            status = enable(&e, &err);
    }
    if (err.reason != PIN_OK)
        status = pinctl_fail(ctl, "%s%s", err.text,
                             e.confirmed || e.incomplete ? "" : "; nothing was changed");
    pinctl_textfile_clear(&e.stock);
    pinctl_conffile_clear(&e.files);
    free(e.module);
    free(e.pins);
    return status;
}
