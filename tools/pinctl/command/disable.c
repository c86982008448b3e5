/* pinctl disable: the host's openssl.cnf as it was before pinctl enable. */
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"

#include "host/disabling.h"
#include "opensslcnf/hostconf.h"

#include <pinning/error.h>

int cmd_disable(struct pinctl *ctl, int argc, char **argv);

static const struct pinctl_usage usage = {
    .usage = "",
    .about = "Takes out of openssl.cnf what pinctl enable added, byte for byte. Programs that run "
             "keep the module\n"
             "until they are restarted; to let everything pass at once: pinctl suspend --all.",
    .example = "pinctl disable",
    .options = NULL};

/* Not by us: says by whom. */
static int was_off(const struct pinctl *ctl, const char *conf)
{
    struct pinctl_hostconf host;
    struct pin_error err = {.reason = PIN_OK};
    bool by_hand;

    if (!pinctl_hostconf_read(conf, &host, &err))
        return pinctl_fail(ctl, "%s", err.text);
    by_hand = host.pinning_section != NULL;
    pinctl_hostconf_clear(&host);
    if (by_hand)
        return pinctl_fail(
            ctl,
            "%s: the module was enabled there, but not by pinctl: take out the lines that name "
            "it yourself",
            conf);
    pinctl_print(stderr, "pinctl: %s does not enable the module; nothing to do\n", conf);
    return PINCTL_FINE;
}

int cmd_disable(struct pinctl *ctl, int argc, char **argv)
{
    struct pinctl_conffile files;
    struct pin_error err = {.reason = PIN_OK};
    bool changed;
    int status;

    argc = pinctl_options(ctl, argc, argv, &usage, NULL, &status);
    if (argc < 0)
        return status;
    if (argc > 0)
        return pinctl_fail(ctl, "\"%s\": expected no argument", argv[0]);
    status = PINCTL_CANNOT_SAY;
    if (!pinctl_conffile_open(pinctl_conf_file(ctl), &files, &err)) {
        pinctl_fail(ctl, "%s", err.text);
        pinctl_conffile_clear(&files);
        return status;
    }
    switch (pinctl_disable(&files, &changed, &err)) {
    case PINCTL_DISABLED:
        status = PINCTL_FINE;
        pinctl_print(stderr, "pinctl: %s is as it was before%s; what was added is in %s\n",
                     files.conf, changed ? ", with what was changed in it since" : "", files.off);
        pinctl_print(stderr, "pinctl: running programs keep the module until they are restarted\n");
        break;
    case PINCTL_WAS_OFF:
        status = was_off(ctl, files.conf);
        break;
    case PINCTL_NOT_DISABLED:
        pinctl_fail(ctl, "%s", err.text);
        break;
    }
    pinctl_conffile_clear(&files);
    return status;
}
