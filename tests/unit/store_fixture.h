/*
 * store_fixture.h - a store in a temporary directory, for the suites of the store.
 */
#ifndef PINNING_STORE_FIXTURE_H
#define PINNING_STORE_FIXTURE_H

#include <pinning/store.h>

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A directory of our own for each test: base/store is the store, base/safe and base/unsafe are
 * files for links to lead to. */
static char base[64];
static char dir[96];

static char *at(const char *name)
{
    static char paths[16][1024];
    static unsigned turn;
    char *path = paths[turn++ % 16];

    snprintf(path, sizeof(paths[0]), "%s/%s", base, name);
    return path;
}

static inline void make_file(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
}

static inline int remove_entry(const char *path, const struct stat *st, int kind,
                               struct FTW *source)
{
    (void)st;
    (void)kind;
    (void)source;
    return remove(path);
}

static inline void set_up(void)
{
    umask(022);
    strcpy(base, "/tmp/test_store.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(base));
    ck_assert_int_eq(chmod(base, 0755), 0);
    snprintf(dir, sizeof(dir), "%s/store", base);
    ck_assert_int_eq(mkdir(dir, 0755), 0);
    make_file(at("store/_store"), "", 0644);
    make_file(at("store/host.pins"), "pins", 0644);
    make_file(at("safe"), "safe", 0644);
    make_file(at("unsafe"), "unsafe", 0666);
}

static inline void tear_down(void)
{
    nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* One whole visit. What is not a head is a name. */
static inline enum pin_store_status lookup(const struct pin_store *store, bool settings,
                                           const char *name, struct pin_text *out,
                                           struct pin_error *err)
{
    struct pin_store_handle handle;
    enum pin_store_status status;

    *out = (struct pin_text){0};
    *err = (struct pin_error){0};
    status = pin_store_open(store, &handle, err);
    if (status != PIN_STORE_FOUND)
        return status;
    status = settings ? pin_store_read_settings(&handle, out, err)
                      : pin_store_read(&handle, name, out, err);
    pin_store_close(&handle);
    return status;
}

/* The same where the text does not matter; a store made for it. */
static inline enum pin_store_status look_once(bool settings, const char *name,
                                              struct pin_error *err)
{
    struct pin_store store;
    struct pin_text text;
    enum pin_store_status status;

    *err = (struct pin_error){0};
    if (!pin_store_init(&store, dir, err))
        return PIN_STORE_ERROR;
    status = lookup(&store, settings, name, &text, err);
    pin_text_clear(&text);
    pin_store_clear(&store);
    return status;
}

static inline bool is_root(const char *test)
{
    if (geteuid() == 0)
        return true;
    fprintf(stderr, "%s: skipped, needs root\n", test);
    return false;
}

#define LOOP(test, cases) tcase_add_loop_test(tcase, test, 0, sizeof(cases) / sizeof((cases)[0]))

static inline TCase *fixture(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return tcase;
}

/* Runs it as CK_ENV says; what main() returns. */
static inline int run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

#endif
