#include <pinning/mode.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const modes[] = {
    [PIN_MODE_OFF] = "off", [PIN_MODE_REPORT] = "report", [PIN_MODE_ENFORCE] = "enforce"};

const char *pin_mode_name(enum pin_mode mode)
{
    return modes[mode];
}

bool pin_mode_parse(const char *word, enum pin_mode *out)
{
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(word, modes[i]) == 0) {
            *out = (enum pin_mode)i;
            return true;
        }
    }
    return false;
}

void pin_mode_format(enum pin_mode mode, pin_instant until, char out[static PIN_MODE_TEXT])
{
    char end[PIN_INSTANT_TEXT];

    pin_instant_format(until, end);
    snprintf(out, PIN_MODE_TEXT, "%s%s%s", pin_mode_name(mode), until != 0 ? " until " : "",
             until != 0 ? end : "");
}
