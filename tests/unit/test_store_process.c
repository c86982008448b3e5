/* test_store_process.c - the store in processes with fewer rights: other users, chroots,
 * namespaces, sandboxes, without descriptors. Each case is a child process. */
#include "child.h"
#include "confine.h"
#include "store_fixture.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define UID_NOBODY 65534
#define SOMEBODY   12345

/* In a child, where Check's assertions do not work. */
static void must_be(const char *name, enum pin_store_status expected, enum pin_store_status got)
{
    if (expected == got)
        return;
    fprintf(stderr, "store/%s: expected %s, got %s\n", name, status_name(expected),
            status_name(got));
    _exit(1);
}

/* ---- owners ---- */

/* as: the user of the process. Only root can run these cases. */
static const struct {
    const char *name;
    uid_t as, dir_owner, settings_owner, file_owner;
    bool set_id;
    enum pin_store_status settings, pins;
} owner_cases[] = {
    {"root/root", 0, 0, 0, 0, false, PIN_STORE_FOUND, PIN_STORE_FOUND},
    {"root/directory-of-a-user", 0, SOMEBODY, 0, 0, false, PIN_STORE_UNSAFE, PIN_STORE_UNSAFE},
    {"root/settings-of-a-user", 0, 0, SOMEBODY, 0, false, PIN_STORE_UNSAFE, PIN_STORE_FOUND},
    {"root/file-of-a-user", 0, 0, 0, SOMEBODY, false, PIN_STORE_FOUND, PIN_STORE_UNSAFE},
    {"root/directory-of-nobody", 0, UID_NOBODY, 0, 0, false, PIN_STORE_UNSAFE, PIN_STORE_UNSAFE},
    {"root/file-of-nobody", 0, 0, 0, UID_NOBODY, false, PIN_STORE_FOUND, PIN_STORE_UNSAFE},
    {"user/root", UID_NOBODY, 0, 0, 0, false, PIN_STORE_FOUND, PIN_STORE_FOUND},
    {"user/own", UID_NOBODY, UID_NOBODY, UID_NOBODY, UID_NOBODY, false, PIN_STORE_FOUND,
     PIN_STORE_FOUND},
    {"user/directory-of-another-user", UID_NOBODY, SOMEBODY, 0, 0, false, PIN_STORE_UNSAFE,
     PIN_STORE_UNSAFE},
    {"user/settings-of-another-user", UID_NOBODY, 0, SOMEBODY, UID_NOBODY, false, PIN_STORE_UNSAFE,
     PIN_STORE_FOUND},
    {"user/file-of-another-user", UID_NOBODY, 0, 0, SOMEBODY, false, PIN_STORE_FOUND,
     PIN_STORE_UNSAFE},
    {"set-id/root", UID_NOBODY, 0, 0, 0, true, PIN_STORE_FOUND, PIN_STORE_FOUND},
    {"set-id/own-directory", UID_NOBODY, UID_NOBODY, 0, 0, true, PIN_STORE_UNSAFE,
     PIN_STORE_UNSAFE},
    {"set-id/own-settings", UID_NOBODY, 0, UID_NOBODY, 0, true, PIN_STORE_UNSAFE, PIN_STORE_FOUND},
    {"set-id/own-file", UID_NOBODY, 0, 0, UID_NOBODY, true, PIN_STORE_FOUND, PIN_STORE_UNSAFE},
    {"set-id-root/root", 0, 0, 0, 0, true, PIN_STORE_FOUND, PIN_STORE_FOUND},
};
static int owner_case;

static void owners(void)
{
    struct pin_store store;
    struct pin_error err = {0};
    struct pin_text text;
    int i = owner_case;

    MUST(chown(dir, owner_cases[i].dir_owner, 0) == 0);
    MUST(chown(at("store/_store"), owner_cases[i].settings_owner, 0) == 0);
    MUST(chown(at("store/host.pins"), owner_cases[i].file_owner, 0) == 0);
    MUST(seteuid(owner_cases[i].as) == 0);
    MUST(pin_store_init(&store, dir, &err));
    store.set_id = owner_cases[i].set_id;
    must_be(owner_cases[i].name, owner_cases[i].settings,
            read_from(&store, true, NULL, &text, &err));
    if (owner_cases[i].settings == PIN_STORE_UNSAFE) {
        MUST(err.reason == PIN_R_UNSAFE);
        MUST(strstr(err.text, "belongs to uid ") != NULL);
        MUST(strstr(err.text, "chown root /tmp/") != NULL);
    }
    must_be(owner_cases[i].name, owner_cases[i].pins,
            read_from(&store, false, "host", &text, &err));
}

