/* What every suite needs: a main that runs it, and sizes of tables. */
#ifndef SUITE_H
#define SUITE_H

#include <check.h>
#include <stdlib.h>

#define ROWS(table) (sizeof(table) / sizeof(table)[0])

/* One test for each row of a table: the row's number is _i. */
#define SUITE_ROWS(tcase, test, table) tcase_add_loop_test(tcase, test, 0, (int)ROWS(table))

/* CK_ENV: the caller chooses how much is printed (CK_VERBOSITY), valgrind that nothing forks. */
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
