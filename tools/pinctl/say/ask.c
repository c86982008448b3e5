/* Questions on the terminal. */
#include "say/say.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

bool pinctl_ask(const struct pinctl *ctl, const char *question)
{
    char line[16];
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    sigset_t none;

    if (ctl->yes)
        return true;
    if (!isatty(STDIN_FILENO)) {
        pinctl_print(stderr, "%s Standard input is not a terminal; assuming no (use --yes)\n",
                     question);
        return false;
    }
    pinctl_print(stderr, "%s [y/N] ", question);
    sigemptyset(&none);
    if (ppoll(&input, 1, NULL, &none) < 0)
        return false;
    return fgets(line, sizeof line, stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}
