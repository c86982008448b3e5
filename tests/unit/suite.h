/* suite.h - a main() for a suite, and tables of cases. */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>
#include <stdlib.h>

#define COUNT_OF(table) (sizeof(table) / sizeof(table)[0])

/* Adds one test for each case of a table; _i is the number of the case. */
#define SUITE_CASES(tcase, test, table) tcase_add_loop_test(tcase, test, 0, (int)COUNT_OF(table))

/* Runs the suite, and returns the exit status. CK_VERBOSITY sets how much is printed; with
 * CK_FORK=no, for valgrind, nothing forks. */
static inline int suite_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
