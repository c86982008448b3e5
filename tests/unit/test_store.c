/*
 * test_store.c - what is written for that name? Mostly: what must not be taken for "nothing".
 */
#undef _FORTIFY_SOURCE /* read(2) and openat(2) are replaced below */

#include "store_fixture.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#define MIB (1024 * 1024)

/* Faults put into the store's system calls, as a bad file system or a signal would. */
static struct {
    unsigned chunk;     /* at most so many bytes a read, 0: no limit */
    unsigned interrupt; /* so many calls fail with EINTR before one succeeds */
    unsigned so_far;
    int read_error; /* every read fails with this */
    int met;        /* how often a fault was met */
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

/* ---- the path ---- */

static const struct {
    const char *path;
    bool ok;
} path_cases[] = {
    {"/nonexistent", true}, {"/", true},    {"/etc/", true}, {"", false},
    {"etc/ssl", false},     {"./x", false}, {"~/x", false},  {NULL, false},
};

START_TEST(test_path)
{
    struct pin_error err = {0};
    struct pin_store store;
    bool ok = pin_store_init(&store, path_cases[_i].path, &err);

    ck_assert_int_eq(ok, path_cases[_i].ok);
    ck_assert_int_eq(err.reason, ok ? PIN_OK : PIN_R_CONFIG);
    if (!ok)
        ck_assert_ptr_nonnull(strstr(err.text, "expected an absolute path"));
    pin_store_clear(&store);
    ck_assert_ptr_null(store.path);
    ck_assert_int_eq(store.mount, -1);
    pin_store_clear(&store);
}
END_TEST

START_TEST(test_clear_zeroed)
{
    struct pin_store store = {0};

    pin_store_clear(&store); /* must not close descriptor 0 */
    pin_store_clear(NULL);
    pin_text_clear(NULL);
    ck_assert_int_ge(fcntl(0, F_GETFD), 0);
}
END_TEST

/* ---- the directory ---- */

static const struct {
    mode_t mode;
    enum pin_store_status status;
    const char *text;
} dir_modes[] = {
    {0755, PIN_STORE_FOUND, NULL},
    {0700, PIN_STORE_FOUND, NULL},
    {0555, PIN_STORE_FOUND, NULL},
    {02755, PIN_STORE_FOUND, NULL},
    {0775, PIN_STORE_UNSAFE, "is writable by group (mode 0775)"},
    {0757, PIN_STORE_UNSAFE, "is writable by others (mode 0757)"},
    {0777, PIN_STORE_UNSAFE, "is writable by group and others (mode 0777)"},
    {01777, PIN_STORE_UNSAFE, "is writable by group and others (mode 1777)"},
    {0720, PIN_STORE_UNSAFE, "is writable by group (mode 0720)"},
};

START_TEST(test_dir_mode)
{
    struct pin_error err;

    ck_assert_int_eq(chmod(dir, dir_modes[_i].mode), 0);
    ck_assert_int_eq(look_once(false, "host", &err), dir_modes[_i].status);
    if (dir_modes[_i].text != NULL) {
        ck_assert_int_eq(err.reason, PIN_R_UNSAFE);
        ck_assert_msg(strstr(err.text, dir_modes[_i].text) != NULL, "%s", err.text);
        ck_assert_ptr_nonnull(strstr(err.text, dir));
        ck_assert_ptr_nonnull(strstr(err.text, "chmod "));
    }
    ck_assert_int_eq(chmod(dir, 0755), 0);
    ck_assert_int_eq(look_once(false, "host", &err), PIN_STORE_FOUND);
}
END_TEST

enum thing {
    NOTHING,
    A_FILE,
    AN_EMPTY_FILE,
    A_DIRECTORY,
    A_FIFO,
    A_SOCKET,
    TO_SAFE,
    TO_UNSAFE,
    TO_NOTHING,
    TO_ITSELF,
    TO_TO_SAFE,
    TO_TO_NOTHING,
    TO_DIRECTORY,
    TO_FIFO,
    TO_DEVICE,
    TO_BELOW_A_FILE
};

static void make_socket(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    close(fd);
}

static void make_thing(enum thing thing, const char *path)
{
    static const char *const links[] = {
        [TO_SAFE] = "safe",    [TO_UNSAFE] = "unsafe",       [TO_NOTHING] = "nothing",
        [TO_TO_SAFE] = "link", [TO_TO_NOTHING] = "dangling", [TO_DIRECTORY] = ".",
        [TO_FIFO] = "fifo",    [TO_BELOW_A_FILE] = "safe/x",
    };

    ck_assert_int_eq(symlink("safe", at("link")), 0);
    ck_assert_int_eq(symlink("nothing", at("dangling")), 0);
    ck_assert_int_eq(mkfifo(at("fifo"), 0644), 0);
    if (thing == A_FILE)
        make_file(path, "text", 0644);
    else if (thing == AN_EMPTY_FILE)
        make_file(path, "", 0644);
    else if (thing == A_DIRECTORY)
        ck_assert_int_eq(mkdir(path, 0755), 0);
    else if (thing == A_FIFO)
        ck_assert_int_eq(mkfifo(path, 0644), 0);
    else if (thing == A_SOCKET)
        make_socket(path);
    else if (thing == TO_ITSELF)
        ck_assert_int_eq(symlink(path, path), 0);
    else if (thing == TO_DEVICE)
        ck_assert_int_eq(symlink("/dev/zero", path), 0);
    else if (thing != NOTHING)
        ck_assert_int_eq(symlink(at(links[thing]), path), 0);
}

/* What stands where the store should be. */
static const struct {
    enum thing thing;
    enum pin_reason reason;
    int sys;
} dir_cases[] = {
    {NOTHING, PIN_R_STORE, ENOENT},    {A_FILE, PIN_R_STORE, ENOTDIR},
    {A_FIFO, PIN_R_STORE, ENOTDIR},    {A_SOCKET, PIN_R_STORE, ENOTDIR},
    {A_DIRECTORY, PIN_R_NO_STORE, 0},  {TO_NOTHING, PIN_R_STORE, ENOENT},
    {TO_ITSELF, PIN_R_STORE, ELOOP},   {TO_SAFE, PIN_R_STORE, ENOTDIR},
    {TO_DEVICE, PIN_R_STORE, ENOTDIR}, {TO_BELOW_A_FILE, PIN_R_STORE, ENOTDIR},
};

START_TEST(test_no_dir)
{
    struct pin_error err;

    ck_assert_int_eq(rename(dir, at("away")), 0);
    make_thing(dir_cases[_i].thing, dir);
    ck_assert_int_eq(look_once(true, NULL, &err), PIN_STORE_ERROR);
    ck_assert_int_eq(err.reason, dir_cases[_i].reason);
    ck_assert_int_eq(err.sys, dir_cases[_i].sys);
    ck_assert_ptr_nonnull(strstr(err.text, dir));
    ck_assert_int_eq(remove(dir) != 0 && errno != ENOENT, 0);
    /* The twin: a link to a good store is one. */
    ck_assert_int_eq(symlink("away", dir), 0);
    ck_assert_int_eq(look_once(true, NULL, &err), PIN_STORE_FOUND);
}
END_TEST

START_TEST(test_enter_failed_leaves_nothing)
{
    struct pin_error err = {0};
    struct pin_store store;
    struct pin_store_handle handle;

    ck_assert(pin_store_init(&store, at("nowhere"), &err));
    ck_assert_int_eq(pin_store_open(&store, &handle, &err), PIN_STORE_ERROR);
    ck_assert_int_eq(handle.dir, -1);
    pin_store_close(&handle);
    ck_assert_int_eq(mkdir(at("nowhere"), 0777), 0);
    ck_assert_int_eq(chmod(at("nowhere"), 0777), 0);
    ck_assert_int_eq(pin_store_open(&store, &handle, &err), PIN_STORE_UNSAFE);
    ck_assert_int_eq(handle.dir, -1);
    pin_store_close(&handle);
    pin_store_clear(&store);
}
END_TEST

/* ---- what stands under the name of a file ---- */

static const struct {
    enum thing thing;
    enum pin_store_status pins, settings;
    enum pin_reason pins_reason, head_reason;
    int sys;
} file_cases[] = {
    {NOTHING, PIN_STORE_NONE, PIN_STORE_ERROR, PIN_OK, PIN_R_NO_STORE, 0},
    {A_FILE, PIN_STORE_FOUND, PIN_STORE_FOUND, PIN_OK, PIN_OK, 0},
    {AN_EMPTY_FILE, PIN_STORE_FOUND, PIN_STORE_FOUND, PIN_OK, PIN_OK, 0},
    {A_DIRECTORY, PIN_STORE_ERROR, PIN_STORE_ERROR, PIN_R_UNREADABLE, PIN_R_STORE, 0},
    {A_FIFO, PIN_STORE_ERROR, PIN_STORE_ERROR, PIN_R_UNREADABLE, PIN_R_STORE, 0},
    {A_SOCKET, PIN_STORE_ERROR, PIN_STORE_ERROR, PIN_R_UNREADABLE, PIN_R_STORE, ENXIO},
    {TO_SAFE, PIN_STORE_FOUND, PIN_STORE_FOUND, PIN_OK, PIN_OK, 0},
    {TO_UNSAFE, PIN_STORE_UNSAFE, PIN_STORE_UNSAFE, PIN_R_UNSAFE, PIN_R_UNSAFE, 0},
    {TO_NOTHING, PIN_STORE_ERROR, PIN_STORE_ERROR, PIN_R_UNREADABLE, PIN_R_STORE, 0},
    {TO_ITSELF, PIN_STORE_ERROR, PIN_STORE_ERROR, PIN_R_UNREADABLE, PIN_R_STORE, ELOOP},
    {TO_TO_SAFE, PIN_STORE_FOUND, PIN_STORE_FOUND, PIN_OK, PIN_OK, 0},
    {TO_TO_NOTHING, PIN_STORE_ERROR, PIN_STORE_ERROR, PIN_R_UNREADABLE, PIN_R_STORE, 0},
    {TO_DIRECTORY, PIN_STORE_ERROR, PIN_STORE_ERROR, PIN_R_UNREADABLE, PIN_R_STORE, 0},
    {TO_FIFO, PIN_STORE_ERROR, PIN_STORE_ERROR, PIN_R_UNREADABLE, PIN_R_STORE, 0},
    {TO_DEVICE, PIN_STORE_ERROR, PIN_STORE_ERROR, PIN_R_UNREADABLE, PIN_R_STORE, 0},
    {TO_BELOW_A_FILE, PIN_STORE_ERROR, PIN_STORE_ERROR, PIN_R_UNREADABLE, PIN_R_STORE, ENOTDIR},
};

START_TEST(test_file)
{
    struct pin_error err;

    alarm(20); /* a FIFO must not be waited for */
    ck_assert_int_eq(unlink(at("store/host.pins")), 0);
    make_thing(file_cases[_i].thing, at("store/host.pins"));
    ck_assert_int_eq(look_once(false, "host", &err), file_cases[_i].pins);
    ck_assert_int_eq(err.reason, file_cases[_i].pins_reason);
    ck_assert_int_eq(err.sys, file_cases[_i].sys);
    if (err.reason != PIN_OK)
        ck_assert_ptr_nonnull(strstr(err.text, "store/host.pins"));
    alarm(0);
}
END_TEST

START_TEST(test_head)
{
    struct pin_error err;

    alarm(20);
    ck_assert_int_eq(unlink(at("store/_store")), 0);
    make_thing(file_cases[_i].thing, at("store/_store"));
    ck_assert_int_eq(look_once(true, NULL, &err), file_cases[_i].settings);
    ck_assert_int_eq(err.reason, file_cases[_i].head_reason);
    ck_assert_int_eq(err.sys, file_cases[_i].sys);
    if (file_cases[_i].thing == NOTHING) {
        ck_assert_ptr_nonnull(strstr(err.text, "does not contain _store"));
        ck_assert_ptr_nonnull(strstr(err.text, "touch /tmp/"));
    } else if (err.reason != PIN_OK) {
        ck_assert_ptr_nonnull(strstr(err.text, "store/_store"));
    }
    alarm(0);
}
END_TEST

static const struct {
    mode_t mode;
    const char *text; /* NULL: found */
} file_modes[] = {
    {0644, NULL},
    {0600, NULL},
    {0444, NULL},
    {0640, NULL},
    {0664, "is writable by group (mode 0664), expected only by its owner: chmod g-w "},
    {0646, "is writable by others (mode 0646), expected only by its owner: chmod o-w "},
    {0666, "is writable by group and others (mode 0666), expected only by its owner: chmod go-w "},
    {0620, "is writable by group"},
    {0602, "is writable by others"},
};

START_TEST(test_file_mode)
{
    static const char *const files[] = {"store/host.pins", "store/_store"};
    struct pin_error err;

    for (int settings = 0; settings < 2; settings++) {
        ck_assert_int_eq(chmod(at(files[settings]), file_modes[_i].mode), 0);
        ck_assert_int_eq(look_once(settings, "host", &err),
                         file_modes[_i].text == NULL ? PIN_STORE_FOUND : PIN_STORE_UNSAFE);
        ck_assert_int_eq(err.reason, file_modes[_i].text == NULL ? PIN_OK : PIN_R_UNSAFE);
        if (file_modes[_i].text != NULL)
            ck_assert_msg(strstr(err.text, file_modes[_i].text) != NULL, "%s", err.text);
    }
}
END_TEST

/* ---- names ---- */

static const struct {
    const char *name;
    size_t repeat; /* that many 'a' before it */
    enum pin_store_status status;
    bool make;
} name_cases[] = {
    {"host", 0, PIN_STORE_FOUND, false},     {"hos", 0, PIN_STORE_NONE, false},
    {"host.pins", 0, PIN_STORE_NONE, false}, {"_default", 0, PIN_STORE_FOUND, true},
    {"_nameless", 0, PIN_STORE_FOUND, true}, {"2001:db8::1", 0, PIN_STORE_FOUND, true},
    {"%s%n", 0, PIN_STORE_FOUND, true},      {"", 250, PIN_STORE_FOUND, true},
    {"", 250, PIN_STORE_NONE, false},        {"", 251, PIN_STORE_NONE, false},
    {"", 5000, PIN_STORE_NONE, false},       {"", 0, PIN_STORE_ERROR, false},
    {"../safe", 0, PIN_STORE_ERROR, false},  {"/etc/passwd", 0, PIN_STORE_ERROR, false},
    {"a/b", 0, PIN_STORE_ERROR, false},      {"/", 5000, PIN_STORE_ERROR, false},
    {".", 0, PIN_STORE_ERROR, false},        {"..", 0, PIN_STORE_ERROR, false},
    {".host", 0, PIN_STORE_ERROR, false},
};

START_TEST(test_name)
{
    struct pin_error err;
    char name[6000];
    char path[6100];

    memset(name, 'a', name_cases[_i].repeat);
    strcpy(name + name_cases[_i].repeat, name_cases[_i].name);
    strcat(strcat(strcat(strcpy(path, dir), "/"), name), ".pins");
    if (name_cases[_i].make)
        make_file(path, "x", 0644);
    ck_assert_int_eq(look_once(false, name, &err), name_cases[_i].status);
    ck_assert_int_eq(err.reason,
                     name_cases[_i].status == PIN_STORE_ERROR ? PIN_R_INTERNAL : PIN_OK);
}
END_TEST

/* Over the limit not even the directory is asked: this one cannot be. */
START_TEST(test_long_name_is_not_opened)
{
    struct pin_store store = {.path = dir, .mount = -1};
    struct pin_store_handle handle = {.store = &store, .dir = -1};
    struct pin_error err = {0};
    struct pin_text text;
    char name[252];

    memset(name, 'a', sizeof(name));
    name[251] = '\0';
    ck_assert_int_eq(pin_store_read(&handle, name, &text, &err), PIN_STORE_NONE);
    name[250] = '\0';
    ck_assert_int_eq(pin_store_read(&handle, name, &text, &err), PIN_STORE_ERROR);
    ck_assert_int_eq(err.reason, PIN_R_UNREADABLE);
    ck_assert_int_eq(err.sys, EBADF);
}
END_TEST

/* ---- what is read ---- */

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
        ck_assert_int_eq(lookup(&store, settings, "host", &text, &err),
                         found ? PIN_STORE_FOUND : PIN_STORE_ERROR);
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

START_TEST(test_size)
{
    check_size(size_cases[_i].size, size_cases[_i].found);
}
END_TEST

START_TEST(test_short_reads_and_signals)
{
    fault.chunk = size_cases[_i].size < 5000 ? 7 : 65521;
    fault.interrupt = 2;
    check_size(size_cases[_i].size, size_cases[_i].found);
    ck_assert_int_gt(fault.met, 0);
    memset(&fault, 0, sizeof(fault));
}
END_TEST

START_TEST(test_read_fails)
{
    struct pin_error err;

    fault.read_error = EIO;
    ck_assert_int_eq(look_once(false, "host", &err), PIN_STORE_ERROR);
    ck_assert_int_eq(err.reason, PIN_R_UNREADABLE);
    ck_assert_int_eq(err.sys, EIO);
    ck_assert_int_eq(look_once(true, NULL, &err), PIN_STORE_ERROR);
    ck_assert_int_eq(err.reason, PIN_R_STORE);
    memset(&fault, 0, sizeof(fault));
}
END_TEST

/* Files of /proc say that they are empty and then are not: so does one that grows. */
static const char *const growing_cases[] = {"/proc/self/status", "/proc/kallsyms"};

START_TEST(test_growing)
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
    ck_assert_int_eq(lookup(&store, false, "host", &text, &err),
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

/* ---- from one visit to the next ---- */

START_TEST(test_replaced)
{
    struct pin_store store;
    struct pin_error err = {0};
    struct pin_text text;

    ck_assert(pin_store_init(&store, dir, &err));
    ck_assert_int_eq(lookup(&store, false, "host", &text, &err), PIN_STORE_FOUND);
    ck_assert_str_eq(text.bytes, "pins");
    pin_text_clear(&text);

    make_file(at("new"), "newer pins", 0644);
    ck_assert_int_eq(rename(at("new"), at("store/host.pins")), 0);
    ck_assert_int_eq(lookup(&store, false, "host", &text, &err), PIN_STORE_FOUND);
    ck_assert_str_eq(text.bytes, "newer pins");
    pin_text_clear(&text);

    ck_assert_int_eq(unlink(at("store/host.pins")), 0);
    ck_assert_int_eq(lookup(&store, false, "host", &text, &err), PIN_STORE_NONE);

    ck_assert_int_eq(rename(dir, at("away")), 0);
    ck_assert_int_eq(lookup(&store, false, "host", &text, &err), PIN_STORE_ERROR);
    ck_assert_int_eq(mkdir(dir, 0755), 0);
    make_file(at("store/host.pins"), "another store", 0644);
    ck_assert_int_eq(lookup(&store, true, NULL, &text, &err), PIN_STORE_ERROR);
    ck_assert_int_eq(err.reason, PIN_R_NO_STORE);
    ck_assert_int_eq(lookup(&store, false, "host", &text, &err), PIN_STORE_FOUND);
    ck_assert_str_eq(text.bytes, "another store");
    pin_text_clear(&text);
    pin_store_clear(&store);
}
END_TEST

static int open_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

START_TEST(test_nothing_stays_open)
{
    int prev_security_cb = open_descriptors();
    struct pin_error err;

    for (size_t i = 0; i < sizeof(file_cases) / sizeof(file_cases[0]); i++) {
        nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        set_up();
        ck_assert_int_eq(unlink(at("store/host.pins")), 0);
        make_thing(file_cases[i].thing, at("store/host.pins"));
        ck_assert_int_eq(look_once(false, "host", &err), file_cases[i].pins);
        ck_assert_int_eq(open_descriptors(), prev_security_cb);
    }
}
END_TEST

static Suite *store_suite(void)
{
    Suite *suite = suite_create("store");
    TCase *tcase = fixture(suite, "directory");

    LOOP(test_path, path_cases);
    tcase_add_test(tcase, test_clear_zeroed);
    LOOP(test_dir_mode, dir_modes);
    LOOP(test_no_dir, dir_cases);
    tcase_add_test(tcase, test_enter_failed_leaves_nothing);

    tcase = fixture(suite, "file");
    LOOP(test_file, file_cases);
    LOOP(test_head, file_cases);
    LOOP(test_file_mode, file_modes);
    LOOP(test_name, name_cases);
    tcase_add_test(tcase, test_long_name_is_not_opened);
    LOOP(test_size, size_cases);
    LOOP(test_short_reads_and_signals, size_cases);
    tcase_add_test(tcase, test_read_fails);
    LOOP(test_growing, growing_cases);
    tcase_add_test(tcase, test_replaced);
    tcase_add_test(tcase, test_nothing_stays_open);
    return suite;
}

int main(void)
{
    return run(store_suite());
}
