/* test_store_read.c - the contents of a file: sizes, short reads, errors. */
#undef _FORTIFY_SOURCE /* read(2) and openat(2) are replaced below */

#include "store_fixture.h"

#include <errno.h>
#include <sys/syscall.h>

#define MIB (1024 * 1024)

/* Faults in the system calls of the store, as a bad file system or a signal causes them. */
static struct {
    unsigned chunk;     /* at most so many bytes a read, 0: no limit */
    unsigned interrupt; /* so many calls fail with EINTR before one succeeds */
    unsigned so_far;
    int read_error; /* every read fails with this */
    int met;        /* how many faults there were */
} fault;

static bool interrupted(void)
{
    if (fault.so_far < fault.interrupt) {
        fault.so_far++;
        fault.met++;
        errno = EINTR;
        return true;
    }
    fault.so_far = 0;
    return false;
}

ssize_t read(int fd, void *buf, size_t n)
{
    if (interrupted())
        return -1;
    if (fault.read_error != 0) {
        fault.met++;
        errno = fault.read_error;
        return -1;
    }
    if (fault.chunk != 0 && n > fault.chunk) {
        fault.met++;
        n = fault.chunk;
    }
    return syscall(SYS_read, fd, buf, n);
}

int openat(int from, const char *path, int flags, ...)
{
    return interrupted() ? -1 : (int)syscall(SYS_openat, from, path, flags, 0);
}

static const struct {
    size_t size;
    bool found;
} size_cases[] = {
    {0, true},     {1, true},       {511, true}, {512, true},      {513, true},      {4096, true},
    {70000, true}, {MIB - 1, true}, {MIB, true}, {MIB + 1, false}, {2 * MIB, false},
};

static char *make_sized(const char *path, size_t size)
{
    char *bytes = malloc(size + 1);

    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 7 + i / 251); /* NULs too */
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    return bytes;
}

static void check_size(size_t size, bool found)
{
    struct pin_store store;
    struct pin_error err = {0};
    struct pin_text text;
    char *bytes = make_sized(at("store/host.pins"), size);

    free(make_sized(at("store/_store"), size));
    ck_assert(pin_store_init(&store, dir, &err));
    for (int settings = 0; settings < 2; settings++) {
        char name[64];
        snprintf(name, sizeof name, "store/%s-of-%zu-bytes", settings ? "settings" : "file", size);
        expect_status(name, found ? PIN_STORE_FOUND : PIN_STORE_ERROR,
                      read_from(&store, settings, "host", &text, &err));
        if (found) {
            ck_assert_uint_eq(text.len, size);
            ck_assert_int_eq(memcmp(text.bytes, bytes, size), 0);
            ck_assert_int_eq(text.bytes[size], '\0');
        } else {
            ck_assert_int_eq(err.reason, settings ? PIN_R_NO_STORE : PIN_R_SYNTAX);
            ck_assert_ptr_nonnull(strstr(err.text, "1048576"));
            ck_assert_ptr_null(text.bytes);
        }
        pin_text_clear(&text);
        ck_assert_ptr_null(text.bytes);
        ck_assert_uint_eq(text.len, 0);
    }
    pin_store_clear(&store);
    free(bytes);
}

START_TEST(size_limit)
{
    check_size(size_cases[_i].size, size_cases[_i].found);
}
END_TEST

START_TEST(short_reads_and_signals)
{
    fault.chunk = size_cases[_i].size < 5000 ? 7 : 65521;
    fault.interrupt = 2;
    check_size(size_cases[_i].size, size_cases[_i].found);
    ck_assert_int_gt(fault.met, 0);
    memset(&fault, 0, sizeof(fault));
}
END_TEST

START_TEST(failed_read_is_error)
{
    struct pin_error err;

    fault.read_error = EIO;
    ck_assert_int_eq(read_once(false, "host", &err), PIN_STORE_ERROR);
    ck_assert_int_eq(err.reason, PIN_R_UNREADABLE);
    ck_assert_int_eq(err.sys, EIO);
    ck_assert_int_eq(read_once(true, NULL, &err), PIN_STORE_ERROR);
    ck_assert_int_eq(err.reason, PIN_R_STORE);
    memset(&fault, 0, sizeof(fault));
}
END_TEST

/* Files of /proc have size 0 and contents: a file that grows looks the same. */
static const char *const growing_cases[] = {"/proc/self/status", "/proc/kallsyms"};

START_TEST(growing_file_read_whole)
{
    struct pin_store store;
    struct pin_error err = {0};
    struct pin_text text;
    char *bytes = malloc(MIB + 1);
    FILE *file = fopen(growing_cases[_i], "r");
    bool small = file != NULL && fread(bytes, 1, MIB + 1, file) <= MIB;

    if (file != NULL)
        fclose(file);
    free(bytes);
    if (!is_root(__func__))
        return;
    ck_assert_int_eq(unlink(at("store/host.pins")), 0);
    ck_assert_int_eq(symlink(growing_cases[_i], at("store/host.pins")), 0);
    ck_assert(pin_store_init(&store, dir, &err));
    ck_assert_int_eq(read_from(&store, false, "host", &text, &err),
                     small ? PIN_STORE_FOUND : PIN_STORE_ERROR);
    ck_assert_int_eq(err.reason, small ? PIN_OK : PIN_R_SYNTAX);
    if (small) {
        ck_assert_uint_gt(text.len, 512);
        ck_assert_uint_eq(strlen(text.bytes), text.len);
    }
    pin_text_clear(&text);
    pin_store_clear(&store);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store_read");
    TCase *tcase = fixture(suite, "store_read");

    SUITE_CASES(tcase, size_limit, size_cases);
    SUITE_CASES(tcase, short_reads_and_signals, size_cases);
    tcase_add_test(tcase, failed_read_is_error);
    SUITE_CASES(tcase, growing_file_read_whole, growing_cases);
    return suite_run(suite);
}