START_TEST(owner)
{
    owner_case = _i;
    if (is_root(__func__))
        in_child(owners);
}
END_TEST

/* ---- what the process may not do ---- */

static void without_permission(void)
{
    struct pin_error err;

    MUST(chmod(at("store/host.pins"), 0600) == 0);
    MUST(seteuid(UID_NOBODY) == 0);
    MUST(read_once(true, NULL, &err) == PIN_STORE_FOUND);
    MUST(read_once(false, "host", &err) == PIN_STORE_ERROR);
    MUST(err.reason == PIN_R_UNREADABLE && err.sys == EACCES);
    MUST(read_once(false, "other", &err) == PIN_STORE_NONE);
    MUST(seteuid(0) == 0 && chmod(dir, 0700) == 0 && seteuid(UID_NOBODY) == 0);
    MUST(read_once(false, "other", &err) == PIN_STORE_ERROR);
    MUST(err.reason == PIN_R_UNREADABLE && err.sys == EACCES);
    MUST(read_once(true, NULL, &err) == PIN_STORE_ERROR);
    MUST(err.reason == PIN_R_STORE && err.sys == EACCES);
    MUST(seteuid(0) == 0 && chmod(base, 0700) == 0 && seteuid(UID_NOBODY) == 0);
    MUST(read_once(true, NULL, &err) == PIN_STORE_ERROR);
    MUST(err.reason == PIN_R_STORE && err.sys == EACCES);
}

START_TEST(not_permitted_is_error)
{
    if (is_root(__func__))
        in_child(without_permission);
}
END_TEST

static void without_descriptors(void)
{
    struct pin_store store;
    struct pin_store_handle handle;
    struct pin_error err = {0};
    struct pin_text text;

    MUST(pin_store_init(&store, dir, &err));
    MUST(confine_descriptors(0));
    MUST(pin_store_open(&store, &handle, &err) == PIN_STORE_ERROR);
    MUST(err.reason == PIN_R_STORE && err.sys == EMFILE);
    err = (struct pin_error){0};
    MUST(confine_descriptors(1));
    MUST(pin_store_open(&store, &handle, &err) == PIN_STORE_FOUND);
    MUST(pin_store_read_settings(&handle, &text, &err) == PIN_STORE_ERROR);
    MUST(err.reason == PIN_R_STORE && err.sys == EMFILE);
    err = (struct pin_error){0};
    MUST(pin_store_read(&handle, "host", &text, &err) == PIN_STORE_ERROR);
    MUST(err.reason == PIN_R_UNREADABLE && err.sys == EMFILE);
    err = (struct pin_error){0};
    MUST(pin_store_read(&handle, "no-such-host", &text, &err) == PIN_STORE_ERROR);
    MUST(err.reason == PIN_R_UNREADABLE && err.sys == EMFILE);
    err = (struct pin_error){0};
    MUST(confine_descriptors(1));
    MUST(pin_store_read(&handle, "host", &text, &err) == PIN_STORE_FOUND);
    MUST(pin_store_read(&handle, "no-such-host", &text, &err) == PIN_STORE_NONE);
}

START_TEST(no_descriptor_is_error)
{
    in_child(without_descriptors);
}
END_TEST

/* ---- the detached mount, chroot ---- */

/* Makes a store. False if this process cannot have a detached mount. */
static bool has_mount(struct pin_store *store, const char *test)
{
    struct pin_error err = {0};
    long fd = syscall(SYS_open_tree, AT_FDCWD, dir, 1 /* OPEN_TREE_CLONE */);

    MUST(pin_store_init(store, dir, &err));
    if (fd < 0) {
        fprintf(stderr, "%s: skipped, open_tree(2) is not permitted\n", test);
        return false;
    }
    close((int)fd);
    MUST(store->mount >= 0);
    return true;
}

