/* No verification at all: the application looks away, or the suite shows no certificate. */
#include "groups.h"

/* The plain case, which all others vary. */
static void plain(struct bat *b)
{
    bat_pin(b);
    bat_meet(b, bat_client(b), bat_server(b, bat_who(b)));
}

static const struct bat_row rows[] = {
    {"plain", plain, plain, "P07", BAT_EACH, 0, 0, 0},
};

const struct bat_group bat_unverified = {"unverified", rows, sizeof rows / sizeof rows[0]};
