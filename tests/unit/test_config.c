/* test_config.c - values of the section that can be used, and mostly ones that cannot. */
#include "expect.h"
#include "suite.h"

#include <pinning/config.h>
#include <stdio.h>
#include <string.h>

/* A section, as "key=value" lines; keys that are not in it are absent. */
static const char *get(void *arg, const char *key)
{
    static char values[8][2048]; /* they must live until all keys have been asked for */
    static unsigned turn;
    char *value = values[turn++ % COUNT_OF(values)];
    const char *section = arg;
    size_t len = strlen(key);

    for (const char *line = section; line != NULL; line = strchr(line, '\n')) {
        line += line[0] == '\n';
        if (strncmp(line, key, len) != 0 || line[len] != '=')
            continue;
        ck_assert_uint_lt(strcspn(line + len + 1, "\n"), sizeof values[0]);
        memcpy(value, line + len + 1, strcspn(line + len + 1, "\n"));
        value[strcspn(line + len + 1, "\n")] = '\0';
        return value;
    }
    return NULL;
}

#define PRESET_LOG (PIN_SINK_SYSLOG | PIN_SINK_TTY)

struct good {
    const char *section;
    const char *pins;    /* NULL: PINNING_STORE */
    const char *clients; /* NULL: none */
    enum pin_mode mode;
    enum pin_strict strict;
    unsigned set; /* 0: as without log */
    const char *file;
    bool trace;
};

static const struct good goods[] = {
    {"", .mode = PIN_MODE_ENFORCE},
    {"pins=/srv/pins", .pins = "/srv/pins", .mode = PIN_MODE_ENFORCE},
    {"pins=/", .pins = "/", .mode = PIN_MODE_ENFORCE},
    {"pins=/srv/our pins", .pins = "/srv/our pins", .mode = PIN_MODE_ENFORCE},
    {"clients=/srv/clients", .clients = "/srv/clients", .mode = PIN_MODE_ENFORCE},
    {"mode=enforce", .mode = PIN_MODE_ENFORCE},
    {"mode=report", .mode = PIN_MODE_REPORT},
    {"mode=off", .mode = PIN_MODE_OFF},
    {"strict=no", .mode = PIN_MODE_ENFORCE, .strict = PIN_STRICT_NO},
    {"strict=yes", .mode = PIN_MODE_ENFORCE, .strict = PIN_STRICT_YES},
    {"strict=with-fips", .mode = PIN_MODE_ENFORCE, .strict = PIN_STRICT_WITH_FIPS},
    {"log=syslog", .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_SYSLOG},
    {"log=tty", .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_TTY},
    {"log=stderr", .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_STDERR},
    {"log=journal", .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_JOURNAL},
    {"log=journal syslog", .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_JOURNAL | PIN_SINK_SYSLOG},
    {"log=stderr stderr", .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_STDERR},
    {"log=file:/var/log/pins", .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_FILE, "/var/log/pins"},
    {"log= \tfile:/a\t syslog tty stderr ", .mode = PIN_MODE_ENFORCE,
     .set = PIN_SINK_SYSLOG | PIN_SINK_TTY | PIN_SINK_STDERR | PIN_SINK_FILE, "/a"},
    {"log=trace", .mode = PIN_MODE_ENFORCE, .trace = true}, /* the default destinations stay */
    {"log=stderr trace", .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_STDERR, .trace = true},
    {"log=trace stderr", .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_STDERR, .trace = true},
    {"log=file:/trace", .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_FILE, .file = "/trace"},
    {"log=file:/file:/b", .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_FILE, "/file:/b"},
    {"pins=/p\nclients=/c\nmode=off\nstrict=yes\nlog=tty", "/p", "/c", PIN_MODE_OFF, PIN_STRICT_YES,
     PIN_SINK_TTY, NULL, false},
    /* OpenSSL passes on no key that we do not ask for. */
    {"Mode=off\nunknown=1", .mode = PIN_MODE_ENFORCE},
};

static const char *const strict_names[] = {
    [PIN_STRICT_NO] = "no", [PIN_STRICT_YES] = "yes", [PIN_STRICT_WITH_FIPS] = "with-fips"};

static const char *or_none(const char *text)
{
    return text != NULL ? text : "(none)";
}

