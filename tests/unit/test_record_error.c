/* test_record_error.c - the text that is raised for a refusal fits into OpenSSL's error data. */
#include "record_fixture.h"

#include <stdio.h>
#include <string.h>

/* The error text of a judgement; static. */
static const char *error_of(const struct pin_judgement *j)
{
    static char text[PIN_RECORD_ERROR_MAX + 1];

    memset(text, 0x55, sizeof text);
    pin_record_make_error(j, text);
    return text;
}

/* Checks what is true of every error text. */
static const char *check_error(const char *name, const struct pin_judgement *j)
{
    const char *text = error_of(j);
    char begin[PIN_IDENTITY_MAX + 64], end[PIN_IDENTITY_MAX + 64];

    ck_assert_ptr_nonnull(memchr(text, '\0', PIN_RECORD_ERROR_MAX + 1));
    for (const char *c = text; *c != '\0'; c++)
        ck_assert_msg(*c >= 0x20 && *c < 0x7f, "%s: byte %02x in %s", name, (unsigned char)*c,
                      text);
    snprintf(begin, sizeof begin, "pinning[P%02d]: refused%s%s%s: %s", j->reason,
             j->of_client ? " client certificate" : "",
             j->host[0] == '\0' ? ""
             : j->of_client     ? " of "
                                : " ",
             j->host, pin_reason_text(j->reason));
    ck_assert_msg(strncmp(text, begin, strlen(begin)) == 0, "%s: expected \"%s...\", got \"%s\"",
                  name, begin, text);
    if (j->of_client || j->host[0] == '\0')
        snprintf(end, sizeof end, "; see: pinctl help P%02d", j->reason);
    else
        snprintf(end, sizeof end, "; see: pinctl explain %s", j->host);
    ck_assert_msg(ends_with(text, end), "%s: expected \"...%s\", got \"%s\"", name, end, text);
    return text;
}

START_TEST(short_refusal_is_complete)
{
    struct pin_judgement j = refusal();

    expect_text("record/error-short",
                "pinning[P07]: refused api.example.com: no pinned key: why it is so; presented "
                "sha256//AAAA (CN=api.example.com); expected key "
                "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; file "
                "/etc/ssl/pins.d/api.example.com.pins; see: pinctl explain api.example.com",
                check_error("record/error-short", &j));
}
END_TEST

static void present(struct pin_judgement *j, size_t count, size_t subject_len)
{
    j->compared.presented_count = count;
    for (size_t i = 0; i < count; i++) {
        struct pin_presented_key *key = &j->compared.presented[i];

        snprintf(key->pin, sizeof key->pin, "sha256//%043d=", (int)i);
        memset(key->subject, 's', subject_len);
        key->subject[subject_len] = '\0';
    }
}

static void expect_pins(struct pin_judgement *j, size_t count)
{
    j->compared.expected_count = count;
    for (size_t i = 0; i < count; i++)
        j->compared.expected[i] = pin_of(PIN_KIND_KEY, (unsigned char)i, PIN_DAY_NEVER);
}

/* Every number of keys, subjects of all lengths: pins and file are there in full. */
START_TEST(presented_keys_are_left_out_first)
{
    struct pin_judgement j = refusal();

    expect_pins(&j, 8);
    for (size_t count = 0; count <= PIN_PRESENTED_MAX; count++) {
        for (size_t len = 0; len < PIN_SUBJECT_MAX; len += 3) {
            char last[PIN_DIGEST_TEXT], more[64];

            present(&j, count, len);
            const char *text = check_error("record/error-presented", &j);
            pin_digest_format(&j.compared.expected[7].digest, last);
            ck_assert_msg(strstr(text, last) != NULL, "%zu of %zu bytes: %s", count, len, text);
            ck_assert_ptr_nonnull(strstr(text, "; file /etc/ssl/pins.d/api.example.com.pins;"));
            ck_assert_ptr_nonnull(strstr(text, ": why it is so;"));
            snprintf(more, sizeof more, "; presented %zu key", count);
            ck_assert(count == 0 || strstr(text, more) != NULL ||
                      strstr(text, "; presented sha256//") != NULL);
        }
    }
}
END_TEST

