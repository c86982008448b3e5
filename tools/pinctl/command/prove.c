/* pinctl prove: is this very program held to a pin? Shown by a pin that nobody can hold. */
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
    .usage = "+HOST -- COMMAND [ARGUMENT]...",
    .about = "Runs the command twice, with a store of its own: first without a pin, then with one "
             "for HOST that\n"
             "nobody holds. Held is a program that then fails, and whose refusal the module has "
             "recorded.",
    .example = "pinctl prove api.example.com -- curl -sS https://api.example.com/",
    .options = NULL};

/* A temporary directory with a store, an openssl.cnf and a log. */
struct stage {
    char dir[32];
    char store[64], settings[64], conf[64], log[64];
    char file[64 + PINFILE_NAME + 8];
};

static void set_names(struct stage *s, const char *name)
{
    snprintf(s->store, sizeof s->store, "%s/pins.d", s->dir);
    snprintf(s->settings, sizeof s->settings, "%s/pins.d/_store", s->dir);
    snprintf(s->conf, sizeof s->conf, "%s/openssl.cnf", s->dir);
    snprintf(s->log, sizeof s->log, "%s/log", s->dir);
    snprintf(s->file, sizeof s->file, "%s/pins.d/%s.pins", s->dir, name);
}

static void strike(const struct stage *s)
{
    unlink(s->file);
    unlink(s->settings);
    unlink(s->conf);
    unlink(s->log);
    rmdir(s->store);
    rmdir(s->dir);
}

/* openssl.cnf as it is, but for the store and the log of our section: what stands last counts. */
static char *make_conf(const struct pinctl *ctl, const struct stage *s, struct pin_error *err)
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
                      "%s does not enable the module: pinctl enable does; or name a module to "
                      "prove by --module",
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

static bool set_stage(const struct pinctl *ctl, struct stage *s, const char *name,
                      struct pin_error *err)
{
    char *conf;
    bool ok;

    snprintf(s->dir, sizeof s->dir, "/tmp/pinctl-XXXXXX");
    if (mkdtemp(s->dir) == NULL)
        return pin_error_set_sys(err, PIN_R_INTERNAL, errno, "/tmp: cannot make a directory");
    set_names(s, name);
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

static bool write_pin(const struct stage *s, struct pin_error *err)
{
    struct pin_digest digest = {.hash = PIN_SHA256};
    char pin[PIN_DIGEST_TEXT], line[PIN_DIGEST_TEXT + 16];

    if (RAND_bytes(digest.bytes, (int)pin_hash_size(PIN_SHA256)) != 1)
        return pin_error_set(err, PIN_R_INTERNAL, "no random bytes");
    pin_digest_format(&digest, pin);
    snprintf(line, sizeof line, "key = %s\n", pin);
    return pinctl_textfile_write(s->file, line, strlen(line), err);
}

/* What the module recorded. */
struct heard {
    bool refused;              /* by the file of our pin */
    bool unreached;            /* P14 */
    struct pinctl_event other; /* another refusal, of which we did not think */
};

static void hear(const struct stage *s, struct heard *out)
{
    struct pin_error none = {.reason = PIN_OK};
    struct pinctl_event event;
    struct pinctl_textfile log;

    *out = (struct heard){.refused = false};
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

static int run_it(const struct pinctl *ctl, const struct stage *s, char **command,
                  struct pin_error *err)
{
    const struct pinctl_run run = {
        .argv = (const char *const *)command, .conf = s->conf, .to_stderr = ctl->json};

    fflush(NULL);
    return pinctl_run(&run, err);
}

static int say(struct pinctl *ctl, enum pinctl_status status, const char *name, char **command,
               const char *why)
{
    static const char *const words[] = {"held", "not held", "unknown"};
    struct pinctl_json json = {.out = stdout};

    if (ctl->json) {
        pinctl_json_open(&json, NULL, '{');
        pinctl_json_put(&json, "verdict", json_string(words[status]));
        pinctl_json_put(&json, "hostname", pinctl_json_text(name));
        pinctl_json_put(&json, "program", pinctl_json_text(command[0]));
        pinctl_json_put(&json, "why", pinctl_json_text(why));
        return pinctl_json_end(ctl, &json, (int)status);
    }
    printf("%s", pinctl_colour(stdout, status == PINCTL_FINE ? PINCTL_GOOD : PINCTL_BAD));
    pinctl_print(stdout, "%s: %s", command[0],
                 status == PINCTL_FINE      ? "held to the pins of "
                 : status == PINCTL_FINDING ? "NOT held to the pins of "
                                            : "cannot say whether it is held to the pins of ");
    pinctl_print(stdout, "%s", name);
    printf("%s", pinctl_colour(stdout, PINCTL_PLAIN));
    pinctl_print(stdout, ": %s\n", why);
    return status;
}

/* After a first run that went well: what does the second one tell? */
static int conclude(struct pinctl *ctl, const struct stage *s, const char *name, char **command,
                    int status)
{
    struct heard heard;
    char why[600];

    hear(s, &heard);
    if (heard.refused && status != 0)
        return say(ctl, PINCTL_FINE, name, command,
                   "with a pin that nobody holds it fails, and the module recorded why");
    if (heard.refused)
        return say(ctl, PINCTL_FINDING, name, command,
                   "the module refused a connection, and the command ended well all the same: it "
                   "goes on without "
                   "TLS, or tries something else");
    if (status == 0) {
        program_why_not(command[0], heard.unreached, why, sizeof why);
        return say(ctl, PINCTL_FINDING, name, command, why);
    }
    if (heard.other.host[0] != '\0' || heard.other.file[0] != '\0')
        snprintf(why, sizeof why, "it was refused for another reason: %s %s %s", heard.other.reason,
                 heard.other.text, heard.other.host);
    else
        snprintf(
            why, sizeof why,
            "it failed (exit status %d), and the module recorded nothing: does it always work? "
            "May it write %s?",
            status, s->log);
    return say(ctl, PINCTL_CANNOT_SAY, name, command, why);
}

static int prove(struct pinctl *ctl, const struct stage *s, const char *name, char **command,
                 struct pin_error *err)
{
    char why[200];
    int status = run_it(ctl, s, command, err);

    if (status < 0)
        return pinctl_fail(ctl, "%s", err->text);
    if (status != 0) {
        snprintf(why, sizeof why, "without a pin it %s: expected a command that works",
                 status == 127 ? "cannot be run" : "fails too");
        return say(ctl, PINCTL_CANNOT_SAY, name, command, why);
    }
    if (!write_pin(s, err) || (status = run_it(ctl, s, command, err)) < 0)
        return pinctl_fail(ctl, "%s", err->text);
    return conclude(ctl, s, name, command, status);
}

int cmd_prove(struct pinctl *ctl, int argc, char **argv)
{
    struct stage stage;
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
    if (set_stage(ctl, &stage, name, &err))
        status = prove(ctl, &stage, name, argv + 1, &err);
    else
        status = pinctl_fail(ctl, "%s", err.text);
    strike(&stage);
    return status;
}
