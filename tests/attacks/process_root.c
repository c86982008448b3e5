/* process_root.c - chroot, other users, namespaces, fewer rights. */
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

/* ---- chroot: the store is read through a detached mount, made in init ---- */

static void enter_jail(struct proc *proc)
{
    proc_make_path(proc_path(proc, "jail"));
    proc_skip_unless(chroot(proc_path(proc, "jail")) == 0 && chdir("/") == 0, "chroot(2)");
}

/* Makes a store inside the jail, at the path that it has outside. */
static void make_inside(struct proc *proc, X509 *cert)
{
    char name[256];

    ATK_NEED((size_t)snprintf(name, sizeof name, "jail%s/pins", proc->run->dir) < sizeof name);
    proc_make_store(proc, name, cert);
}

/* These cases need the detached mount: where this process can make one, the module must have it. */
static void need_detached_mount(const struct proc *proc)
{
    if (proc->mount_fd >= 0 || proc->run->module == NULL)
        return;
    int fd = (int)syscall(SYS_open_tree, AT_FDCWD, proc_path(proc, "pins"),
                          OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    proc_skip_unless(fd >= 0, "open_tree(2)");
    ATK_NEED(proc->mount_fd >= 0);
}

void proc_chroot(struct proc *proc)
{
    if (proc->test_case->refused == PROC_REFUSE_IMPOSTOR)
        need_detached_mount(proc);
    enter_jail(proc);
}

void proc_chroot_to_copy(struct proc *proc)
{
    make_inside(proc, atk_true().cert);
    enter_jail(proc);
}

void proc_chroot_to_other(struct proc *proc)
{
    make_inside(proc, atk_false().cert);
    proc_chroot(proc);
}

void proc_chroot_as_nobody(struct proc *proc)
{
    proc_chroot(proc);
    proc_nobody(proc);
}

void proc_chroot_closed(struct proc *proc)
{
    need_detached_mount(proc);
    ATK_NEED(close(proc->mount_fd) == 0 || proc->mount_fd < 0);
    enter_jail(proc);
}

void proc_chroot_closed_to_copy(struct proc *proc)
{
    make_inside(proc, atk_true().cert);
    proc_chroot_closed(proc);
}

/* Replaces the descriptor by that of a store that pins the impostor. */
void proc_chroot_taken_over(struct proc *proc)
{
    int number = proc->mount_fd >= 0 ? proc->mount_fd : 500;

    need_detached_mount(proc);
    proc_make_store(proc, "other", atk_false().cert);
    int fd = open(proc_path(proc, "other"), O_PATH | O_DIRECTORY | O_CLOEXEC);
    ATK_NEED(fd >= 0 && dup2(fd, number) == number && close(fd) == 0);
    enter_jail(proc);
}

/* Returns a descriptor by which to change the store from outside of the jail. */
static int outside(struct proc *proc)
{
    int fd = open(proc->run->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

    ATK_NEED(fd >= 0);
    return fd;
}

/* The new store, which pins the impostor, is not reached; the old one still applies. */
void proc_chroot_replaced(struct proc *proc)
{
    int dir = outside(proc);

    proc_make_store(proc, "fresh", atk_false().cert);
    proc_chroot(proc);
    ATK_NEED(renameat(dir, "pins", dir, "old") == 0 && renameat(dir, "fresh", dir, "pins") == 0);
}

/* The old store is empty now, so everything is refused. */
void proc_chroot_removed(struct proc *proc)
{
    int dir = outside(proc);

    proc_make_store(proc, "fresh", atk_true().cert);
    need_detached_mount(proc);
    enter_jail(proc);
    ATK_NEED(renameat(dir, "pins", dir, "old") == 0 && renameat(dir, "fresh", dir, "pins") == 0);
    ATK_NEED(unlinkat(dir, "old/_store", 0) == 0);
    ATK_NEED(unlinkat(dir, "old/" ATK_HOST ".pins", 0) == 0);
    ATK_NEED(unlinkat(dir, "old", AT_REMOVEDIR) == 0);
}

/* The detached mount is independent of it. */
void proc_chroot_unmounted(struct proc *proc)
{
    need_detached_mount(proc);
    ATK_NEED(umount2(proc_path(proc, "pins"), MNT_DETACH) == 0);
    enter_jail(proc);
}

/* Makes the copy inside that the manual advises; the paths are the same inside. */
void proc_copy_inside(struct proc *proc)
{
    proc_make_store(proc, "pins", atk_true().cert);
}

/* ---- without a detached mount ---- */

void proc_forbid_detached_mount(struct proc *proc)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];

    (void)proc;
    ATK_NEED(syscall(SYS_capget, &head, data) == 0);
    data[0].effective &= ~(1U << CAP_SYS_ADMIN);
    data[0].permitted &= ~(1U << CAP_SYS_ADMIN);
    ATK_NEED(syscall(SYS_capset, &head, data) == 0);
}

