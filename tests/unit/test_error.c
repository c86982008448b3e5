/* test_error.c - the error object. */
#include "suite.h"

#include <errno.h>
#include <pinning/error.h>
#include <string.h>

START_TEST(error_formats_its_text)
{
    struct pin_error err = {0};

    ck_assert(!pin_error_set(&err, PIN_R_SYNTAX, "%s:%d", "file", 7));
    ck_assert_int_eq(err.reason, PIN_R_SYNTAX);
    ck_assert_int_eq(err.sys, 0);
    ck_assert_str_eq(err.text, "file:7");
}
END_TEST

START_TEST(error_first_is_kept)
{
    struct pin_error err = {0};

    ck_assert(!pin_error_set(&err, PIN_R_SYNTAX, "first"));
    ck_assert(!pin_error_set(&err, PIN_R_CONFIG, "second"));
    ck_assert(!pin_error_set_sys(&err, PIN_R_STORE, EACCES, "third"));
    ck_assert_int_eq(err.reason, PIN_R_SYNTAX);
    ck_assert_int_eq(err.sys, 0);
    ck_assert_str_eq(err.text, "first");
}
END_TEST

START_TEST(error_null_is_allowed)
{
    ck_assert(!pin_error_set(NULL, PIN_R_SYNTAX, "unused"));
    ck_assert(!pin_error_set_sys(NULL, PIN_R_SYNTAX, EIO, "unused"));
}
END_TEST

START_TEST(error_names_the_system_error)
{
    struct pin_error err = {0}, odd = {0};

    ck_assert(!pin_error_set_sys(&err, PIN_R_STORE, EACCES, "cannot open %s", "/pins"));
    ck_assert_int_eq(err.reason, PIN_R_STORE);
    ck_assert_int_eq(err.sys, EACCES);
    ck_assert_str_eq(err.text, "cannot open /pins: Permission denied");
    ck_assert(!pin_error_set_sys(&odd, PIN_R_STORE, 99999, "x"));
    ck_assert_int_eq(odd.sys, 99999);
    ck_assert_uint_gt(strlen(odd.text), strlen("x: ")); /* each C library has its own words */
}
END_TEST

START_TEST(error_is_cut_and_stays_one_line)
{
    struct pin_error err = {0}, sys = {0};
    char longer[2 * sizeof err.text];

    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    longer[0] = '\n';
    longer[1] = '\x1b';
    longer[2] = '\x7f';
    ck_assert(!pin_error_set(&err, PIN_R_CONFIG, "%s", longer));
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
    ck_assert(strncmp(err.text, "???aaa", 6) == 0);
    ck_assert(!pin_error_set_sys(&sys, PIN_R_CONFIG, EIO, "%s", longer));
    ck_assert_uint_eq(strlen(sys.text), sizeof sys.text - 1);
    ck_assert_int_eq(sys.sys, EIO);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("error");
    TCase *error = tcase_create("error");

    tcase_add_test(error, error_formats_its_text);
    tcase_add_test(error, error_first_is_kept);
    tcase_add_test(error, error_null_is_allowed);
    tcase_add_test(error, error_names_the_system_error);
    tcase_add_test(error, error_is_cut_and_stays_one_line);
    suite_add_tcase(suite, error);
    return suite_run(suite);
}