static const char *sink_names(unsigned set)
{
    static char names[2][64];
    static unsigned next;
    char *out = names[next++ % COUNT_OF(names)];

    snprintf(out, sizeof names[0], "%s%s%s%s%s", (set & PIN_SINK_SYSLOG) != 0 ? "syslog " : "",
             (set & PIN_SINK_JOURNAL) != 0 ? "journal " : "",
             (set & PIN_SINK_TTY) != 0 ? "tty " : "", (set & PIN_SINK_STDERR) != 0 ? "stderr " : "",
             (set & PIN_SINK_FILE) != 0 ? "file" : "");
    return out;
}

static const char *name_of(const char *section)
{
    return case_name("config", section, strlen(section));
}

static void check_config(const char *name, const struct pin_config *got, const struct good *as)
{
    expect_text(name, as->pins != NULL ? as->pins : PINNING_STORE, got->pins);
    expect_text(name, or_none(as->clients), or_none(got->clients));
    expect_text(name, pin_mode_name(as->mode), pin_mode_name(got->mode));
    expect_text(name, strict_names[as->strict], strict_names[got->strict]);
    expect_text(name, sink_names(as->set != 0 ? as->set : PRESET_LOG), sink_names(got->sinks.set));
    expect_text(name, or_none(as->file), or_none(got->sinks.file));
    expect_bool(name, as->trace, got->trace);
}

static void expect_reason(const char *name, enum pin_reason expected, enum pin_reason got)
{
    ck_assert_msg(expected == got, "%s: expected P%02d, got P%02d", name, expected, got);
}

static void expect_part(const char *name, const char *expected, const char *got)
{
    ck_assert_msg(strstr(got, expected) != NULL, "%s: expected \"...%s...\", got \"%s\"", name,
                  expected, got);
}

START_TEST(config_usable_values_read)
{
    const char *name = name_of(goods[_i].section);
    struct pin_config config;

    (void)pin_config_read(&config, get, (void *)goods[_i].section);
    expect_text(name, "", config.error.text);
    expect_reason(name, PIN_OK, config.error.reason);
    check_config(name, &config, &goods[_i]);
    expect_bool(name, config.clients != NULL, config.clients_wanted);
    pin_config_clear(&config);
}
END_TEST

static const struct good presets = {.mode = PIN_MODE_ENFORCE};

/* An unusable strict must not take the algorithms from programs without TLS. */
static const struct good brings_default = {.mode = PIN_MODE_ENFORCE, .strict = PIN_STRICT_YES};

