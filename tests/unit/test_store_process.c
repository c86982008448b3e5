/*
 * test_store_process.c - the store from within processes that may not do everything: other users,
 * chroots, namespaces, sandboxes, no descriptors left. Each is a child of our own.
 */
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

#define NOBODY   65534
#define SOMEBODY 12345

/* ---- owners ---- */

/* as: the user who looks; the rest belongs to root. The kernel lets nobody but root choose. */
static const struct {
    uid_t as, dir_owner, head_owner, file_owner;
    bool set_id;
    enum pin_store_status settings, pins;
} owner_cases[] = {
    {0, 0, 0, 0, false, PIN_STORE_FOUND, PIN_STORE_FOUND},
    {0, SOMEBODY, 0, 0, false, PIN_STORE_UNSAFE, PIN_STORE_UNSAFE},
    {0, 0, SOMEBODY, 0, false, PIN_STORE_UNSAFE, PIN_STORE_FOUND},
    {0, 0, 0, SOMEBODY, false, PIN_STORE_FOUND, PIN_STORE_UNSAFE},
    {0, NOBODY, 0, 0, false, PIN_STORE_UNSAFE, PIN_STORE_UNSAFE},
    {0, 0, 0, NOBODY, false, PIN_STORE_FOUND, PIN_STORE_UNSAFE},
    {NOBODY, 0, 0, 0, false, PIN_STORE_FOUND, PIN_STORE_FOUND},
    {NOBODY, NOBODY, NOBODY, NOBODY, false, PIN_STORE_FOUND, PIN_STORE_FOUND},
    {NOBODY, SOMEBODY, 0, 0, false, PIN_STORE_UNSAFE, PIN_STORE_UNSAFE},
    {NOBODY, 0, SOMEBODY, NOBODY, false, PIN_STORE_UNSAFE, PIN_STORE_FOUND},
    {NOBODY, 0, 0, SOMEBODY, false, PIN_STORE_FOUND, PIN_STORE_UNSAFE},
    {NOBODY, 0, 0, 0, true, PIN_STORE_FOUND, PIN_STORE_FOUND},
    {NOBODY, NOBODY, 0, 0, true, PIN_STORE_UNSAFE, PIN_STORE_UNSAFE},
    {NOBODY, 0, NOBODY, 0, true, PIN_STORE_UNSAFE, PIN_STORE_FOUND},
    {NOBODY, 0, 0, NOBODY, true, PIN_STORE_FOUND, PIN_STORE_UNSAFE},
    {0, 0, 0, 0, true, PIN_STORE_FOUND, PIN_STORE_FOUND},
};
static int owner_case;

static void owners(void)
{
    struct pin_store store;
    struct pin_error err = {0};
    struct pin_text text;
    int i = owner_case;

    MUST(chown(dir, owner_cases[i].dir_owner, 0) == 0);
    MUST(chown(at("store/_store"), owner_cases[i].head_owner, 0) == 0);
    MUST(chown(at("store/host.pins"), owner_cases[i].file_owner, 0) == 0);
    MUST(seteuid(owner_cases[i].as) == 0);
    MUST(pin_store_init(&store, dir, &err));
    store.set_id = owner_cases[i].set_id;
    MUST(lookup(&store, true, NULL, &text, &err) == owner_cases[i].settings);
    if (owner_cases[i].settings == PIN_STORE_UNSAFE) {
        MUST(err.reason == PIN_R_UNSAFE);
        MUST(strstr(err.text, "belongs to uid ") != NULL);
        MUST(strstr(err.text, "chown root /tmp/") != NULL);
    }
    MUST(lookup(&store, false, "host", &text, &err) == owner_cases[i].pins);
}

START_TEST(test_owner)
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
    MUST(seteuid(NOBODY) == 0);
    MUST(look_once(true, NULL, &err) == PIN_STORE_FOUND);
    MUST(look_once(false, "host", &err) == PIN_STORE_ERROR);
    MUST(err.reason == PIN_R_UNREADABLE && err.sys == EACCES);
    MUST(look_once(false, "other", &err) == PIN_STORE_NONE);
    MUST(seteuid(0) == 0 && chmod(dir, 0700) == 0 && seteuid(NOBODY) == 0);
    MUST(look_once(false, "other", &err) == PIN_STORE_ERROR);
    MUST(err.reason == PIN_R_UNREADABLE && err.sys == EACCES);
    MUST(look_once(true, NULL, &err) == PIN_STORE_ERROR);
    MUST(err.reason == PIN_R_STORE && err.sys == EACCES);
    MUST(seteuid(0) == 0 && chmod(base, 0700) == 0 && seteuid(NOBODY) == 0);
    MUST(look_once(true, NULL, &err) == PIN_STORE_ERROR);
    MUST(err.reason == PIN_R_STORE && err.sys == EACCES);
}

