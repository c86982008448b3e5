/* help.c - pinctl help P07: the meaning of a reason and advice; pinning-provider(7) has more. */
#include "say/say.h"
#include "command/command.h"

#include <pinning/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int cmd_help(struct pinctl *ctl, int argc, char **argv);

static const char *const advices[PIN_R_COUNT] = {
#define PIN_REASON(number, name, text, advice) [number] = (advice),
#include <pinning/reasons.list>
#undef PIN_REASON
};

static void list_reasons(void)
{
    for (unsigned i = 1; i < PIN_R_COUNT; i++)
        printf("P%02u  %s\n", i, pin_reason_text((enum pin_reason)i));
}

int cmd_help(struct pinctl *ctl, int argc, char **argv)
{
    static const struct pinctl_usage usage = {
        .usage = "[P07]",
        .about =
            "Prints what a reason in a record means and what to do; without one, lists them all.\n"
            "For the options of a command, try 'pinctl COMMAND --help'.",
        .example = "pinctl help P07",
    };
    int status, count = pinctl_options(ctl, argc, argv, &usage, NULL, &status);

    if (count < 0)
        return status;
    if (count == 0) {
        list_reasons();
        return PINCTL_FINE;
    }
    const char *digits = argv[0] + (argv[0][0] == 'P' || argv[0][0] == 'p');
    unsigned long number =
        strspn(digits, "0123456789") == strlen(digits) ? strtoul(digits, NULL, 10) : 0;
    if (count > 1 || number == 0 || number >= PIN_R_COUNT)
        return pinctl_fail(ctl, "%s: expected one reason, P01 to P%02d", argv[count - 1],
                           PIN_R_COUNT - 1);
    printf("P%02lu  %s\n\n%s\n\nMore: man 7 pinning-provider\n", number,
           pin_reason_text((enum pin_reason)number), advices[number]);
    return PINCTL_FINE;
}
