/* The output of findings. */
#include "check/check.h"
#include "say/say.h"

#include <pinning/error.h>
#include <stdio.h>
#include <stdarg.h>
#include <string.h>

static const char *const severities[CHECK_SEVERITIES] = {
    [CHECK_ERROR] = "error", [CHECK_WARNING] = "warning", [CHECK_UNKNOWN] = "unknown"};

void check_report(struct check *check, enum check_severity severity, const char *file,
                  enum pin_reason reason, const char *fmt, ...)
{
    static const enum pinctl_colour colours[] = {
        [CHECK_ERROR] = PINCTL_BAD, [CHECK_WARNING] = PINCTL_WARN, [CHECK_UNKNOWN] = PINCTL_DIM};
    char text[1024], number[8] = "";
    va_list args;

    if (severity == CHECK_WARNING && check->errors_only)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    check->count[severity]++;
    if (reason != PIN_OK)
        snprintf(number, sizeof number, "P%02d", reason);
    if (check->ctl->json) {
        pinctl_json_put(&check->json, NULL,
                        json_pack("{s:s, s:o, s:s, s:o}", "severity", severities[severity], "file",
                                  pinctl_json_text(file), "reason", number, "text",
                                  pinctl_json_text(text)));
        return;
    }
    printf("%s%s%s%s%s: ", pinctl_colour(stdout, colours[severity]), severities[severity],
           reason != PIN_OK ? " " : "", number, pinctl_colour(stdout, PINCTL_PLAIN));
    /* Messages of the module name the file themselves, some with the directory. */
    bool is_named =
        strncmp(text, file, strlen(file)) == 0 || (text[0] == '/' && strstr(text, file) != NULL);
    pinctl_print(stdout, "%s%s%s\n", is_named ? "" : file, is_named ? "" : ": ", text);
}
