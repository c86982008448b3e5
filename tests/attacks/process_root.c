/* Another root, another user, fewer rights. */
#include "../unit/confine.h"
#include "process_run.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY   65534
#define SOMEBODY 12345

/* ---- chroot: a clone of the store, taken in the init, is looked into ---- */

static void enter_jail(struct life *life)
{
    life_make_path(life_path(life, "jail"));
    life_permitted(chroot(life_path(life, "jail")) == 0 && chdir("/") == 0, "chroot(2)");
}

/* A store inside the jail, at the path that it has outside. */
static void make_inside(struct life *life, X509 *cert)
{
    char name[256];

    ATK_NEED((size_t)snprintf(name, sizeof name, "jail%s/pins", life->b->dir) < sizeof name);
    life_make_store(life, name, cert);
}

/* The rows are about the clone: where this process could have one, the module has it. */
static void need_clone(const struct life *life)
{
    if (life->clone >= 0 || life->b->module == NULL)
        return;
    int fd = (int)syscall(SYS_open_tree, AT_FDCWD, life_path(life, "pins"),
                          OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    life_permitted(fd >= 0, "open_tree(2)");
    ATK_NEED(life->clone >= 0);
}

void life_chroot(struct life *life)
{
    if (life->row->refused == LIFE_REFUSE_IMPOSTOR)
        need_clone(life);
    enter_jail(life);
}

void life_chroot_to_copy(struct life *life)
{
    make_inside(life, atk_true().cert);
    enter_jail(life);
}

void life_chroot_to_other(struct life *life)
{
    make_inside(life, atk_false().cert);
    life_chroot(life);
}

void life_chroot_as_nobody(struct life *life)
{
    life_chroot(life);
    life_nobody(life);
}

void life_chroot_closed(struct life *life)
{
    need_clone(life);
    ATK_NEED(close(life->clone) == 0 || life->clone < 0);
    enter_jail(life);
}

void life_chroot_closed_to_copy(struct life *life)
{
    make_inside(life, atk_true().cert);
    life_chroot_closed(life);
}

/* By a store in which the impostor is the pinned one. */
void life_chroot_taken_over(struct life *life)
{
    int number = life->clone >= 0 ? life->clone : 500;

    need_clone(life);
    life_make_store(life, "other", atk_false().cert);
    int fd = open(life_path(life, "other"), O_PATH | O_DIRECTORY | O_CLOEXEC);
    ATK_NEED(fd >= 0 && dup2(fd, number) == number && close(fd) == 0);
    enter_jail(life);
}

/* As from outside: through a descriptor that leads there. */
static int outside(struct life *life)
{
    int fd = open(life->b->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

    ATK_NEED(fd >= 0);
    return fd;
}

/* The new one, in which the impostor is the pinned one, is not reached: the old one still holds. */
void life_chroot_replaced(struct life *life)
{
    int dir = outside(life);

    life_make_store(life, "fresh", atk_false().cert);
    life_chroot(life);
    ATK_NEED(renameat(dir, "pins", dir, "old") == 0 && renameat(dir, "fresh", dir, "pins") == 0);
}

/* Nothing holds in what is left of the old one. */
void life_chroot_removed(struct life *life)
{
    int dir = outside(life);

    life_make_store(life, "fresh", atk_true().cert);
    need_clone(life);
    enter_jail(life);
    ATK_NEED(renameat(dir, "pins", dir, "old") == 0 && renameat(dir, "fresh", dir, "pins") == 0);
    ATK_NEED(unlinkat(dir, "old/_store", 0) == 0);
    ATK_NEED(unlinkat(dir, "old/" ATK_HOST ".pins", 0) == 0);
    ATK_NEED(unlinkat(dir, "old", AT_REMOVEDIR) == 0);
}

/* The clone is a mount of its own. */
void life_chroot_unmounted(struct life *life)
{
    need_clone(life);
    ATK_NEED(umount2(life_path(life, "pins"), MNT_DETACH) == 0);
    enter_jail(life);
}

/* What the manual advises. The names of the paths are the same inside. */
void life_copy_inside(struct life *life)
{
    life_make_store(life, "pins", atk_true().cert);
}

/* ---- no clone is to be had ---- */

void life_drop_clone(struct life *life)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];

    (void)life;
    ATK_NEED(syscall(SYS_capget, &head, data) == 0);
    data[0].effective &= ~(1U << CAP_SYS_ADMIN);
    data[0].permitted &= ~(1U << CAP_SYS_ADMIN);
    ATK_NEED(syscall(SYS_capset, &head, data) == 0);
}

/* Any filter: the module does not try what a filter could kill it for. */
void life_filter_harmlessly(struct life *life)
{
    static const int calls[] = {SYS_reboot};

    (void)life;
    life_permitted(confine_calls(calls, 1, SECCOMP_RET_KILL_PROCESS, 0) >= 0, "seccomp(2)");
}

/* ---- another user ---- */

void life_nobody(struct life *life)
{
    (void)life;
    life_permitted(setgid(NOBODY) == 0 && setuid(NOBODY) == 0, "setuid(2)");
}

void life_nobody_no_store(struct life *life)
{
    ATK_NEED(chmod(life_path(life, "pins"), 0700) == 0);
    life_nobody(life);
}

void life_nobody_no_file(struct life *life)
{
    ATK_NEED(chmod(life_path(life, "pins/" ATK_HOST ".pins"), 0600) == 0);
    life_nobody(life);
}

/* Nobody is known in there. */
void life_userns(struct life *life)
{
    (void)life;
    life_permitted(unshare(CLONE_NEWUSER) == 0, "unshare(2) of users");
}

void life_userns_foreign(struct life *life)
{
    ATK_NEED(chown(life_path(life, "pins"), SOMEBODY, 0) == 0);
    ATK_NEED(chown(life_path(life, "pins/_store"), SOMEBODY, 0) == 0);
    ATK_NEED(chown(life_path(life, "pins/" ATK_HOST ".pins"), SOMEBODY, 0) == 0);
    life_userns(life);
}

void life_userns_writable(struct life *life)
{
    ATK_NEED(chmod(life_path(life, "pins"), 0777) == 0);
    life_userns(life);
}

/* ---- limits ---- */

/* Standard input may be closed. */
static void leave_descriptors(unsigned count)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    ATK_NEED(fd >= 0 && (fd == 0 || dup2(fd, 0) == 0));
    ATK_NEED(confine_descriptors(count));
}

void life_no_descriptors(struct life *life)
{
    (void)life;
    leave_descriptors(0);
}

void life_one_descriptor(struct life *life)
{
    (void)life;
    leave_descriptors(1);
}

void life_two_descriptors(struct life *life)
{
    (void)life;
    leave_descriptors(2);
}

void life_more_descriptors(struct life *life)
{
    (void)life;
    ATK_NEED(confine_descriptors(8));
}

void life_filter_opens(struct life *life)
{
    static const int calls[] = {
#ifdef SYS_open
        SYS_open,
#endif
        SYS_openat, SYS_openat2};

    (void)life;
    life_permitted(
        confine_calls(calls, sizeof calls / sizeof calls[0], SECCOMP_RET_ERRNO | EPERM, 0) >= 0,
        "seccomp(2)");
}