static const struct bad {
    const char *section, *presented, *expected;
    const struct good *kept; /* what is read nevertheless; NULL: all as if absent */
} bads[] = {
    {"pins=", "pins = :", "absolute", NULL},
    {"pins=etc/pins", "pins = etc/pins:", "absolute", NULL},
    {"pins=./pins", "pins = ./pins:", "absolute", NULL},
    {"pins=~/pins", "pins = ~/pins:", "absolute", NULL},
    {"pins= /pins", "pins =  /pins:", "absolute", NULL},
    {"clients=", "clients = :", "absolute", NULL},
    {"clients=none", "clients = none:", "absolute", NULL},
    {"mode=", "mode = :", "enforce, report or off", NULL},
    {"mode=Off", "mode = Off:", "enforce, report or off", NULL},
    {"mode=OFF", "mode = OFF:", "enforce, report or off", NULL},
    {"mode=off ", "mode = off :", "enforce, report or off", NULL},
    {"mode= off", "mode =  off:", "enforce, report or off", NULL},
    {"mode=report,off", "mode = report,off:", "enforce", NULL},
    {"mode=no", "mode = no:", "enforce, report or off", NULL},
    {"mode=0", "mode = 0:", "enforce, report or off", NULL},
    {"strict=", "strict = :", "yes, with-fips or no", &brings_default},
    {"strict=Yes", "strict = Yes:", "yes, with-fips or no", &brings_default},
    {"strict=1", "strict = 1:", "yes, with-fips or no", &brings_default},
    {"strict=fips", "strict = fips:", "yes, with-fips or no", &brings_default},
    {"log=", "log = :", "syslog", NULL},
    {"log= \t ", "log = ", "syslog", NULL},
    {"log=none", "log = none:", "syslog", NULL},
    {"log=Syslog", "log = Syslog:", "syslog", NULL},
    {"log=sys", "log = sys:", "syslog", NULL},
    {"log=ttyy", "log = ttyy:", "syslog", NULL},
    {"log=syslog,tty", "log = syslog,tty:", "blanks", NULL},
    {"log=stderr logfile", "log = stderr logfile:", "syslog",
     &(const struct good){.mode = PIN_MODE_ENFORCE, .set = PIN_SINK_STDERR, .file = NULL}},
    {"log=Trace", "log = Trace:", "trace", NULL},
    {"log=trace nonsense", "log = trace nonsense:", "trace",
     &(const struct good){.mode = PIN_MODE_ENFORCE, .trace = true}},
    {"log=trace:stderr", "log = trace:stderr:", "trace", NULL},
    {"log=file:", "log = file::", "absolute", NULL},
    {"log=file: /a", "log = file: /a:", "absolute", NULL},
    {"log=file:a", "log = file:a:", "absolute", NULL},
    {"log=file tty", "log = file tty:", "syslog", NULL},
    {"log=FILE:/a", "log = FILE:/a:", "syslog", NULL},
    {"log=file:/a file:/b", "log = file:/a file:/b:", "one file:",
     &(const struct good){.mode = PIN_MODE_ENFORCE, .set = PIN_SINK_FILE, .file = "/a"}},
    {"log=file:/a file:/a", "log = file:/a file:/a:", "one file:",
     &(const struct good){.mode = PIN_MODE_ENFORCE, .set = PIN_SINK_FILE, .file = "/a"}},
    {"log=file:/a syslog nonsense", "nonsense:", "syslog",
     &(const struct good){
         .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_FILE | PIN_SINK_SYSLOG, .file = "/a"}},
    /* A bad key does not stop the others, whichever comes first in the table or in the file. */
    {"pins=broken\nmode=report", "pins = broken:", "absolute",
     &(const struct good){.mode = PIN_MODE_REPORT}},
    {"mode=report\npins=broken", "pins = broken:", "absolute",
     &(const struct good){.mode = PIN_MODE_REPORT}},
    {"log=broken\nmode=off\npins=/p", "log = broken:", "syslog",
     &(const struct good){.pins = "/p"}},
    {"strict=maybe\nclients=/c\nmode=report\nlog=tty\npins=/p", "strict = maybe:", "with-fips",
     &(const struct good){"", "/p", "/c", PIN_MODE_REPORT, PIN_STRICT_YES, PIN_SINK_TTY, NULL,
                          false}},
    {"clients=c\nstrict=yes\nmode=report\nlog=tty\npins=/p", "clients = c:", "absolute",
     &(const struct good){"", "/p", NULL, PIN_MODE_REPORT, PIN_STRICT_YES, PIN_SINK_TTY, NULL,
                          false}},
    {"mode=none\nclients=/c\nstrict=yes\nlog=tty\npins=/p", "mode = none:", "enforce",
     &(const struct good){"", "/p", "/c", PIN_MODE_ENFORCE, PIN_STRICT_YES, PIN_SINK_TTY, NULL,
                          false}},
    /* A newline in a value must not become one in a log. */
    {"pins=a\tb", "pins = a?b:", "absolute", NULL},
};

START_TEST(config_unusable_value_named)
{
    struct pin_config config;

    const char *name = name_of(bads[_i].section);

    expect_bool(name, false, pin_config_read(&config, get, (void *)bads[_i].section));
    expect_reason(name, PIN_R_CONFIG, config.error.reason);
    expect_part(name, bads[_i].presented, config.error.text);
    expect_part(name, bads[_i].expected, config.error.text);
    expect_part(name, "openssl.cnf", config.error.text);
    check_config(name, &config, bads[_i].kept != NULL ? bads[_i].kept : &presets);
    /* A server whose store of clients cannot be read refuses them: it must know that there is one.
     */
    expect_bool(name, strstr(bads[_i].section, "clients=") != NULL, config.clients_wanted);
    pin_config_clear(&config);
}
END_TEST

