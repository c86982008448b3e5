/* The programs that read a store, in a few lines. */
#include "explain/audience.h"
#include "opensslcnf/settings.h"
#include "say/say.h"

#include <pinning/instance.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void audience_print(FILE *out, const struct pinctl *ctl, const char *store)
{
    const struct pinctl plain = {.command = ctl->command, .conf = ctl->conf};
    struct pin_instance instance = {.fault = {.reason = PIN_OK}};
    struct pin_error err = {.reason = PIN_OK};
    char *here = realpath(store, NULL), *used = NULL;

    if (!pinctl_settings(&plain, &instance, &err)) {
        pinctl_print(out, "No program reads this store yet: %s. Try 'pinctl enable'.\n", err.text);
    } else if (instance.fault.reason != PIN_OK) {
        pinctl_print(out, "Every connection is refused: %s\n", instance.fault.text);
    } else if (here == NULL || (used = realpath(instance.config.pins, NULL)) == NULL ||
               strcmp(here, used) != 0) {
        pinctl_print(out, "No program reads this store: %s names a different one, %s.\n",
                     pinctl_conf_file(&plain), instance.config.pins);
    } else {
        fputs("It is enforced, from the next connection on, for programs that use this host's\n"
              "OpenSSL and have loaded the module. It is not enforced for programs started before\n"
              "the module was enabled, and for those with a different TLS library (GnuTLS, Go,\n"
              "Java). pinctl status lists both.\n",
              out);
    }
    if (geteuid() != 0)
        fprintf(out,
                "The file belongs to uid %lu: programs of other users refuse it as unsafe (P04).\n",
                (unsigned long)geteuid());
    pin_instance_clear(&instance);
    free(here);
    free(used);
}
