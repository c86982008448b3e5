/* pinctl enable: the host's openssl.cnf names the module, and everything goes on working. */
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
    struct pinctl_textfile stock; /* openssl.cnf without what is ours */
    bool ours;                    /* it held something of ours */
};

static const char *take_guard(void *arg, const char *value)
{
    (void)value;
    ((struct enable *)arg)->how.guard = true;
    return NULL;
}

static const char *take_strict(void *arg, const char *value)
{
    (void)value;
    ((struct enable *)arg)->how.strict = true;
    return NULL;
}

static const char *take_confirm(void *arg, const char *value)
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

static const char *take_confirmed(void *arg, const char *value)
{
    (void)value;
    ((struct enable *)arg)->confirmed = true;
    return NULL;
}

static const char *take_dry_run(void *arg, const char *value)
{
    (void)value;
    ((struct enable *)arg)->dry_run = true;
    return NULL;
}

static const struct pinctl_option options[] = {
    {"guard", NULL,
     "without the module TLS fails, and everything else works (OpenSSL 3.5 and later)", take_guard},
    {"strict", NULL, "without the module there is no cryptography: ssh fails too", take_strict},
    {"confirm", "TIME", "take it back after this time (10m) unless it is confirmed", take_confirm},
    {"confirmed", NULL, "it works: keep it", take_confirmed},
    {"dry-run", NULL, "print what would be added, and do nothing", take_dry_run},
    {NULL, NULL, NULL, NULL}};

static const struct pinctl_usage usage = {
    .usage = "[--guard] [--strict] [--confirm TIME] | --confirmed",
    .about =
        "Names the module in openssl.cnf: by a file pinning.cnf beside it and an .include as its "
        "last line, the\n"
        "rest untouched. Before that it tries the new configuration with a hash, a TLS client, "
        "openssl and\n"
        "ssh, and refuses to install what fails. Programs that run are to be restarted afterwards.",
    .example = "pinctl enable --confirm 10m   # then log in anew, and: pinctl enable --confirmed",
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
                                 "%s: install the module there, or name it by --module",
                                 e->module != NULL ? e->module : e->ctl->module);
    return true;
}

/* Without a _store everything would be refused from the next connection on. */
static bool find_store(struct enable *e, struct pin_error *err)
{
    static struct pin_instance module; /* lives as long as the process */
    struct pin_error none = {.reason = PIN_OK};
    const char *pins = pinctl_settings(e->ctl, &module, &none) ? module.config.pins : PINNING_STORE;
    struct stat st;
    char *settings = NULL;
    bool there;

    if (e->ctl->pins != NULL && none.reason != PIN_OK) { /* not even a name */
        *err = none;
        return false;
    }
    if (asprintf(&settings, "%s/_store", pins) < 0)
        return pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    there = stat(settings, &st) == 0;
    free(settings);
    if (!there && !e->dry_run) {
        pinctl_print(
            stderr, "pinctl: %s is no store yet; without one every connection is refused.\n", pins);
        if (!pinctl_ask(e->ctl, "Make it?"))
            return pin_error_set(err, PIN_R_NO_STORE, "%s/_store is not there: expected a store",
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

/* What is to be in pinning.cnf; by_hand: openssl.cnf names the module by other hands than ours. */
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
                      "%s names the module already, by other hands than pinctl's: write it there",
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

static int tell(const struct enable *e)
{
    pinctl_print(stderr, "pinctl: %s includes %s now; before: %s\n", e->files.conf, e->files.own,
                 e->files.backup);
    pinctl_print(stderr,
                 "pinctl: programs that are started from now on are held to the pins of %s\n",
                 e->pins);
    if (e->confirm_in_secs > 0)
        pinctl_print(stderr,
                     "pinctl: taken back in %u s unless you run: pinctl enable --confirmed\n",
                     e->confirm_in_secs);
    pinctl_print(stderr, "pinctl: restart what runs; pinctl status says what is left\n");
    return PINCTL_FINE;
}

static int dry_run(const struct enable *e, const char *own, const char *conf)
{
    pinctl_print(stdout, "# %s\n%s\n# %s ends with:\n%s", e->files.own, own, e->files.conf,
                 conf + e->stock.len);
    return PINCTL_FINE;
}

static int already(const struct enable *e)
{
    pinctl_print(stderr, "pinctl: %s enables the module already; nothing to do\n", e->files.conf);
    return PINCTL_FINE;
}

/* Earlier versions pass over the guard and leave an error in every program's queue, or (3.4) make
 * no TLS connection at all. */
static bool can_guard(const struct enable *e, struct pin_error *err)
{
    if (!e->how.guard || OPENSSL_version_major() > 3 || OPENSSL_version_minor() >= 5 || e->dry_run)
        return true;
    return pin_error_set(err, PIN_R_CONFIG,
                         "--guard needs OpenSSL 3.5 or later, and this is %s; --strict works with "
                         "every version (see its warning in pinning-provider(7))",
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
                   ? already(e)
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
        status = pinctl_selftest_of(e->ctl->conf, e->module, err) ? already(e) : status;
    else if (pinctl_selftest(&e->stock, own, &e->how, err) && pinctl_install(&install, err))
        status = tell(e);
    e->incomplete = install.incomplete;
    free(own);
    free(conf);
    return status;
}

static int confirm(const struct enable *e, struct pin_error *err)
{
    if (unlink(e->files.pending) == 0) {
        pinctl_print(stderr, "pinctl: confirmed: %s stays as it is\n", e->files.conf);
        return PINCTL_FINE;
    }
    pin_error_set(err, PIN_R_CONFIG,
                  "nothing waits to be confirmed: it was never asked for, or taken back already");
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
        else if (find_module(&e, &err) && find_store(&e, &err) &&
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