START_TEST(config_long_value_cut_in_error)
{
    char section[1200] = "pins=";
    struct pin_config config;

    memset(section + 5, 'x', sizeof section - 6);
    section[sizeof section - 1] = '\0';
    ck_assert(!pin_config_read(&config, get, section));
    ck_assert_int_eq(config.error.reason, PIN_R_CONFIG);
    ck_assert_ptr_nonnull(strstr(config.error.text, "pins = xxx"));
    ck_assert_msg(strstr(config.error.text, "absolute") != NULL, "%s", config.error.text);
    pin_config_clear(&config);
}
END_TEST

static const struct {
    const char *a, *b;
    bool equal;
} pairs[] = {
    {"", "", true},
    {"", "mode=enforce\nstrict=no\nlog=syslog tty\npins=" PINNING_STORE, true},
    {"pins=/a", "pins=/a", true},
    {"log=tty syslog", "log=syslog tty", true},
    {"log=file:/a", "log=file:/a", true},
    {"clients=/a", "clients=/a", true},
    {"pins=a", "pins=a", true},
    {"pins=/a", "pins=/b", false},
    {"pins=/a", "pins=/a/", false},
    {"", "clients=/a", false},
    {"clients=/a", "", false},
    {"clients=/a", "clients=/b", false},
    {"mode=enforce", "mode=report", false},
    {"mode=report", "mode=off", false},
    {"strict=yes", "strict=with-fips", false},
    {"log=tty", "log=stderr", false},
    {"log=file:/a", "log=file:/b", false},
    {"log=file:/a", "log=file:/a tty", false},
    {"log=tty", "log=tty trace", false},
    {"", "pins=a", false},
    {"pins=a", "pins=b", false},
    {"", "strict=maybe", false},
};

START_TEST(config_pairs_equal_or_not)
{
    struct pin_config a, b;

    (void)pin_config_read(&a, get, (void *)pairs[_i].a);
    (void)pin_config_read(&b, get, (void *)pairs[_i].b);
    char name[256];

    snprintf(name, sizeof name, "config/\"%s\" and \"%s\" equal", pairs[_i].a, pairs[_i].b);
    expect_bool(name, pairs[_i].equal, pin_config_equal(&a, &b));
    expect_bool(name, pairs[_i].equal, pin_config_equal(&b, &a));
    pin_config_clear(&a);
    pin_config_clear(&b);
}
END_TEST

/* Only a build with PINNING_BYPASS may obey it. */
START_TEST(config_environment_ignored)
{
    struct pin_config config;

    ck_assert_int_eq(setenv("PINNING_MODE", "report", 1), 0);
    ck_assert(pin_config_read(&config, get, (void *)"mode=enforce"));
#ifndef PINNING_BYPASS
    ck_assert_int_eq(config.mode, PIN_MODE_ENFORCE);
    ck_assert(!config.bypass);
#else
    ck_assert_int_eq(config.mode, PIN_MODE_REPORT);
    ck_assert(config.bypass);
    pin_config_clear(&config);
    ck_assert(pin_config_read(&config, get, (void *)"mode=off"));
    ck_assert_int_eq(config.mode, PIN_MODE_OFF);
    ck_assert(!config.bypass);
#endif
    pin_config_clear(&config);
    unsetenv("PINNING_MODE");
}
END_TEST

START_TEST(config_cleared_is_enforcing)
{
    struct pin_config config;

    ck_assert(pin_config_read(&config, get, (void *)"pins=/p\nclients=/c\nmode=off\nlog=file:/a"));
    pin_config_clear(&config);
    ck_assert_ptr_null(config.pins);
    ck_assert_ptr_null(config.clients);
    ck_assert_ptr_null(config.sinks.file);
    /* A cleared configuration must not disable pinning. */
    ck_assert_int_eq(config.mode, PIN_MODE_ENFORCE);
    pin_config_clear(&config);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("config");
    TCase *read = tcase_create("read"), *equal = tcase_create("equal");

    SUITE_CASES(read, config_usable_values_read, goods);
    SUITE_CASES(read, config_unusable_value_named, bads);
    tcase_add_test(read, config_long_value_cut_in_error);
    tcase_add_test(read, config_environment_ignored);
    tcase_add_test(read, config_cleared_is_enforcing);
    suite_add_tcase(suite, read);

    SUITE_CASES(equal, config_pairs_equal_or_not, pairs);
    suite_add_tcase(suite, equal);
    return suite_run(suite);
}
