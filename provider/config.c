#include <pinning/config.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A parser returns NULL, or what was expected of a value it cannot use. */
static const char no_memory[] = "out of memory";

static const char *read_path(const char *value, char **out)
{
    if (value[0] != '/')
        return "expected the absolute path of a directory";
    free(*out);
    *out = strdup(value);
    return *out != NULL ? NULL : no_memory;
}

static const char *read_pins(const char *value, struct pin_config *config)
{
    return read_path(value, &config->pins);
}

static const char *read_clients(const char *value, struct pin_config *config)
{
    config->clients_wanted = true;
    return read_path(value, &config->clients);
}

static const char *read_mode(const char *value, struct pin_config *config)
{
    return pin_mode_parse(value, &config->mode) ? NULL : "expected enforce, report or off";
}

static const char *read_strict(const char *value, struct pin_config *config)
{
    static const char *const words[] = {"no", "yes", "with-fips"}; /* in the order of the enum */
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(value, words[i]) == 0) {
            config->strict = (enum pin_strict)i;
            return NULL;
        }
    }
    /* Every TLS connection is refused from here on. What talks no TLS, ssh above all, must go on,
     * and may have no algorithms but those that this key brings. */
    config->strict = PIN_STRICT_YES;
    return "expected yes, with-fips or no";
}

static const char *read_sink(const char *word, size_t len, struct pin_sinks *sinks)
{
    static const struct {
        const char *word;
        enum pin_sink sink;
    } sinks_by_word[] = {
        {"syslog", PIN_SINK_SYSLOG}, {"tty", PIN_SINK_TTY}, {"stderr", PIN_SINK_STDERR}};
    static const char file[] = "file:";

    for (size_t i = 0; i < sizeof sinks_by_word / sizeof sinks_by_word[0]; i++) {
        if (strlen(sinks_by_word[i].word) == len &&
            strncmp(word, sinks_by_word[i].word, len) == 0) {
            sinks->set |= sinks_by_word[i].sink;
            return NULL;
        }
    }
    if (strncmp(word, file, sizeof file - 1) != 0)
        return "expected some of syslog, tty, stderr, file:PATH, with blanks between them";
    word += sizeof file - 1;
    if (word[0] != '/')
        return "expected an absolute path after file:";
    if (sinks->file != NULL)
        return "expected one file: at most";
    sinks->file = strndup(word, len - (sizeof file - 1));
    if (sinks->file == NULL)
        return no_memory;
    sinks->set |= PIN_SINK_FILE;
    return NULL;
}

static const char *read_log(const char *value, struct pin_config *config)
{
    static const char blanks[] = " \t";
    struct pin_sinks sinks = {0, NULL};
    const char *wrong = NULL;

    for (value += strspn(value, blanks); *value != '\0' && wrong == NULL;
         value += strspn(value, blanks)) {
        size_t len = strcspn(value, blanks);
        wrong = read_sink(value, len, &sinks);
        value += len;
    }
    if (wrong == NULL && sinks.set == 0)
        wrong = "expected some of syslog, tty, stderr, file:PATH";
    /* Beside a mistake the sinks that were named hold all the same: where else to tell it? */
    if (sinks.set != 0) {
        free(config->sinks.file);
        config->sinks = sinks;
    }
    return wrong;
}

/* The one table. A default is a value like any other, so it is known to parse. What has none comes
 * first: where memory for a default is missing, reading ends. */
static const struct {
    const char *key;
    const char *(*read)(const char *value, struct pin_config *config);
    const char *preset; /* NULL: nothing */
} keys[] = {
    {"clients", read_clients, NULL}, {"log", read_log, "syslog tty"},
    {"mode", read_mode, "enforce"},  {"pins", read_pins, PINNING_STORE},
    {"strict", read_strict, "no"},
};

#ifdef PINNING_BYPASS
/* For a tester who puts a proxy in between; never in a program that has more rights than he. */
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

bool pin_config_read(struct pin_config *out, pin_config_get *get, void *arg)
{
    *out = (struct pin_config){.mode = PIN_MODE_ENFORCE};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (keys[i].preset != NULL && keys[i].read(keys[i].preset, out) == no_memory)
            return pin_error_set(&out->error, PIN_R_INTERNAL, "%s", no_memory);
        const char *value = get(arg, keys[i].key);
        const char *wrong = value != NULL ? keys[i].read(value, out) : NULL;
        if (wrong != NULL)
            pin_error_set(&out->error, wrong == no_memory ? PIN_R_INTERNAL : PIN_R_CONFIG,
                          "openssl.cnf: %s = %.300s%s: %s", keys[i].key, value,
                          strlen(value) > 300 ? "..." : "", wrong);
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
           a->sinks.set == b->sinks.set && same(a->sinks.file, b->sinks.file) &&
           strcmp(a->error.text, b->error.text) == 0;
}
