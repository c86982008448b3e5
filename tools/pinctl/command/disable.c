/* pinctl disable: the removal of what pinctl enable added to openssl.cnf. */
#include "say/say.h"
#include "command/command.h"
#include "opensslcnf/settings.h"

#include "host/disabling.h"
#include "opensslcnf/hostconf.h"

#include <pinning/error.h>

int cmd_disable(struct pinctl *ctl, int argc, char **argv);

static const struct pinctl_usage usage = {
    .usage = "",
    .about = "Removes from openssl.cnf what pinctl enable added, byte for byte. Running programs\n"
             "keep the module until they are restarted; to stop enforcement at once: pinctl\n"
             "suspend --all.",
    .example = "pinctl disable",
    .options = NULL};

/* The module was not enabled by pinctl: prints whether it is enabled otherwise. */
static int report_not_ours(const struct pinctl *ctl, const char *conf)
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
            "%s: the module was configured manually, not by pinctl; remove the lines that "
            "name it yourself",
            conf);
    pinctl_print(stderr, "pinctl: nothing to do: %s does not enable the module\n", conf);
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
        pinctl_print(stderr, "pinctl: %s is restored%s; the lines that were removed are in %s\n",
                     files.conf, changed ? ", and keeps later changes" : "", files.off);
        pinctl_print(stderr, "pinctl: running programs keep the module until they are restarted\n");
        break;
    case PINCTL_WAS_OFF:
        status = report_not_ours(ctl, files.conf);
        break;
    case PINCTL_NOT_DISABLED:
        pinctl_fail(ctl, "%s", err.text);
        break;
    }
    pinctl_conffile_clear(&files);
    return status;
}
