/* config.c - the provider's section of openssl.cnf. */
#include <pinning/config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The result of a parser. For UNUSABLE it sets *expected to the values that it accepts. */
enum parsed { PARSED, UNUSABLE, NO_MEMORY };

static enum parsed unusable(const char **expected, const char *values)
{
    *expected = values;
    return UNUSABLE;
}

static enum parsed read_path(const char *value, char **out, const char **expected)
{
    if (value[0] != '/')
        return unusable(expected, "the absolute path of a directory");
    free(*out);
    *out = strdup(value);
    return *out != NULL ? PARSED : NO_MEMORY;
}

static enum parsed read_pins(const char *value, struct pin_config *config, const char **expected)
{
    return read_path(value, &config->pins, expected);
}

static enum parsed read_clients(const char *value, struct pin_config *config, const char **expected)
{
    config->clients_wanted = true;
    return read_path(value, &config->clients, expected);
}

static enum parsed read_mode(const char *value, struct pin_config *config, const char **expected)
{
    return pin_mode_parse(value, &config->mode) ? PARSED
                                                : unusable(expected, "enforce, report or off");
}

static enum parsed read_strict(const char *value, struct pin_config *config, const char **expected)
{
    static const char *const words[] = {
        [PIN_STRICT_NO] = "no", [PIN_STRICT_YES] = "yes", [PIN_STRICT_WITH_FIPS] = "with-fips"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(value, words[i]) == 0) {
            config->strict = (enum pin_strict)i;
            return PARSED;
        }
    }
    /* From here on every TLS connection is refused. Programs without TLS, above all ssh, must go
     * on, and they may have no algorithms but those that this key loads. */
    config->strict = PIN_STRICT_YES;
    return unusable(expected, "yes, with-fips or no");
}

/* What the value of log sets. */
struct log {
    struct pin_sinks sinks;
    bool trace;
};

static enum parsed read_log_file(const char *path, size_t len, struct pin_sinks *sinks,
                                 const char **expected)
{
    if (path[0] != '/')
        return unusable(expected, "an absolute path after file:");
    if (sinks->file != NULL)
        return unusable(expected, "one file: at most");
    sinks->file = strndup(path, len);
    if (sinks->file == NULL)
        return NO_MEMORY;
    sinks->set |= PIN_SINK_FILE;
    return PARSED;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && strncmp(text, word, len) == 0;
}

static enum parsed read_log_word(const char *word, size_t len, struct log *log,
                                 const char **expected)
{
    static const struct {
        const char *word;
        enum pin_sink sink;
    } sinks_by_word[] = {{"syslog", PIN_SINK_SYSLOG},
                         {"journal", PIN_SINK_JOURNAL},
                         {"tty", PIN_SINK_TTY},
                         {"stderr", PIN_SINK_STDERR}};
    static const char file[] = "file:";

    for (size_t i = 0; i < sizeof sinks_by_word / sizeof sinks_by_word[0]; i++) {
        if (is_word(word, len, sinks_by_word[i].word)) {
            log->sinks.set |= sinks_by_word[i].sink;
            return PARSED;
        }
    }
    if (is_word(word, len, "trace")) {
        log->trace = true;
        return PARSED;
    }
    if (strncmp(word, file, sizeof file - 1) == 0)
        return read_log_file(word + sizeof file - 1, len - (sizeof file - 1), &log->sinks,
                             expected);
    return unusable(
        expected,
        "some of syslog, journal, tty, stderr, file:PATH, trace, with blanks between them");
}

static enum parsed read_log(const char *value, struct pin_config *config, const char **expected)
{
    static const char blanks[] = " \t";
    struct log log = {.trace = false};
    enum parsed parsed = PARSED;

    for (value += strspn(value, blanks); *value != '\0' && parsed == PARSED;
         value += strspn(value, blanks)) {
        size_t len = strcspn(value, blanks);
        parsed = read_log_word(value, len, &log, expected);
        value += len;
    }
    if (parsed == PARSED && log.sinks.set == 0 && !log.trace)
        parsed = unusable(expected, "some of syslog, journal, tty, stderr, file:PATH, trace");
    config->trace = log.trace;
    /* The destinations before an error are used, so that it can be logged. If there is none, the
     * default stays. */
    if (log.sinks.set != 0) {
        free(config->sinks.file);
        config->sinks = log.sinks;
    }
    return parsed;
}

/* A default is a value like any other, so the parser must accept it. */
static const struct {
    const char *key;
    enum parsed (*read)(const char *value, struct pin_config *config, const char **expected);
    const char *preset; /* NULL: no default */
} keys[] = {
    {"clients", read_clients, NULL}, {"log", read_log, "syslog tty"},
    {"mode", read_mode, "enforce"},  {"pins", read_pins, PINNING_STORE},
    {"strict", read_strict, "no"},
};

#ifdef PINNING_BYPASS
/* For testing with an interception proxy; never in a set-id program. */
static void obey_environment(struct pin_config *config)
{
    const char *value = secure_getenv("PINNING_MODE");
    if (value == NULL || strcmp(value, "report") != 0 || config->mode != PIN_MODE_ENFORCE)
        return;
    config->mode = PIN_MODE_REPORT;
    config->bypass = true;
}
#else
static void obey_environment(struct pin_config *config)
{
    (void)config;
}
#endif

static void read_key(const char *key, const char *value,
                     enum parsed (*read)(const char *, struct pin_config *, const char **),
                     struct pin_config *out)
{
    const char *expected = NULL;

    switch (read(value, out, &expected)) {
    case PARSED:
        break;
    case UNUSABLE:
        pin_error_set(&out->error, PIN_R_CONFIG, "openssl.cnf: %s = %.300s%s: expected %s", key,
                      value, strlen(value) > 300 ? "..." : "", expected);
        break;
    case NO_MEMORY:
        pin_error_set(&out->error, PIN_R_INTERNAL, "openssl.cnf: %s = %.300s%s: out of memory", key,
                      value, strlen(value) > 300 ? "..." : "");
        break;
    }
}

bool pin_config_read(struct pin_config *out, pin_config_get *get, void *arg)
{
    *out = (struct pin_config){.mode = PIN_MODE_ENFORCE};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *value = get(arg, keys[i].key);

        if (keys[i].preset != NULL)
            read_key(keys[i].key, keys[i].preset, keys[i].read, out);
        if (value != NULL)
            read_key(keys[i].key, value, keys[i].read, out);
    }
    obey_environment(out);
    return out->error.reason == PIN_OK;
}

void pin_config_clear(struct pin_config *config)
{
    free(config->pins);
    free(config->clients);
    free(config->sinks.file);
    *config = (struct pin_config){.mode = PIN_MODE_ENFORCE};
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool pin_config_equal(const struct pin_config *a, const struct pin_config *b)
{
    return same(a->pins, b->pins) && same(a->clients, b->clients) &&
           a->clients_wanted == b->clients_wanted && a->mode == b->mode && a->strict == b->strict &&
           a->trace == b->trace && a->sinks.set == b->sinks.set &&
           same(a->sinks.file, b->sinks.file) && strcmp(a->error.text, b->error.text) == 0;
}