static void mount_out_of_the_way(void)
{
    struct pin_error err = {0};
    struct rlimit limit;
    struct pin_store store;
    struct stat in, up;
    int fd;

    MUST(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max > 1024 ? 1024 : limit.rlim_max;
    MUST(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (!has_mount(&store, __func__))
        return;
    MUST(store.mount >= 500);
    MUST(fcntl(store.mount, F_GETFD) == FD_CLOEXEC);
    MUST(fstat(store.mount, &in) == 0 && fstatat(store.mount, "..", &up, 0) == 0);
    MUST(in.st_dev == up.st_dev && in.st_ino == up.st_ino);
    fd = store.mount;
    pin_store_clear(&store);
    MUST(fcntl(fd, F_GETFD) < 0);

    limit.rlim_cur = 64;
    MUST(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    MUST(has_mount(&store, __func__));
    MUST(store.mount >= 32 && store.mount < 64);
    pin_store_clear(&store);

    /* Without a free descriptor there is no mount, and no error. */
    MUST(confine_descriptors(0));
    MUST(pin_store_init(&store, dir, &err));
    MUST(store.mount == -1 && err.reason == PIN_OK);
}

START_TEST(mount_above_500)
{
    if (is_root(__func__))
        in_child(mount_out_of_the_way);
}
END_TEST

/* A sandbox that kills the process for open_tree(2): it must not be tried. */
static void sandboxed(void)
{
    static const int calls[] = {SYS_open_tree};
    struct pin_store store;
    struct pin_error err = {0};
    struct pin_text text;

    if (confine_calls(calls, 1, SECCOMP_RET_KILL_PROCESS, 0) < 0) {
        fprintf(stderr, "%s: skipped, no seccomp\n", __func__);
        return;
    }
    MUST(pin_store_init(&store, dir, &err));
    MUST(store.mount == -1);
    MUST(read_from(&store, false, "host", &text, &err) == PIN_STORE_FOUND);
}

START_TEST(seccomp_makes_no_mount)
{
    in_child(sandboxed);
}
END_TEST

/* A different file has the number of the mount's descriptor: it is neither used nor closed. */
static void mount_taken_over(void)
{
    struct pin_store store;
    int fd, other;

    if (!has_mount(&store, __func__))
        return;
    fd = store.mount;
    other = open(base, O_PATH | O_DIRECTORY);
    MUST(dup2(other, fd) == fd);
    pin_store_clear(&store);
    MUST(fcntl(fd, F_GETFD) >= 0);
}

START_TEST(mount_taken_over_not_used)
{
    if (is_root(__func__))
        in_child(mount_taken_over);
}
END_TEST

/* What happens to the mount before the chroot, and what is found after it. */
enum fate { KEPT, KEPT_AS_NOBODY, CLOSED, REUSED };
static const struct {
    const char *name;
    enum fate fate;
    bool inside; /* the chroot contains a store under that path */
    enum pin_store_status status;
    const char *text;
} chroot_cases[] = {
    {"detached-mount-found", KEPT, false, PIN_STORE_FOUND, "pins"},
    {"detached-mount-before-inside", KEPT, true, PIN_STORE_FOUND, "pins"},
    {"detached-mount-as-nobody-found", KEPT_AS_NOBODY, false, PIN_STORE_FOUND, "pins"},
    {"detached-mount-closed-error", CLOSED, false, PIN_STORE_ERROR, NULL},
    {"detached-mount-closed-inside-found", CLOSED, true, PIN_STORE_FOUND, "inside"},
    {"detached-mount-taken-over-error", REUSED, false, PIN_STORE_ERROR, NULL},
    {"detached-mount-taken-over-inside-found", REUSED, true, PIN_STORE_FOUND, "inside"},
};
static int chroot_case;

static void make_inside(void)
{
    char path[1024];

    MUST(mkdir(at("jail"), 0755) == 0 && mkdir(at("jail/tmp"), 0755) == 0);
    if (!chroot_cases[chroot_case].inside)
        return;
    snprintf(path, sizeof(path), "%s/jail%s", base, base);
    MUST(mkdir(path, 0755) == 0);
    snprintf(path, sizeof(path), "%s/jail%s", base, dir);
    MUST(mkdir(path, 0755) == 0);
    snprintf(path, sizeof(path), "%s/jail%s/_store", base, dir);
    make_file(path, "", 0644);
    snprintf(path, sizeof(path), "%s/jail%s/host.pins", base, dir);
    make_file(path, "inside", 0644);
}

static void chrooted(void)
{
    enum fate fate = chroot_cases[chroot_case].fate;
    struct pin_store store;
    struct pin_error err;
    struct pin_text text;

    make_inside();
    if (!has_mount(&store, __func__) && (fate == KEPT || fate == KEPT_AS_NOBODY))
        return;
    if (fate == CLOSED || fate == REUSED) {
        close(store.mount);
        if (fate == REUSED && store.mount >= 0)
            MUST(dup2(open(at("jail"), O_PATH | O_DIRECTORY), store.mount) >= 0);
    }
    MUST(read_from(&store, false, "host", &text, &err) == PIN_STORE_FOUND);
    MUST(strcmp(text.bytes, "pins") == 0);
    if (chroot(at("jail")) != 0 || chdir("/") != 0) {
        fprintf(stderr, "%s: skipped, chroot(2) is not permitted\n", __func__);
        return;
    }
    if (fate == KEPT_AS_NOBODY)
        MUST(setgid(UID_NOBODY) == 0 && setuid(UID_NOBODY) == 0);
    for (int settings = 1; settings >= 0; settings--) {
        must_be(chroot_cases[chroot_case].name, chroot_cases[chroot_case].status,
                read_from(&store, settings, "host", &text, &err));
        if (chroot_cases[chroot_case].text == NULL) {
            MUST(err.reason == PIN_R_STORE && err.sys == ENOENT);
            MUST(strstr(err.text, "chroot") != NULL && strstr(err.text, dir) != NULL);
        } else {
            MUST(strcmp(text.bytes, settings ? "" : chroot_cases[chroot_case].text) == 0);
        }
    }
    if (fate == KEPT)
        MUST(read_from(&store, false, "none", &text, &err) == PIN_STORE_NONE);
}

START_TEST(chroot_store)
{
    chroot_case = _i;
    if (is_root(__func__))
        in_child(chrooted);
}
END_TEST

/* ---- mounts and user namespaces ---- */

/* How the store is mounted, and its owner and modes. */
static const struct {
    const char *name;
    bool read_only;
    mode_t dir_mode, file_mode;
    uid_t owner;
    enum pin_store_status status;
} mount_cases[] = {
    {"read-only-writable-found", true, 0777, 0666, 0, PIN_STORE_FOUND},
    {"read-only-sticky-foreign-found", true, 01777, 0777, SOMEBODY, PIN_STORE_FOUND},
    {"writable-directory-unsafe", false, 0777, 0644, 0, PIN_STORE_UNSAFE},
    {"writable-file-unsafe", false, 0755, 0666, 0, PIN_STORE_UNSAFE},
    {"foreign-file-unsafe", false, 0755, 0644, SOMEBODY, PIN_STORE_UNSAFE},
    {"bind-mount-found", false, 0755, 0644, 0, PIN_STORE_FOUND},
};
static int mount_case;

static void mounted(void)
{
    unsigned long flags = MS_BIND | MS_REMOUNT;
    struct pin_error err;
    int i = mount_case;

    MUST(chmod(dir, mount_cases[i].dir_mode) == 0);
    MUST(chmod(at("store/host.pins"), mount_cases[i].file_mode) == 0);
    MUST(chown(at("store/host.pins"), mount_cases[i].owner, 0) == 0);
    if (!confine_mounts() || mount(dir, dir, NULL, MS_BIND, NULL) != 0) {
        fprintf(stderr, "%s: skipped, mount(2) is not permitted\n", __func__);
        return;
    }
    MUST(mount(NULL, dir, NULL, mount_cases[i].read_only ? flags | MS_RDONLY : flags, NULL) == 0);
    must_be(mount_cases[i].name, mount_cases[i].status, read_once(false, "host", &err));
}

START_TEST(mount_flags)
{
    mount_case = _i;
    if (is_root(__func__))
        in_child(mounted);
}
END_TEST

/* A file mounted onto a file of the store (Kubernetes' subPath) is read in its place, also in a
 * chroot. */
static void mounted_file(void)
{
    struct pin_store store;
    struct pin_error err;
    struct pin_text text;

    if (!confine_mounts() || mount(at("safe"), at("store/host.pins"), NULL, MS_BIND, NULL) != 0) {
        fprintf(stderr, "%s: skipped, mount(2) is not permitted\n", __func__);
        return;
    }
    if (!has_mount(&store, __func__))
        return;
    MUST(chroot("/proc") == 0);
    MUST(read_from(&store, false, "host", &text, &err) == PIN_STORE_FOUND);
    MUST(strcmp(text.bytes, "safe") == 0);
}

START_TEST(mounted_file_read)
{
    if (is_root(__func__))
        in_child(mounted_file);
}
END_TEST

/* The uids that a user namespace maps, and the owner of a file. An unmapped owner is shown as
 * 65534. */
static const struct {
    const char *name;
    const char *map; /* NULL: no namespace */
    uid_t owner;
    mode_t mode;
    enum pin_store_status status;
} userns_cases[] = {
    {"unmapped-owner-found", "0 0 1", SOMEBODY, 0644, PIN_STORE_FOUND},
    {"unmapped-owner-writable-unsafe", "0 0 1", SOMEBODY, 0666, PIN_STORE_UNSAFE},
    {"mapped-owner-unsafe", "0 0 65534", SOMEBODY, 0644, PIN_STORE_UNSAFE},
    {"unmapped-owner-above-the-map-found", "0 0 65534", 100000, 0644, PIN_STORE_FOUND},
    {"overflow-uid-mapped-unsafe", "0 0 65535", 100000, 0644, PIN_STORE_UNSAFE},
    {"overflow-uid-mapped-on-a-later-line-unsafe", "0 0 1\n65534 7 1", SOMEBODY, 0644,
     PIN_STORE_UNSAFE},
    {"overflow-uid-between-lines-found", "0 0 1\n65535 7 9\n65533 6 1", SOMEBODY, 0644,
     PIN_STORE_FOUND},
    {"no-namespace-unsafe", NULL, SOMEBODY, 0644, PIN_STORE_UNSAFE},
    {"no-namespace-overflow-uid-unsafe", NULL, UID_NOBODY, 0644, PIN_STORE_UNSAFE},
};
static int userns_case;

/* The map is written from outside, where all uids are mapped. */
static bool enter_userns(const char *map)
{
    char path[64];
    int forth[2], back[2], status;
    char byte = 0;
    pid_t parent = getpid(), child;

    MUST(pipe(forth) == 0 && pipe(back) == 0);
    child = fork();
    if (child == 0) {
        int fd;
        MUST(read(forth[0], &byte, 1) == 1);
        snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)parent);
        fd = open(path, O_WRONLY);
        _exit(fd >= 0 && write(fd, map, strlen(map)) == (ssize_t)strlen(map) ? 0 : 1);
    }
    if (unshare(CLONE_NEWUSER) != 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        return false;
    }
    MUST(write(forth[1], &byte, 1) == 1);
    MUST(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void in_userns(void)
{
    struct pin_error err;
    int i = userns_case;

    MUST(chown(at("store/host.pins"), userns_cases[i].owner, 0) == 0);
    MUST(chmod(at("store/host.pins"), userns_cases[i].mode) == 0);
    if (userns_cases[i].map != NULL && !enter_userns(userns_cases[i].map)) {
        fprintf(stderr, "%s: skipped, user namespaces are not permitted\n", __func__);
        return;
    }
    must_be(userns_cases[i].name, userns_cases[i].status, read_once(false, "host", &err));
    MUST(err.reason == (userns_cases[i].status == PIN_STORE_FOUND ? PIN_OK : PIN_R_UNSAFE));
}

START_TEST(user_namespace)
{
    userns_case = _i;
    if (is_root(__func__))
        in_child(in_userns);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store_process");
    TCase *tcase = fixture(suite, "store_process");

    SUITE_CASES(tcase, owner, owner_cases);
    tcase_add_test(tcase, not_permitted_is_error);
    tcase_add_test(tcase, no_descriptor_is_error);
    tcase_add_test(tcase, mount_above_500);
    tcase_add_test(tcase, seccomp_makes_no_mount);
    tcase_add_test(tcase, mount_taken_over_not_used);
    SUITE_CASES(tcase, chroot_store, chroot_cases);
    SUITE_CASES(tcase, mount_flags, mount_cases);
    tcase_add_test(tcase, mounted_file_read);
    SUITE_CASES(tcase, user_namespace, userns_cases);
    return suite_run(suite);
}
