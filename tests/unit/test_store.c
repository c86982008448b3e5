/* test_store.c - the directory and the files of a store, mostly ones that cannot be used. */
#include "store_fixture.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

/* ---- the path ---- */

static const struct {
    const char *path;
    bool ok;
} path_cases[] = {
    {"/nonexistent", true}, {"/", true},    {"/etc/", true}, {"", false},
    {"etc/ssl", false},     {"./x", false}, {"~/x", false},  {NULL, false},
};

START_TEST(path_absolute_only)
{
    struct pin_error err = {0};
    struct pin_store store;
    const char *path = path_cases[_i].path;
    const char *name = path != NULL ? case_name("store", path, strlen(path)) : "store/NULL";
    bool ok = pin_store_init(&store, path, &err);

    expect_bool(name, path_cases[_i].ok, ok);
    expect_error(name, ok ? PIN_OK : PIN_R_CONFIG, 0, &err);
    if (!ok)
        ck_assert_ptr_nonnull(strstr(err.text, "expected an absolute path"));
    pin_store_clear(&store);
    ck_assert_ptr_null(store.path);
    ck_assert_int_eq(store.mount, -1);
    pin_store_clear(&store);
}
END_TEST

START_TEST(zeroed_store_cleared)
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

START_TEST(directory_mode)
{
    struct pin_error err;

    ck_assert_int_eq(chmod(dir, dir_modes[_i].mode), 0);
    char name[32];
    snprintf(name, sizeof name, "store/directory-mode-%04o", (unsigned)dir_modes[_i].mode);
    expect_status(name, dir_modes[_i].status, read_once(false, "host", &err));
    if (dir_modes[_i].text != NULL) {
        ck_assert_int_eq(err.reason, PIN_R_UNSAFE);
        ck_assert_msg(strstr(err.text, dir_modes[_i].text) != NULL, "%s", err.text);
        ck_assert_ptr_nonnull(strstr(err.text, dir));
        ck_assert_ptr_nonnull(strstr(err.text, "chmod "));
    }
    ck_assert_int_eq(chmod(dir, 0755), 0);
    ck_assert_int_eq(read_once(false, "host", &err), PIN_STORE_FOUND);
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

static const char *const thing_names[] = {[NOTHING] = "nothing",
                                          [A_FILE] = "file",
                                          [AN_EMPTY_FILE] = "empty-file",
                                          [A_DIRECTORY] = "directory",
                                          [A_FIFO] = "fifo",
                                          [A_SOCKET] = "socket",
                                          [TO_SAFE] = "link-to-safe",
                                          [TO_UNSAFE] = "link-to-unsafe",
                                          [TO_NOTHING] = "link-to-nothing",
                                          [TO_ITSELF] = "link-to-itself",
                                          [TO_TO_SAFE] = "link-to-link-to-safe",
                                          [TO_TO_NOTHING] = "link-to-link-to-nothing",
                                          [TO_DIRECTORY] = "link-to-directory",
                                          [TO_FIFO] = "link-to-fifo",
                                          [TO_DEVICE] = "link-to-device",
                                          [TO_BELOW_A_FILE] = "link-below-a-file"};

static const char *name_of(const char *in_place_of, enum thing thing)
{
    static char name[64];

    snprintf(name, sizeof name, "store/%s-is-%s", in_place_of, thing_names[thing]);
    return name;
}

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

/* What is in place of the store. */
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

START_TEST(directory_of_other_kind_is_error)
{
    struct pin_error err;

    ck_assert_int_eq(rename(dir, at("away")), 0);
    make_thing(dir_cases[_i].thing, dir);
    const char *name = name_of("directory", dir_cases[_i].thing);
    expect_status(name, PIN_STORE_ERROR, read_once(true, NULL, &err));
    expect_error(name, dir_cases[_i].reason, dir_cases[_i].sys, &err);
    ck_assert_ptr_nonnull(strstr(err.text, dir));
    ck_assert_int_eq(remove(dir) != 0 && errno != ENOENT, 0);
    /* Control: a link to a good store is one. */
    ck_assert_int_eq(symlink("away", dir), 0);
    ck_assert_int_eq(read_once(true, NULL, &err), PIN_STORE_FOUND);
}
END_TEST

START_TEST(failed_open_leaves_nothing)
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

/* ---- what is in place of a file ---- */

static const struct {
    enum thing thing;
    enum pin_store_status pins, settings;
    enum pin_reason pins_reason, settings_reason;
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

START_TEST(file_of_any_kind)
{
    struct pin_error err;

    alarm(600); /* ends a read that waits for the writer of a FIFO */
    ck_assert_int_eq(unlink(at("store/host.pins")), 0);
    make_thing(file_cases[_i].thing, at("store/host.pins"));
    const char *name = name_of("file", file_cases[_i].thing);
    expect_status(name, file_cases[_i].pins, read_once(false, "host", &err));
    expect_error(name, file_cases[_i].pins_reason, file_cases[_i].sys, &err);
    if (err.reason != PIN_OK)
        ck_assert_ptr_nonnull(strstr(err.text, "store/host.pins"));
    alarm(0);
}
END_TEST

START_TEST(settings_of_any_kind)
{
    struct pin_error err;

    alarm(600);
    ck_assert_int_eq(unlink(at("store/_store")), 0);
    make_thing(file_cases[_i].thing, at("store/_store"));
    const char *name = name_of("settings", file_cases[_i].thing);
    expect_status(name, file_cases[_i].settings, read_once(true, NULL, &err));
    expect_error(name, file_cases[_i].settings_reason, file_cases[_i].sys, &err);
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

START_TEST(file_mode)
{
    static const char *const files[] = {"store/host.pins", "store/_store"};
    struct pin_error err;

    for (int settings = 0; settings < 2; settings++) {
        ck_assert_int_eq(chmod(at(files[settings]), file_modes[_i].mode), 0);
        char name[64];
        snprintf(name, sizeof name, "%s, mode %04o", files[settings],
                 (unsigned)file_modes[_i].mode);
        expect_status(name, file_modes[_i].text == NULL ? PIN_STORE_FOUND : PIN_STORE_UNSAFE,
                      read_once(settings, "host", &err));
        expect_error(name, file_modes[_i].text == NULL ? PIN_OK : PIN_R_UNSAFE, 0, &err);
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

START_TEST(file_name)
{
    struct pin_error err;
    char name[6000];
    char path[6100];

    memset(name, 'a', name_cases[_i].repeat);
    strcpy(name + name_cases[_i].repeat, name_cases[_i].name);
    strcat(strcat(strcat(strcpy(path, dir), "/"), name), ".pins");
    if (name_cases[_i].make)
        make_file(path, "x", 0644);
    const char *case_is = case_name("store", name, strlen(name));
    expect_status(case_is, name_cases[_i].status, read_once(false, name, &err));
    expect_error(case_is, name_cases[_i].status == PIN_STORE_ERROR ? PIN_R_INTERNAL : PIN_OK, 0,
                 &err);
}
END_TEST

/* A name over the limit is NONE without a system call: this directory is not open. */
START_TEST(long_name_not_opened)
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

/* ---- from one lookup to the next ---- */

START_TEST(replaced_file_read)
{
    struct pin_store store;
    struct pin_error err = {0};
    struct pin_text text;

    ck_assert(pin_store_init(&store, dir, &err));
    ck_assert_int_eq(read_from(&store, false, "host", &text, &err), PIN_STORE_FOUND);
    ck_assert_str_eq(text.bytes, "pins");
    pin_text_clear(&text);

    make_file(at("new"), "newer pins", 0644);
    ck_assert_int_eq(rename(at("new"), at("store/host.pins")), 0);
    ck_assert_int_eq(read_from(&store, false, "host", &text, &err), PIN_STORE_FOUND);
    ck_assert_str_eq(text.bytes, "newer pins");
    pin_text_clear(&text);

    ck_assert_int_eq(unlink(at("store/host.pins")), 0);
    ck_assert_int_eq(read_from(&store, false, "host", &text, &err), PIN_STORE_NONE);

    ck_assert_int_eq(rename(dir, at("away")), 0);
    ck_assert_int_eq(read_from(&store, false, "host", &text, &err), PIN_STORE_ERROR);
    ck_assert_int_eq(mkdir(dir, 0755), 0);
    make_file(at("store/host.pins"), "a different store", 0644);
    ck_assert_int_eq(read_from(&store, true, NULL, &text, &err), PIN_STORE_ERROR);
    ck_assert_int_eq(err.reason, PIN_R_NO_STORE);
    ck_assert_int_eq(read_from(&store, false, "host", &text, &err), PIN_STORE_FOUND);
    ck_assert_str_eq(text.bytes, "a different store");
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

START_TEST(no_descriptor_left_open)
{
    int before = open_descriptors();
    struct pin_error err;

    for (size_t i = 0; i < sizeof(file_cases) / sizeof(file_cases[0]); i++) {
        nftw(base, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        set_up();
        ck_assert_int_eq(unlink(at("store/host.pins")), 0);
        make_thing(file_cases[i].thing, at("store/host.pins"));
        ck_assert_int_eq(read_once(false, "host", &err), file_cases[i].pins);
        ck_assert_int_eq(open_descriptors(), before);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *tcase = fixture(suite, "store");

    SUITE_CASES(tcase, path_absolute_only, path_cases);
    tcase_add_test(tcase, zeroed_store_cleared);
    SUITE_CASES(tcase, directory_mode, dir_modes);
    SUITE_CASES(tcase, directory_of_other_kind_is_error, dir_cases);
    tcase_add_test(tcase, failed_open_leaves_nothing);
    SUITE_CASES(tcase, file_of_any_kind, file_cases);
    SUITE_CASES(tcase, settings_of_any_kind, file_cases);
    SUITE_CASES(tcase, file_mode, file_modes);
    SUITE_CASES(tcase, file_name, name_cases);
    tcase_add_test(tcase, long_name_not_opened);
    tcase_add_test(tcase, replaced_file_read);
    tcase_add_test(tcase, no_descriptor_left_open);
    return suite_run(suite);
}
