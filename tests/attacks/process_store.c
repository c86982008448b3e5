/* process_store.c - changes of the store, and mounts over it. */
#include "../unit/confine.h"
#include "process_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "pins/" ATK_HOST ".pins"

static void remove_file(struct proc *proc, const char *name)
{
    ATK_NEED(unlink(proc_path(proc, name)) == 0);
}

void proc_store_emptied(struct proc *proc)
{
    remove_file(proc, FILE_NAME);
    remove_file(proc, "pins/_store");
}

void proc_store_without_settings(struct proc *proc)
{
    remove_file(proc, "pins/_store");
}

/* Cuts a file as an interrupted copy or a full disk leaves it. */
static void cut(const char *path, off_t len)
{
    ATK_NEED(truncate(path, len) == 0);
}

void proc_store_cut(struct proc *proc)
{
    cut(proc_path(proc, FILE_NAME), 30);
}

void proc_store_settings_cut(struct proc *proc)
{
    atk_store(proc->run, "_store", "mode = enforce\n");
    cut(proc_path(proc, "pins/_store"), 9);
}

void proc_store_removed(struct proc *proc)
{
    proc_store_emptied(proc);
    ATK_NEED(rmdir(proc_path(proc, "pins")) == 0);
}

void proc_store_writable(struct proc *proc)
{
    ATK_NEED(chmod(proc_path(proc, "pins"), 0777) == 0);
}

/* Makes a new store, which alone has the pin. */
static void make_fresh(struct proc *proc)
{
    proc_make_store(proc, "fresh", atk_true().cert);
    atk_store_remove(proc->run, ATK_HOST ".pins");
    ATK_NEED(rename(proc_path(proc, "pins"), proc_path(proc, "old")) == 0);
}

void proc_store_replaced(struct proc *proc)
{
    make_fresh(proc);
    ATK_NEED(rename(proc_path(proc, "fresh"), proc_path(proc, "pins")) == 0);
}

void proc_store_relinked(struct proc *proc)
{
    make_fresh(proc);
    ATK_NEED(symlink("fresh", proc_path(proc, "pins")) == 0);
}

void proc_store_restored(struct proc *proc)
{
    proc_make_store(proc, "pins", atk_true().cert);
    ATK_NEED(chmod(proc_path(proc, "pins"), 0755) == 0);
}

/* ---- mounts ---- */

static void mount_at(const char *path, const char *options)
{
    proc_skip_unless(mount("tmpfs", path, "tmpfs", 0, options) == 0, "mount(2)");
}

void proc_own_mounts(struct proc *proc)
{
    (void)proc;
    proc_skip_unless(confine_mounts(), "unshare(2) of mounts");
}

/* Mounts the store over an empty mount point. */
void proc_mount_store(struct proc *proc)
{
    proc_own_mounts(proc);
    remove_file(proc, "pins/_store");
    mount_at(proc_path(proc, "pins"), "mode=0755");
    atk_store(proc->run, "_store", "# empty\n");
}

void proc_store_unmounted(struct proc *proc)
{
    ATK_NEED(umount2(proc_path(proc, "pins"), MNT_DETACH) == 0);
}

void proc_store_remounted(struct proc *proc)
{
    mount_at(proc_path(proc, "pins"), "mode=0755");
    proc_store_restored(proc);
}

void proc_store_hidden(struct proc *proc)
{
    mount_at(proc_path(proc, "pins"), "mode=0755");
}

/* Has mode 0777, as a Kubernetes ConfigMap. */
void proc_store_read_only(struct proc *proc)
{
    proc_store_writable(proc);
    ATK_NEED(mount(NULL, proc_path(proc, "pins"), NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
}

void proc_store_read_only_chroot(struct proc *proc)
{
    proc_store_read_only(proc);
    proc_chroot(proc);
}
