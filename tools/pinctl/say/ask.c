/* Questions on the terminal. */
#include "say/say.h"

#include <stdio.h>
#include <unistd.h>

bool pinctl_ask(const struct pinctl *ctl, const char *question)
{
    char line[16];

    if (ctl->yes)
        return true;
    if (!isatty(STDIN_FILENO)) {
        pinctl_print(stderr, "%s Standard input is not a terminal; assuming no (use --yes)\n",
                     question);
        return false;
    }
    pinctl_print(stderr, "%s [y/N] ", question);
    return fgets(line, sizeof line, stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}
