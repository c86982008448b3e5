/* store_fixture.h - a store in a temporary directory, for the suites of the store. */
#ifndef PINNING_STORE_FIXTURE_H
#define PINNING_STORE_FIXTURE_H

#include "expect.h"
#include "suite.h"

#include <pinning/store.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each test has its own directory: base/store is the store, base/safe and base/unsafe are files for
 * links. */
static char base[64];
static char dir[96];

static char *at(const char *name)
{
    static char paths[16][1024];
    static unsigned next;
    char *path = paths[next++ % 16];

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
                               struct FTW *position)
{
    (void)st;
    (void)kind;
    (void)position;
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

/* Opens the store, reads _store (settings) or NAME.pins, and closes it. */
static inline enum pin_store_status read_from(const struct pin_store *store, bool settings,
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

/* The same with a store made for it; the text is discarded. */
static inline enum pin_store_status read_once(bool settings, const char *name,
                                              struct pin_error *err)
{
    struct pin_store store;
    struct pin_text text;
    enum pin_store_status status;

    *err = (struct pin_error){0};
    if (!pin_store_init(&store, dir, err))
        return PIN_STORE_ERROR;
    status = read_from(&store, settings, name, &text, err);
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

static inline const char *status_name(enum pin_store_status status)
{
    static const char *const names[] = {[PIN_STORE_FOUND] = "FOUND",
                                        [PIN_STORE_NONE] = "NONE",
                                        [PIN_STORE_UNSAFE] = "UNSAFE",
                                        [PIN_STORE_ERROR] = "ERROR"};
    return names[status];
}

static inline void expect_status(const char *name, enum pin_store_status expected,
                                 enum pin_store_status got)
{
    expect_text(name, status_name(expected), status_name(got));
}

static inline void expect_error(const char *name, enum pin_reason reason, int sys,
                                const struct pin_error *err)
{
    ck_assert_msg(err->reason == reason && err->sys == sys,
                  "%s: expected P%02d with errno %d, got P%02d with errno %d: %s", name, reason,
                  sys, err->reason, err->sys, err->text);
}

static inline TCase *fixture(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 900); /* ends what hangs */
    suite_add_tcase(suite, tcase);
    return tcase;
}

#endif
