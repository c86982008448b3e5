/* pinctl prove: the test whether a program enforces a pin, by a pin that no peer can match. */
#include "say/json.h"
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"

#include "opensslcnf/textfile.h"
#include "opensslcnf/enabling.h"
#include "host/events.h"
#include "store/pinfile.h"
#include "host/program.h"
#include "host/run.h"

#include <pinning/verdict.h>
#include <pinning/policy.h>
#include <pinning/store.h>
#include <stdio.h>
#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int cmd_prove(struct pinctl *ctl, int argc, char **argv);

static const struct pinctl_usage usage = {
    .usage = "HOST -- COMMAND [ARGUMENT]...",
    .about = "Runs the command twice, with a store of its own: first without a pin, then with a\n"
             "random pin for HOST that no peer can match. Pinning is enforced if the command\n"
             "then fails and the module logged the refusal.",
    .example = "pinctl prove api.example.com -- curl -sS https://api.example.com/",
    .ends_options = true};

/* A temporary directory with a store, an openssl.cnf and a log. */
struct sandbox {
    char dir[32];
    char store[64], settings[64], conf[64], log[64];
    char file[64 + PINFILE_NAME + 8];
};

static void sandbox_name(struct sandbox *s, const char *name)
{
    snprintf(s->store, sizeof s->store, "%s/pins.d", s->dir);
    snprintf(s->settings, sizeof s->settings, "%s/pins.d/_store", s->dir);
    snprintf(s->conf, sizeof s->conf, "%s/openssl.cnf", s->dir);
    snprintf(s->log, sizeof s->log, "%s/log", s->dir);
    snprintf(s->file, sizeof s->file, "%s/pins.d/%s.pins", s->dir, name);
}

static void sandbox_remove(const struct sandbox *s)
{
    unlink(s->file);
    unlink(s->settings);
    unlink(s->conf);
    unlink(s->log);
    rmdir(s->store);
    rmdir(s->dir);
}

/* Returns openssl.cnf with the store and the log of our section replaced: the last line counts.
 * NULL with *err. */
static char *make_conf(const struct pinctl *ctl, const struct sandbox *s, struct pin_error *err)
{
    const char *file = pinctl_conf_file(ctl);
    char *module = ctl->module != NULL ? realpath(ctl->module, NULL) : NULL;
    const struct pinctl_enabling how = {.module = module, .pins = s->store};
    struct pinctl_hostconf host;
    struct pinctl_textfile stock;
    char *text = NULL, *added = NULL;

    if (!pinctl_textfile_read(file, &stock, err) ||
        !pinctl_hostconf_parse(stock.bytes, file, &host, err)) {
        pinctl_textfile_clear(&stock);
        free(module);
        return NULL;
    }
    if (host.pinning_section == NULL && module != NULL)
        added = pinctl_enabling_text(&host, &how, err);
    else if (host.pinning_section == NULL)
        pin_error_set(err, PIN_R_CONFIG,
                      "%s does not enable the module: use pinctl enable, or name a module with "
                      "--module",
                      file);
    if ((host.pinning_section != NULL || added != NULL) &&
        asprintf(&text, "%s\n%s\n[%s]\npins = %s\nmode = enforce\nlog = file:%s\n%s%s\n",
                 stock.bytes, added != NULL ? added : "",
                 host.pinning_section != NULL ? host.pinning_section : "pinning_sect", s->store,
                 s->log, module != NULL ? "module = " : "", module != NULL ? module : "") < 0) {
        text = NULL;
        pin_error_set(err, PIN_R_INTERNAL, "out of memory");
    }
    pinctl_hostconf_clear(&host);
    pinctl_textfile_clear(&stock);
    free(module);
    free(added);
    return text;
}

static bool sandbox_create(const struct pinctl *ctl, struct sandbox *s, const char *name,
                           struct pin_error *err)
{
    char *conf;
    bool ok;

    snprintf(s->dir, sizeof s->dir, "/tmp/pinctl-XXXXXX");
    if (mkdtemp(s->dir) == NULL)
        return pin_error_set_sys(err, PIN_R_INTERNAL, errno, "/tmp: cannot create a directory");
    sandbox_name(s, name);
    /* The command may run as another user. */
    if (chmod(s->dir, 0755) != 0 || mkdir(s->store, 0755) != 0 || chmod(s->store, 0755) != 0)
        return pin_error_set_sys(err, PIN_R_INTERNAL, errno, "%s", s->store);
    conf = make_conf(ctl, s, err);
    ok = conf != NULL && pinctl_textfile_write(s->conf, conf, strlen(conf), err) &&
         pinctl_textfile_write(s->settings, "", 0, err) &&
         pinctl_textfile_write(s->log, "", 0, err);
    free(conf);
    return ok;
}

static bool write_pin(const struct sandbox *s, struct pin_error *err)
{
    struct pin_digest digest = {.hash = PIN_SHA256};
    char pin[PIN_DIGEST_TEXT], line[PIN_DIGEST_TEXT + 16];

    if (RAND_bytes(digest.bytes, (int)pin_hash_size(PIN_SHA256)) != 1)
        return pin_error_set(err, PIN_R_INTERNAL, "no random bytes");
    pin_digest_format(&digest, pin);
    snprintf(line, sizeof line, "key = %s\n", pin);
    return pinctl_textfile_write(s->file, line, strlen(line), err);
}

/* The records of the module. */
struct log_summary {
    bool refused;              /* because of our pin */
    bool unreached;            /* P14 */
    struct pinctl_event other; /* a refusal for a different reason */
};

