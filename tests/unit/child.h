/* child.h - a test in a child process, for what would change the rest of the suite. */
#ifndef PINNING_TEST_CHILD_H
#define PINNING_TEST_CHILD_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A failure in a child ends it with a status, because Check's assertions would run the rest of the
 * suite a second time. */
#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: in a child: %s\n", __FILE__, __LINE__, #what);                 \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static void in_child(void (*body)(void))
{
    const char *fork_mode = getenv("CK_FORK");
    int status;
    pid_t child;

    if (fork_mode != NULL && strcmp(fork_mode, "no") == 0) {
        /* Under valgrind or a debugger, which change what is tested. */
        fprintf(stderr, "skipped, CK_FORK=no\n");
        return;
    }
    fflush(NULL);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        alarm(600); /* ends what hangs */
        body();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child ended with status %#x",
                  (unsigned)status);
}

#endif
