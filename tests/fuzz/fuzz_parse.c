/*
 * fuzz_parse.c - libFuzzer harness for both kinds of pin file
 *
 * An accepted pin parses to itself when it is formatted. An error has line and column, in one line
 * of text.
 */
#include <inttypes.h>
#include <pinning/parse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "violated: %s\n", what);
    abort();
}

static void check_error(const struct pin_error *err, enum pin_reason reason)
{
    unsigned line = 0, column = 0;

    must(err->reason == reason, "the reason");
    must(sscanf(err->text, "f:%u:%u: ", &line, &column) == 2, "the place");
    must(line > 0 && column > 0 && column <= PIN_LINE_MAX + 1, "line and column");
    for (const char *c = err->text; *c != '\0'; c++)
        must(*c >= ' ' && *c <= '~', "printable text");
}

/* Formats an accepted pin as the only line of a file, and parses that. */
static void check_pin(const struct pin *pin)
{
    char digest[PIN_DIGEST_TEXT], day[PIN_DAY_TEXT], file[256];
    const bool ends = pin->until != PIN_DAY_NEVER;
    struct pin_policy again;
    int len;

    pin_digest_format(&pin->digest, digest);
    pin_day_format(pin->until, day);
    len = snprintf(file, sizeof file, "%s = %s%s%s", pin_kind_name(pin->kind), digest,
                   ends ? " until " : "", ends ? day : "");
    must(pin_parse_policy(file, (size_t)len, "again", &again, NULL), "read again");
    must(again.count == 1 && again.pins[0].kind == pin->kind && again.pins[0].line == 1 &&
             again.pins[0].until == pin->until &&
             pin_digest_equal(&again.pins[0].digest, &pin->digest),
         "same pin");
    pin_policy_clear(&again);
}

/* Formats the end of a mode, and parses that. */
static void check_end(enum pin_mode mode, pin_instant until)
{
    char text[PIN_INSTANT_TEXT];
    pin_instant again = 0;

    if (until == PIN_INSTANT_NEVER)
        return;
    must(mode == PIN_MODE_REPORT, "only report has an end");
    pin_instant_format(until, text);
    must(pin_instant_parse(text, &again), "end read again");
    /* The end of 9999-12-31 is formatted as the last minute before it. */
    must(again == until || again == until - 60, "same end");
}

static void check_policy(const char *bytes, size_t len)
{
    struct pin_policy policy;
    struct pin_error err = {0};

    if (!pin_parse_policy(bytes, len, "f", &policy, &err)) {
        check_error(&err, PIN_R_SYNTAX);
        must(policy.pins == NULL && policy.count == 0, "empty when refused");
        return;
    }
    must(err.reason == PIN_OK, "no error when accepted");
    must(policy.count > 0 || policy.mode == PIN_MODE_OFF, "a pin");
    check_end(policy.mode, policy.mode_until);
    for (size_t i = 0; i < policy.count; i++) {
        must(i == 0 || policy.pins[i].line > policy.pins[i - 1].line, "one pin a line");
        check_pin(&policy.pins[i]);
    }
    pin_policy_clear(&policy);
}

static void check_settings(const char *bytes, size_t len)
{
    struct pin_store_settings settings;
    struct pin_error err = {0};

    if (pin_parse_settings(bytes, len, "f", &settings, &err)) {
        check_end(settings.mode, settings.mode_until);
        return;
    }
    check_error(&err, PIN_R_NO_STORE);
    must(settings.mode == PIN_MODE_ENFORCE && settings.mode_until == PIN_INSTANT_NEVER &&
             !settings.refuse_unpinned,
         "defaults when refused");
}

static void check_digest(const char *bytes, size_t len)
{
    char *word = malloc(len + 1); /* of its exact size, for the sanitizer */
    struct pin_digest digest;
    size_t at = 0;

    must(word != NULL, "memory");
    if (len > 0)
        memcpy(word, bytes, len);
    word[len] = '\0';
    if (pin_parse_digest(word, &digest, &at) != NULL)
        must(at <= strlen(word), "an offset within the word");
    free(word);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_policy((const char *)data, size);
    check_settings((const char *)data, size);
    check_digest((const char *)data, size);
    return 0;
}