static void read_log(const struct sandbox *s, struct log_summary *out)
{
    struct pin_error none = {.reason = PIN_OK};
    struct pinctl_event event;
    struct pinctl_textfile log;

    *out = (struct log_summary){.refused = false};
    if (!pinctl_textfile_read(s->log, &log, &none))
        return;
    char *rest = log.bytes;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (!pinctl_event_parse(line, strlen(line), &event))
            continue;
        bool refused = strcmp(event.action, PIN_ACTION_NAME_REFUSE) == 0;
        if (refused && strcmp(event.file, s->file) == 0)
            out->refused = true;
        else if (refused)
            out->other = event;
        out->unreached |= strcmp(event.reason, "P14") == 0;
    }
    pinctl_textfile_clear(&log);
}

static int run_command(const struct pinctl *ctl, const struct sandbox *s, char **command,
                       struct pin_error *err)
{
    const struct pinctl_run run = {
        .argv = (const char *const *)command, .conf = s->conf, .to_stderr = ctl->json};

    fflush(NULL);
    return pinctl_run(&run, err);
}

static int print_verdict(struct pinctl *ctl, enum pinctl_status status, const char *name,
                         char **command, const char *why)
{
    /* The member "verdict" in JSON: do not change. */
    static const char *const names[] = {
        [PINCTL_FINE] = "held", [PINCTL_FINDING] = "not held", [PINCTL_CANNOT_SAY] = "unknown"};
    static const char *const texts[] = {[PINCTL_FINE] = "pinning is enforced for ",
                                        [PINCTL_FINDING] = "pinning is NOT enforced for ",
                                        [PINCTL_CANNOT_SAY] =
                                            "unknown whether pinning is enforced for "};
    struct pinctl_json json = {.out = stdout};

    if (ctl->json) {
        pinctl_json_open(&json, NULL, '{');
        pinctl_json_put(&json, "verdict", json_string(names[status]));
        pinctl_json_put(&json, "hostname", pinctl_json_text(name));
        pinctl_json_put(&json, "program", pinctl_json_text(command[0]));
        pinctl_json_put(&json, "why", pinctl_json_text(why));
        return pinctl_json_end(ctl, &json, (int)status);
    }
    printf("%s", pinctl_colour(stdout, status == PINCTL_FINE ? PINCTL_GOOD : PINCTL_BAD));
    pinctl_print(stdout, "%s: %s%s", command[0], texts[status], name);
    printf("%s", pinctl_colour(stdout, PINCTL_PLAIN));
    pinctl_print(stdout, ": %s\n", why);
    return status;
}

/* Concludes from the second run, after a successful first one. */
static int conclude(struct pinctl *ctl, const struct sandbox *s, const char *name, char **command,
                    int status)
{
    struct log_summary log;
    char why[600];

    read_log(s, &log);
    if (log.refused && status != 0)
        return print_verdict(
            ctl, PINCTL_FINE, name, command,
            "with a pin that no peer can match it fails, and the module logged the refusal");
    if (log.refused)
        return print_verdict(
            ctl, PINCTL_FINDING, name, command,
            "the module refused a connection, but the command succeeded: it continues without "
            "TLS, or tries something else");
    if (status == 0) {
        program_why_not(command[0], log.unreached, why, sizeof why);
        return print_verdict(ctl, PINCTL_FINDING, name, command, why);
    }
    if (log.other.host[0] != '\0' || log.other.file[0] != '\0')
        snprintf(why, sizeof why, "it was refused for a different reason: %s %s %s",
                 log.other.reason, log.other.text, log.other.host);
    else
        snprintf(why, sizeof why,
                 "it failed (exit status %d), and the module logged nothing: run it again, and "
                 "check that it may write %s",
                 status, s->log);
    return print_verdict(ctl, PINCTL_CANNOT_SAY, name, command, why);
}

static int prove(struct pinctl *ctl, const struct sandbox *s, const char *name, char **command,
                 struct pin_error *err)
{
    char why[200];
    int status = run_command(ctl, s, command, err);

    if (status < 0)
        return pinctl_fail(ctl, "%s", err->text);
    if (status != 0) {
        snprintf(why, sizeof why, "without a pin it %s: expected a command that succeeds",
                 status == 127 ? "cannot be run" : "fails too");
        return print_verdict(ctl, PINCTL_CANNOT_SAY, name, command, why);
    }
    if (!write_pin(s, err) || (status = run_command(ctl, s, command, err)) < 0)
        return pinctl_fail(ctl, "%s", err->text);
    return conclude(ctl, s, name, command, status);
}

int cmd_prove(struct pinctl *ctl, int argc, char **argv)
{
    struct sandbox sandbox;
    struct pin_error err = {.reason = PIN_OK};
    char name[PINFILE_NAME];
    int status;

    argc = pinctl_options(ctl, argc, argv, &usage, NULL, &status);
    if (argc < 0)
        return status;
    if (argc > 1 && strcmp(argv[1], "--") == 0) {
        memmove(argv + 1, argv + 2, (size_t)(argc - 2) * sizeof *argv);
        argc--;
    }
    if (argc < 2)
        return pinctl_fail(ctl, "expected HOST -- COMMAND [ARGUMENT]...");
    argv[argc] = NULL;
    if (!pinfile_name(argv[0], name, &err))
        return pinctl_fail(ctl, "%s", err.text);
    if (sandbox_create(ctl, &sandbox, name, &err))
        status = prove(ctl, &sandbox, name, argv + 1, &err);
    else
        status = pinctl_fail(ctl, "%s", err.text);
    sandbox_remove(&sandbox);
    return status;
}
