/* test_samples.c - samples that users copy: conf/, and the marked blocks of README.md and the
 * manuals. PIN_ROOT is the top of the source. */
#include <pinning/config.h>
#include <pinning/parse.h>

#include "suite.h"

#include <dirent.h>
#include <openssl/conf.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX (64 * 1024)

/* Reads a file below PIN_ROOT into buf, and adds a NUL. */
static void read_sample(const char *name, char buf[static TEXT_MAX])
{
    char path[1024];
    FILE *f;
    size_t len;

    snprintf(path, sizeof path, "%s/%s", PIN_ROOT, name);
    f = fopen(path, "re");
    ck_assert_msg(f != NULL, "%s: cannot open", path);
    len = fread(buf, 1, TEXT_MAX, f);
    fclose(f);
    ck_assert_msg(len > 0 && len < TEXT_MAX, "%s: empty or too large", path);
    buf[len] = '\0';
}

/* Returns the next block, from after a line begin to before a line end, ends it with a NUL and
 * moves *at behind it. NULL if there is none. */
static char *next_block(char **at, const char *begin, const char *end)
{
    char *block = strstr(*at, begin);
    char *stop = block != NULL ? strstr(block + strlen(begin) - 1, end) : NULL;

    if (stop == NULL)
        return NULL;
    stop[1] = '\0'; /* end begins with the newline that ends the block */
    *at = stop + strlen(end);
    return block + strlen(begin);
}

static void must_be_policy(const char *text, const char *source)
{
    struct pin_policy policy = {0};
    struct pin_error err = {0};

    ck_assert_msg(pin_parse_policy(text, strlen(text), source, &policy, &err), "%s", err.text);
    pin_policy_clear(&policy);
}

static void must_be_settings(const char *text, const char *source)
{
    struct pin_store_settings settings;
    struct pin_error err = {0};

    ck_assert_msg(pin_parse_settings(text, strlen(text), source, &settings, &err), "%s", err.text);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), part = strlen(end);
    return len >= part && strcmp(text + len - part, end) == 0;
}

START_TEST(sample_store_parses)
{
    static char text[TEXT_MAX];
    DIR *dir = opendir(PIN_ROOT "/conf/pins.d");
    int policies = 0;

    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char name[300];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "conf/pins.d/%s", entry->d_name);
        read_sample(name, text);
        if (strcmp(entry->d_name, "_store") == 0) {
            must_be_settings(text, name);
            continue;
        }
        ck_assert_msg(ends_with(name, ".pins") || ends_with(name, ".pins.sample"),
                      "%s: neither a pin file nor a sample", name);
        must_be_policy(text, name);
        policies++;
    }
    closedir(dir);
    ck_assert_int_ge(policies, 2);
}
END_TEST

/* Blocks of files that parse, and their minimum number. */
static const struct {
    const char *file, *begin, *end;
    void (*check)(const char *text, const char *source);
    int at_least;
} blocks[] = {
    {"README.md", "\n```pins\n", "\n```\n", must_be_policy, 1},
    {"doc/pins.5", "\n.\\\" sample: policy\n.Bd -literal -offset indent\n", "\n.Ed\n",
     must_be_policy, 4},
    {"doc/pinning-daemons.7", "\n.\\\" sample: policy\n.Bd -literal -offset indent\n", "\n.Ed\n",
     must_be_policy, 1},
    {"doc/pins.5", "\n.\\\" sample: store\n.Bd -literal -offset indent\n", "\n.Ed\n",
     must_be_settings, 1},
};

START_TEST(sample_block_parses)
{
    static char text[TEXT_MAX];
    char *at = text;
    int found = 0;

    read_sample(blocks[_i].file, text);
    for (char *block; (block = next_block(&at, blocks[_i].begin, blocks[_i].end)) != NULL; found++)
        blocks[_i].check(block, blocks[_i].file);
    ck_assert_int_ge(found, blocks[_i].at_least);
}
END_TEST