/* With any filter the module does not try open_tree(2), which a filter could kill it for. */
void proc_filter_harmlessly(struct proc *proc)
{
    static const int calls[] = {SYS_reboot};

    (void)proc;
    proc_skip_unless(confine_calls(calls, 1, SECCOMP_RET_KILL_PROCESS, 0) >= 0, "seccomp(2)");
}

/* ---- another user ---- */

void proc_nobody(struct proc *proc)
{
    (void)proc;
    proc_skip_unless(setgid(NOBODY) == 0 && setuid(NOBODY) == 0, "setuid(2)");
}

void proc_nobody_no_store(struct proc *proc)
{
    ATK_NEED(chmod(proc_path(proc, "pins"), 0700) == 0);
    proc_nobody(proc);
}

void proc_nobody_no_file(struct proc *proc)
{
    ATK_NEED(chmod(proc_path(proc, "pins/" ATK_HOST ".pins"), 0600) == 0);
    proc_nobody(proc);
}

/* No user is mapped in it. */
void proc_userns(struct proc *proc)
{
    (void)proc;
    proc_skip_unless(unshare(CLONE_NEWUSER) == 0, "unshare(2) of users");
}

void proc_userns_foreign(struct proc *proc)
{
    ATK_NEED(chown(proc_path(proc, "pins"), SOMEBODY, 0) == 0);
    ATK_NEED(chown(proc_path(proc, "pins/_store"), SOMEBODY, 0) == 0);
    ATK_NEED(chown(proc_path(proc, "pins/" ATK_HOST ".pins"), SOMEBODY, 0) == 0);
    proc_userns(proc);
}

void proc_userns_writable(struct proc *proc)
{
    ATK_NEED(chmod(proc_path(proc, "pins"), 0777) == 0);
    proc_userns(proc);
}

/* ---- limits ---- */

/* Opens descriptor 0 if it is closed. */
static void leave_descriptors(unsigned count)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    ATK_NEED(fd >= 0 && (fd == 0 || dup2(fd, 0) == 0));
    ATK_NEED(confine_descriptors(count));
}

void proc_no_descriptors(struct proc *proc)
{
    (void)proc;
    leave_descriptors(0);
}

void proc_one_descriptor(struct proc *proc)
{
    (void)proc;
    leave_descriptors(1);
}

void proc_two_descriptors(struct proc *proc)
{
    (void)proc;
    leave_descriptors(2);
}

void proc_more_descriptors(struct proc *proc)
{
    (void)proc;
    ATK_NEED(confine_descriptors(8));
}

void proc_filter_opens(struct proc *proc)
{
    static const int calls[] = {
#ifdef SYS_open
        SYS_open,
#endif
        SYS_openat, SYS_openat2};

    (void)proc;
    proc_skip_unless(
        confine_calls(calls, sizeof calls / sizeof calls[0], SECCOMP_RET_ERRNO | EPERM, 0) >= 0,
        "seccomp(2)");
}
