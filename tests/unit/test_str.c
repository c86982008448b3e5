/* test_str.c - bounded strings. */
#include "expect.h"
#include "suite.h"

#include <pinning/str.h>
#include <string.h>

static const struct {
    const char *name;
    enum pin_clean style;
    size_t size;
    const char *text, *expected;
} cleans[] = {
    {"clean/line-empty-stays", PIN_CLEAN_LINE, 64, "", ""},
    {"clean/line-plain-stays", PIN_CLEAN_LINE, 64, "a b~\"\\", "a b~\"\\"},
    {"clean/line-controls-replaced", PIN_CLEAN_LINE, 64, "a\n\r\t\x1b\x7f\x01z", "a??????z"},
    {"clean/line-utf8-stays", PIN_CLEAN_LINE, 64, "b\xc3\xbc\xe2\x82\xac", "b\xc3\xbc\xe2\x82\xac"},
    {"clean/line-fits-exactly-not-cut", PIN_CLEAN_LINE, 7, "abcdef", "abcdef"},
    {"clean/line-too-long-cut", PIN_CLEAN_LINE, 7, "abcdefg", "abc..."},
    {"clean/line-smallest-size-cut", PIN_CLEAN_LINE, 4, "abcdefg", "..."},
    {"clean/line-cut-before-character", PIN_CLEAN_LINE, 7,
     "ab\xc3\xbc"
     "cdef",
     "ab..."},
    {"clean/ascii-plain-stays", PIN_CLEAN_ASCII, 64, "a b~\"\\", "a b~\"\\"},
    {"clean/ascii-others-escaped", PIN_CLEAN_ASCII, 64, "\n\x1b\x7f\x80\xff",
     "\\x0A\\x1B\\x7F\\x80\\xFF"},
    {"clean/ascii-cut-before-escape", PIN_CLEAN_ASCII, 9, "abc\n\n", "abc..."},
    {"clean/ascii-cut-behind-escape", PIN_CLEAN_ASCII, 9, "a\nbcde", "a\\x0A..."},
    {"clean/json-quotes-escaped", PIN_CLEAN_JSON, 64, "a\"b\\c", "a\\\"b\\\\c"},
    {"clean/json-controls-escaped", PIN_CLEAN_JSON, 64, "a\n\x7f\xc3", "a\\\\x0A\\\\x7F\\\\xC3"},
    {"clean/json-cut-before-escape", PIN_CLEAN_JSON, 7, "abc\"\"\"", "abc..."},
    {"clean/json-cut-not-inside-escape", PIN_CLEAN_JSON, 8, "abc\"\"\"", "abc..."},
};

START_TEST(text_is_clean)
{
    char out[64];

    memset(out, 'x', sizeof out);
    size_t len = pin_str_clean(out, cleans[_i].size, cleans[_i].text, cleans[_i].style);
    expect_text(cleans[_i].name, cleans[_i].expected, out);
    expect_number(cleans[_i].name, (long long)strlen(out), (long long)len);
    if (cleans[_i].size < sizeof out)
        expect_number(cleans[_i].name, 'x', out[cleans[_i].size]);
}
END_TEST

/* Whatever the byte and wherever the cut. */
START_TEST(clean_is_bounded)
{
    static const enum pin_clean styles[] = {PIN_CLEAN_LINE, PIN_CLEAN_ASCII, PIN_CLEAN_JSON};

    for (size_t s = 0; s < COUNT_OF(styles); s++) {
        for (int byte = 1; byte < 256; byte++) {
            char text[8], out[PIN_CLEAN_GROWTH * sizeof text];
            memset(text, byte, sizeof text - 1);
            text[sizeof text - 1] = '\0';
            for (size_t size = 4; size <= sizeof out; size++) {
                memset(out, 'x', sizeof out);
                size_t len = pin_str_clean(out, size, text, styles[s]);
                ck_assert_uint_lt(len, size);
                ck_assert_uint_eq(strlen(out), len);
                for (const char *c = out; *c != '\0'; c++)
                    ck_assert((unsigned char)*c >= 0x20 && *c != 0x7f);
            }
            ck_assert_msg(strstr(out, "...") == NULL || byte == '.', "cut though there is space");
        }
    }
}
END_TEST

START_TEST(clean_works_in_place)
{
    char text[] = "a\nb\x1b";

    pin_str_clean(text, sizeof text, text, PIN_CLEAN_LINE);
    expect_text("clean/in-place", "a?b?", text);
}
END_TEST

static const struct {
    const char *name;
    size_t size;
    const char *first, *second, *expected;
} joins[] = {
    {"join/fits", 16, "abc", "def", "abcdef"},
    {"join/fits-exactly", 7, "abc", "def", "abcdef"},
    {"join/second-cut", 6, "abc", "def", "abcde"},
    {"join/first-cut", 3, "abc", "def", "ab"},
    {"join/no-space-is-empty", 1, "abc", "def", ""},
    {"join/first-empty", 16, "", "def", "def"},
    {"join/second-empty", 16, "abc", "", "abc"},
};

START_TEST(strings_are_joined)
{
    char out[16];

    memset(out, 'x', sizeof out);
    pin_str_join(out, joins[_i].size, joins[_i].first, joins[_i].second);
    expect_text(joins[_i].name, joins[_i].expected, out);
}
END_TEST

static uint64_t hash_of(const char *first, const char *second)
{
    return pin_hash64_str(pin_hash64_str(PIN_HASH64_START, first), second);
}

START_TEST(hash_separates_its_parts)
{
    ck_assert(hash_of("ab", "c") != hash_of("a", "bc"));
    ck_assert(hash_of("abc", "") != hash_of("", "abc"));
    ck_assert(hash_of("a", "b") != hash_of("b", "a"));
    ck_assert(hash_of("a", "b") == hash_of("a", "b"));
    ck_assert(hash_of("a", NULL) == hash_of("a", ""));
    ck_assert(pin_hash64_bytes(PIN_HASH64_START, "a\0b", 3) !=
              pin_hash64_bytes(PIN_HASH64_START, "a", 1));
    ck_assert(pin_hash64_bytes(PIN_HASH64_START, "abc", 3) ==
              pin_hash64_str(PIN_HASH64_START, "abc"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("str");
    TCase *tcase = tcase_create("str");

    SUITE_CASES(tcase, text_is_clean, cleans);
    tcase_add_test(tcase, clean_is_bounded);
    tcase_add_test(tcase, clean_works_in_place);
    SUITE_CASES(tcase, strings_are_joined, joins);
    tcase_add_test(tcase, hash_separates_its_parts);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