/* Pairs of lines: the only line of a file, and the message that follows the name of the file. */
START_TEST(manual_errors_exact)
{
    static char text[TEXT_MAX];
    char *at = text, *save = NULL, *line;
    int found = 0;

    read_sample("doc/pins.5", text);
    char *block = next_block(&at, "\n.\\\" sample: errors\n.Bd -literal -offset 2n\n", "\n.Ed\n");
    ck_assert_ptr_nonnull(block);
    for (line = strtok_r(block, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        char expected[600];
        struct pin_policy policy = {0};
        struct pin_error err = {0};
        const char *message = strtok_r(NULL, "\n", &save);
        ck_assert_msg(message != NULL && strncmp(message, "  ", 2) == 0, "no message for: %s",
                      line);
        snprintf(expected, sizeof expected, "f:%s", message + 2);
        ck_assert_msg(!pin_parse_policy(line, strlen(line), "f", &policy, &err), "parses: %s",
                      line);
        ck_assert_str_eq(err.text, expected);
        found++;
    }
    ck_assert_int_ge(found, 20);
}
END_TEST

/* Pieces of openssl.cnf, as OpenSSL reads them. */
static const struct {
    const char *file, *begin, *end; /* begin NULL: the whole file */
    bool activates_default;
    const char *needs; /* another key of [openssl_init], or NULL */
} pieces[] = {
    {"conf/pinning.cnf", NULL, NULL, true, NULL},
    {"conf/pinning-guard.cnf", NULL, NULL, true, "ssl_conf"},
    {"conf/pinning-strict.cnf", NULL, NULL, false, NULL},
    {"README.md", "\n```ini\n", "\n```\n", true, NULL},
};

static CONF *load(const char *text, const char *source)
{
    CONF *conf = NCONF_new(NULL);
    BIO *bio = BIO_new_mem_buf(text, -1);
    long line = 0;

    ck_assert_msg(NCONF_load_bio(conf, bio, &line) > 0, "%s: line %ld", source, line);
    BIO_free(bio);
    return conf;
}

static const char *value_of(void *conf, const char *key)
{
    return NCONF_get_string(conf, "pinning_sect", key);
}

static void must_be_section(CONF *conf, const char *source)
{
    static const char *const known[] = {"module", "activate", "pins", "clients",
                                        "mode",   "strict",   "log"};
    STACK_OF(CONF_VALUE) *lines = NCONF_get_section(conf, "pinning_sect");
    struct pin_config config;

    ck_assert_ptr_nonnull(lines);
    for (int i = 0; i < sk_CONF_VALUE_num(lines); i++) {
        const CONF_VALUE *line = sk_CONF_VALUE_value(lines, i);
        size_t k = 0;
        while (k < COUNT_OF(known) && strcmp(known[k], line->name) != 0)
            k++;
        ck_assert_msg(k < COUNT_OF(known), "%s: unknown key %s", source, line->name);
        ck_assert_msg(NCONF_get_section(conf, line->value) == NULL,
                      "%s: the value of %s is the name of a section", source, line->name);
    }
    ck_assert_str_eq(value_of(conf, "activate"), "1");
    ck_assert_ptr_nonnull(strstr(value_of(conf, "module"), "pinning.so"));
    ck_assert_msg(pin_config_read(&config, value_of, conf), "%s: %s", source, config.error.text);
    pin_config_clear(&config);
}

START_TEST(openssl_cnf_piece_usable)
{
    static char text[TEXT_MAX];
    const char *source = pieces[_i].file;
    char *at = text;

    read_sample(source, text);
    const char *piece =
        pieces[_i].begin != NULL ? next_block(&at, pieces[_i].begin, pieces[_i].end) : text;
    ck_assert_ptr_nonnull(piece);
    CONF *conf = load(piece, source);
    ck_assert_str_eq(NCONF_get_string(conf, NULL, "nodejs_conf"), "openssl_init");
    ck_assert_str_eq(NCONF_get_string(conf, "openssl_init", "providers"), "provider_sect");
    ck_assert_str_eq(NCONF_get_string(conf, "provider_sect", "pinning"), "pinning_sect");
    if (pieces[_i].activates_default) {
        ck_assert_str_eq(NCONF_get_string(conf, "provider_sect", "default"), "default_sect");
        ck_assert_str_eq(NCONF_get_string(conf, "default_sect", "activate"), "1");
    } else {
        ck_assert_ptr_null(NCONF_get_string(conf, "provider_sect", "default"));
    }
    if (pieces[_i].needs != NULL)
        ck_assert_ptr_nonnull(NCONF_get_string(conf, "openssl_init", pieces[_i].needs));
    must_be_section(conf, source);
    NCONF_free(conf);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("samples");
    TCase *tcase = tcase_create("samples");

    tcase_add_test(tcase, sample_store_parses);
    SUITE_CASES(tcase, sample_block_parses, blocks);
    tcase_add_test(tcase, manual_errors_exact);
    SUITE_CASES(tcase, openssl_cnf_piece_usable, pieces);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