START_TEST(test_eacces)
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
    /* That there is no file is certain without a descriptor. */
    MUST(pin_store_read(&handle, "no-such-host", &text, &err) == PIN_STORE_NONE);
    MUST(confine_descriptors(1));
    MUST(pin_store_read(&handle, "host", &text, &err) == PIN_STORE_FOUND);
    MUST(pin_store_read(&handle, "no-such-host", &text, &err) == PIN_STORE_NONE);
}

START_TEST(test_emfile)
{
    in_child(without_descriptors);
}
END_TEST

/* ---- the clone, chroot ---- */

/* A store, and its clone if this process may have one. */
static bool cloned(struct pin_store *store, const char *test)
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

static void clone_is_out_of_the_way(void)
{
    struct rlimit limit;
    struct pin_store store;
    struct stat in, up;
    int fd;

    MUST(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max > 1024 ? 1024 : limit.rlim_max;
    MUST(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    if (!cloned(&store, __func__))
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
    MUST(cloned(&store, __func__));
    MUST(store.mount >= 32 && store.mount < 64);
    pin_store_clear(&store);

    /* None left: no clone, and no error. */
    MUST(confine_descriptors(0));
    {
        struct pin_error err = {0};
        MUST(pin_store_init(&store, dir, &err));
        MUST(store.mount == -1 && err.reason == PIN_OK);
    }
}

START_TEST(test_clone)
{
    if (is_root(__func__))
        in_child(clone_is_out_of_the_way);
}
END_TEST

/* A sandbox that kills whoever tries: no clone is the lesser evil. */
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
    MUST(lookup(&store, false, "host", &text, &err) == PIN_STORE_FOUND);
}

START_TEST(test_seccomp)
{
    in_child(sandboxed);
}
END_TEST

/* Something else under the clone's number: neither used nor closed. */
static void clone_taken_over(void)
{
    struct pin_store store;
    int fd, other;

    if (!cloned(&store, __func__))
        return;
    fd = store.mount;
    other = open(base, O_PATH | O_DIRECTORY);
    MUST(dup2(other, fd) == fd);
    pin_store_clear(&store);
    MUST(fcntl(fd, F_GETFD) >= 0);
}

START_TEST(test_clone_taken_over)
{
    if (is_root(__func__))
        in_child(clone_taken_over);
}
END_TEST

/* What happens to the clone before the chroot, and what is found after it. */
enum fate { KEPT, KEPT_BY_NOBODY, CLOSED, REUSED };
static const struct {
    enum fate fate;
    bool inside; /* the chroot holds a store of its own under that path */
    enum pin_store_status status;
    const char *text;
} chroot_cases[] = {
    {KEPT, false, PIN_STORE_FOUND, "pins"},           {KEPT, true, PIN_STORE_FOUND, "pins"},
    {KEPT_BY_NOBODY, false, PIN_STORE_FOUND, "pins"}, {CLOSED, false, PIN_STORE_ERROR, NULL},
    {CLOSED, true, PIN_STORE_FOUND, "inside"},        {REUSED, false, PIN_STORE_ERROR, NULL},
    {REUSED, true, PIN_STORE_FOUND, "inside"},
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
    if (!cloned(&store, __func__) && (fate == KEPT || fate == KEPT_BY_NOBODY))
        return;
    if (fate == CLOSED || fate == REUSED) {
        close(store.mount);
        if (fate == REUSED && store.mount >= 0)
            MUST(dup2(open(at("jail"), O_PATH | O_DIRECTORY), store.mount) >= 0);
    }
    MUST(lookup(&store, false, "host", &text, &err) == PIN_STORE_FOUND);
    MUST(strcmp(text.bytes, "pins") == 0);
    if (chroot(at("jail")) != 0 || chdir("/") != 0) {
        fprintf(stderr, "%s: skipped, chroot(2) is not permitted\n", __func__);
        return;
    }
    if (fate == KEPT_BY_NOBODY)
        MUST(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
    for (int settings = 1; settings >= 0; settings--) {
        MUST(lookup(&store, settings, "host", &text, &err) == chroot_cases[chroot_case].status);
        if (chroot_cases[chroot_case].text == NULL) {
            MUST(err.reason == PIN_R_STORE && err.sys == ENOENT);
            MUST(strstr(err.text, "chroot") != NULL && strstr(err.text, dir) != NULL);
        } else {
            MUST(strcmp(text.bytes, settings ? "" : chroot_cases[chroot_case].text) == 0);
        }
    }
    if (fate == KEPT)
        MUST(lookup(&store, false, "none", &text, &err) == PIN_STORE_NONE);
}

START_TEST(test_chroot)
{
    chroot_case = _i;
    if (is_root(__func__))
        in_child(chrooted);
}
END_TEST

/* ---- mounts and user namespaces ---- */

/* How the store is mounted, and what is wrong with it. */
static const struct {
    bool read_only;
    mode_t dir_mode, file_mode;
    uid_t owner;
    enum pin_store_status status;
} mount_cases[] = {
    {true, 0777, 0666, 0, PIN_STORE_FOUND},          {true, 01777, 0777, SOMEBODY, PIN_STORE_FOUND},
    {false, 0777, 0644, 0, PIN_STORE_UNSAFE},        {false, 0755, 0666, 0, PIN_STORE_UNSAFE},
    {false, 0755, 0644, SOMEBODY, PIN_STORE_UNSAFE}, {false, 0755, 0644, 0, PIN_STORE_FOUND},
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
    MUST(look_once(false, "host", &err) == mount_cases[i].status);
}

START_TEST(test_mount)
{
    mount_case = _i;
    if (is_root(__func__))
        in_child(mounted);
}
END_TEST

/* A file mounted onto one of the store (Kubernetes' subPath) is what counts, in a chroot too: what
 * lies below is an empty one. */
static void mounted_file(void)
{
    struct pin_store store;
    struct pin_error err;
    struct pin_text text;

    if (!confine_mounts() || mount(at("safe"), at("store/host.pins"), NULL, MS_BIND, NULL) != 0) {
        fprintf(stderr, "%s: skipped, mount(2) is not permitted\n", __func__);
        return;
    }
    if (!cloned(&store, __func__))
        return;
    MUST(chroot("/proc") == 0);
    MUST(lookup(&store, false, "host", &text, &err) == PIN_STORE_FOUND);
    MUST(strcmp(text.bytes, "safe") == 0);
}

START_TEST(test_mounted_file)
{
    if (is_root(__func__))
        in_child(mounted_file);
}
END_TEST

/* A user namespace, which uids it knows, and whether that excuses the owner 12345 (shown as 65534
 * if it is not known). */
static const struct {
    const char *map; /* NULL: no namespace */
    uid_t owner;
    mode_t mode;
    enum pin_store_status status;
} userns_cases[] = {
    {"0 0 1", SOMEBODY, 0644, PIN_STORE_FOUND},
    {"0 0 1", SOMEBODY, 0666, PIN_STORE_UNSAFE},
    {"0 0 65534", SOMEBODY, 0644, PIN_STORE_UNSAFE},
    {"0 0 65534", 100000, 0644, PIN_STORE_FOUND},
    {"0 0 65535", 100000, 0644, PIN_STORE_UNSAFE},
    {"0 0 1\n65534 7 1", SOMEBODY, 0644, PIN_STORE_UNSAFE},
    {"0 0 1\n65535 7 9\n65533 6 1", SOMEBODY, 0644, PIN_STORE_FOUND},
    {NULL, SOMEBODY, 0644, PIN_STORE_UNSAFE},
    {NULL, NOBODY, 0644, PIN_STORE_UNSAFE},
};
static int userns_case;

/* The map is written from outside, where all uids are known. */
static bool enter_userns(const char *map)
{
    char path[64];
    int there[2], back[2], status;
    char byte = 0;
    pid_t parent = getpid(), child;

    MUST(pipe(there) == 0 && pipe(back) == 0);
    child = fork();
    if (child == 0) {
        int fd;
        MUST(read(there[0], &byte, 1) == 1);
        snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)parent);
        fd = open(path, O_WRONLY);
        _exit(fd >= 0 && write(fd, map, strlen(map)) == (ssize_t)strlen(map) ? 0 : 1);
    }
    if (unshare(CLONE_NEWUSER) != 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        return false;
    }
    MUST(write(there[1], &byte, 1) == 1);
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
    MUST(look_once(false, "host", &err) == userns_cases[i].status);
    MUST(err.reason == (userns_cases[i].status == PIN_STORE_FOUND ? PIN_OK : PIN_R_UNSAFE));
}

START_TEST(test_userns)
{
    userns_case = _i;
    if (is_root(__func__))
        in_child(in_userns);
}
END_TEST

static Suite *store_suite(void)
{
    Suite *suite = suite_create("store_process");
    TCase *tcase = fixture(suite, "process");
    LOOP(test_owner, owner_cases);
    tcase_add_test(tcase, test_eacces);
    tcase_add_test(tcase, test_emfile);
    tcase_add_test(tcase, test_clone);
    tcase_add_test(tcase, test_seccomp);
    tcase_add_test(tcase, test_clone_taken_over);
    LOOP(test_chroot, chroot_cases);
    LOOP(test_mount, mount_cases);
    tcase_add_test(tcase, test_mounted_file);
    LOOP(test_userns, userns_cases);
    return suite;
}

int main(void)
{
    return run(store_suite());
}