/* As many keys as fit are shown; the others are counted. */
static const struct {
    const char *name;
    size_t presented, subject_len, expected;
    const char *text;
    bool long_detail;
} counts[] = {
    {"all", 4, 10, 2, "0003= (ssssssssss); expected", false},
    {"some", 4, 150, 2, "0002= (s", false},
    {"some are counted", 4, 150, 2, "ss) and 1 more; expected key", false},
    {"one", 4, 150, 8, "ss) and 3 more; expected key", false},
    {"none", 4, 150, 8, "; presented 4 keys; expected key", true},
    {"none of one", 1, 150, 8, "; presented 1 key; expected key", true},
};

START_TEST(keys_counted)
{
    struct pin_judgement j = refusal();
    char name[64];

    present(&j, counts[_i].presented, counts[_i].subject_len);
    expect_pins(&j, counts[_i].expected);
    if (counts[_i].long_detail)
        memset(j.detail, 'd', 200);
    snprintf(name, sizeof name, "record/error-%s", counts[_i].name);
    const char *text = check_error(name, &j);
    ck_assert_msg(strstr(text, counts[_i].text) != NULL, "%s: expected \"%s\" in \"%s\"", name,
                  counts[_i].text, text);
}
END_TEST

static const size_t host_lengths[] = {0, 1, 100, 200, PIN_IDENTITY_MAX};
static const size_t lengths[] = {0, 1, 16, 17, 64, 250, 511};

static void check_lengths(struct pin_judgement *j, size_t detail_len)
{
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        memset(j->file, 'f', sizeof j->file - 1);
        j->file[0] = '/';
        j->file[lengths[i]] = '\0';
        const char *text = check_error("record/error-lengths", j);
        ck_assert(lengths[i] == 0 || strstr(text, "; file /") != NULL);
        ck_assert(detail_len == 0 || strstr(text, ": d") != NULL);
        ck_assert_ptr_nonnull(strstr(text, "; expected "));
    }
}

/* Strings of all lengths, of bytes that grow when they are escaped: the reason, the host and the
 * last part are there. */
START_TEST(strings_are_cut_last)
{
    struct pin_judgement j = refusal();
    const unsigned char fill = _i % 2 == 0 ? 'd' : 0xff;

    present(&j, 8, 159);
    expect_pins(&j, 8);
    j.of_client = _i / 2 % 2 == 1;
    for (size_t h = 0; h < COUNT_OF(host_lengths); h++) {
        memset(j.host, 'h', sizeof j.host);
        j.host[host_lengths[h]] = '\0';
        for (size_t i = 0; i < COUNT_OF(lengths); i++) {
            memset(j.detail, fill, sizeof j.detail - 1);
            j.detail[0] = 'd';
            j.detail[lengths[i]] = '\0';
            check_lengths(&j, lengths[i]);
        }
    }
}
END_TEST

START_TEST(every_reason_fits)
{
    struct pin_judgement j = refusal();

    j.reason = (enum pin_reason)_i;
    memset(j.detail, 0xff, sizeof j.detail - 1);
    memset(j.file, 0xff, sizeof j.file - 1);
    memset(j.host, 'h', sizeof j.host - 1);
    present(&j, 8, 159);
    expect_pins(&j, 8);
    check_error("record/error-reason", &j);
}
END_TEST

/* No host has such bytes, but the text must be harmless in any case. */
START_TEST(hostile_host_is_harmless)
{
    struct pin_judgement j = refusal();

    memset(j.host, 0xff, sizeof j.host - 1);
    const char *text = error_of(&j);
    ck_assert_uint_le(strlen(text), PIN_RECORD_ERROR_MAX);
    ck_assert_int_eq(strncmp(text, "pinning[P07]: refused \\xFF", 26), 0);
    ck_assert_msg(strstr(text, "; see: pinctl explain \\xFF") != NULL, "%s", text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record_error");
    TCase *tcase = tcase_create("record_error");

    tcase_add_test(tcase, short_refusal_is_complete);
    tcase_add_test(tcase, presented_keys_are_left_out_first);
    SUITE_CASES(tcase, keys_counted, counts);
    tcase_add_loop_test(tcase, strings_are_cut_last, 0, 4);
    tcase_add_loop_test(tcase, every_reason_fits, 1, PIN_R_COUNT);
    tcase_add_test(tcase, hostile_host_is_harmless);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
