#include <pinning/mode.h>

#include <stddef.h>
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
