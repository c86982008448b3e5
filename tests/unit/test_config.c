/* test_config.c - what openssl.cnf says, and mostly what it cannot say. */
#include "suite.h"

#include <pinning/config.h>
#include <stdio.h>
#include <string.h>

/* A section, as "key=value" lines; keys that are not in it are absent. */
static const char *get(void *arg, const char *key)
{
    static char values[8][2048]; /* they must live until all keys have been asked for */
    static unsigned turn;
    char *value = values[turn++ % ROWS(values)];
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
    {"log=stderr stderr", .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_STDERR},
    {"log=file:/var/log/pins", .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_FILE, "/var/log/pins"},
    {"log= \tfile:/a\t syslog tty stderr ", .mode = PIN_MODE_ENFORCE,
     .set = PIN_SINK_SYSLOG | PIN_SINK_TTY | PIN_SINK_STDERR | PIN_SINK_FILE, "/a"},
    {"log=file:/file:/b", .mode = PIN_MODE_ENFORCE, .set = PIN_SINK_FILE, "/file:/b"},
    {"pins=/p\nclients=/c\nmode=off\nstrict=yes\nlog=tty", "/p", "/c", PIN_MODE_OFF, PIN_STRICT_YES,
     PIN_SINK_TTY, NULL},
    /* The key is OpenSSL's affair; ours is the value. */
    {"Mode=off\nunknown=1", .mode = PIN_MODE_ENFORCE},
};

static void check_config(const struct pin_config *is, const struct good *as)
{
    ck_assert_str_eq(is->pins, as->pins != NULL ? as->pins : PINNING_STORE);
    ck_assert_pstr_eq(is->clients, as->clients);
    ck_assert_int_eq(is->mode, as->mode);
    ck_assert_int_eq(is->strict, as->strict);
    ck_assert_uint_eq(is->sinks.set, as->set != 0 ? as->set : PRESET_LOG);
    ck_assert_pstr_eq(is->sinks.file, as->file);
}

START_TEST(config_is_read)
{
    struct pin_config config;

    ck_assert(pin_config_read(&config, get, (void *)goods[_i].section));
    ck_assert_int_eq(config.error.reason, PIN_OK);
    check_config(&config, &goods[_i]);
    ck_assert_int_eq(config.clients_wanted, config.clients != NULL);
    pin_config_clear(&config);
}
END_TEST

static const struct good presets = {.mode = PIN_MODE_ENFORCE};

/* A wrong strict must not take the algorithms away from what talks no TLS. */
static const struct good brings_default = {.mode = PIN_MODE_ENFORCE, .strict = PIN_STRICT_YES};

static const struct bad {
    const char *section, *presented, *expected;
    const struct good *kept; /* what is read all the same; NULL: all as if absent */
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
    {"log=stderr journal", "log = stderr journal:", "syslog",
     &(const struct good){.mode = PIN_MODE_ENFORCE, .set = PIN_SINK_STDERR, .file = NULL}},
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
     &(const struct good){"", "/p", "/c", PIN_MODE_REPORT, PIN_STRICT_YES, PIN_SINK_TTY, NULL}},
    {"clients=c\nstrict=yes\nmode=report\nlog=tty\npins=/p", "clients = c:", "absolute",
     &(const struct good){"", "/p", NULL, PIN_MODE_REPORT, PIN_STRICT_YES, PIN_SINK_TTY, NULL}},
    {"mode=none\nclients=/c\nstrict=yes\nlog=tty\npins=/p", "mode = none:", "enforce",
     &(const struct good){"", "/p", "/c", PIN_MODE_ENFORCE, PIN_STRICT_YES, PIN_SINK_TTY, NULL}},
    /* A newline in a value must not become one in a log. */
    {"pins=a\tb", "pins = a?b:", "absolute", NULL},
};

START_TEST(config_error_names_key_and_value)
{
    struct pin_config config;

    ck_assert(!pin_config_read(&config, get, (void *)bads[_i].section));
    ck_assert_int_eq(config.error.reason, PIN_R_CONFIG);
    ck_assert_msg(strstr(config.error.text, bads[_i].presented) != NULL, "%s", config.error.text);
    ck_assert_msg(strstr(config.error.text, bads[_i].expected) != NULL, "%s", config.error.text);
    ck_assert_ptr_nonnull(strstr(config.error.text, "openssl.cnf"));
    check_config(&config, bads[_i].kept != NULL ? bads[_i].kept : &presets);
    /* A server whose store of clients cannot be read refuses them: it must know that there is one.
     */
    ck_assert_int_eq(config.clients_wanted, strstr(bads[_i].section, "clients=") != NULL);
    pin_config_clear(&config);
}
END_TEST

START_TEST(config_error_of_a_long_value_still_names_the_key)
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
    {"", "pins=a", false},
    {"pins=a", "pins=b", false},
    {"", "strict=maybe", false},
};

START_TEST(config_equal_if_all_is)
{
    struct pin_config a, b;

    (void)pin_config_read(&a, get, (void *)pairs[_i].a);
    (void)pin_config_read(&b, get, (void *)pairs[_i].b);
    ck_assert_int_eq(pin_config_equal(&a, &b), pairs[_i].equal);
    ck_assert_int_eq(pin_config_equal(&b, &a), pairs[_i].equal);
    pin_config_clear(&a);
    pin_config_clear(&b);
}
END_TEST

/* Only a build with PINNING_BYPASS may obey it. */
START_TEST(config_obeys_no_environment)
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

START_TEST(config_is_cleared)
{
    struct pin_config config;

    ck_assert(pin_config_read(&config, get, (void *)"pins=/p\nclients=/c\nmode=off\nlog=file:/a"));
    pin_config_clear(&config);
    ck_assert_ptr_null(config.pins);
    ck_assert_ptr_null(config.clients);
    ck_assert_ptr_null(config.sinks.file);
    /* What is cleared must not switch anything off. */
    ck_assert_int_eq(config.mode, PIN_MODE_ENFORCE);
    pin_config_clear(&config);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("config");
    TCase *read = tcase_create("read"), *equal = tcase_create("equal");

    SUITE_ROWS(read, config_is_read, goods);
    SUITE_ROWS(read, config_error_names_key_and_value, bads);
    tcase_add_test(read, config_error_of_a_long_value_still_names_the_key);
    tcase_add_test(read, config_obeys_no_environment);
    tcase_add_test(read, config_is_cleared);
    suite_add_tcase(suite, read);

    SUITE_ROWS(equal, config_equal_if_all_is, pairs);
    suite_add_tcase(suite, equal);
    return suite_run(suite);
}
