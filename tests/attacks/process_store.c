/* Something happens to the store, or to what the log is written to. */
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

static void remove_file(struct life *life, const char *name)
{
    ATK_NEED(unlink(life_path(life, name)) == 0);
}

void life_store_emptied(struct life *life)
{
    remove_file(life, FILE_NAME);
    remove_file(life, "pins/_store");
}

void life_store_headless(struct life *life)
{
    remove_file(life, "pins/_store");
}

/* As a copy without a temporary name leaves it, or a disk that got full. */
static void cut(const char *path, off_t len)
{
    ATK_NEED(truncate(path, len) == 0);
}

void life_store_cut(struct life *life)
{
    cut(life_path(life, FILE_NAME), 30);
}

void life_store_head_cut(struct life *life)
{
    atk_store(life->b, "_store", "mode = enforce\n");
    cut(life_path(life, "pins/_store"), 9);
}

void life_store_removed(struct life *life)
{
    life_store_emptied(life);
    ATK_NEED(rmdir(life_path(life, "pins")) == 0);
}

void life_store_writable(struct life *life)
{
    ATK_NEED(chmod(life_path(life, "pins"), 0777) == 0);
}

/* The pin is in the new one alone. */
static void make_fresh(struct life *life)
{
    life_make_store(life, "fresh", atk_true().cert);
    atk_store_remove(life->b, ATK_HOST ".pins");
    ATK_NEED(rename(life_path(life, "pins"), life_path(life, "old")) == 0);
}

void life_store_replaced(struct life *life)
{
    make_fresh(life);
    ATK_NEED(rename(life_path(life, "fresh"), life_path(life, "pins")) == 0);
}

void life_store_relinked(struct life *life)
{
    make_fresh(life);
    ATK_NEED(symlink("fresh", life_path(life, "pins")) == 0);
}

void life_store_again(struct life *life)
{
    life_make_store(life, "pins", atk_true().cert);
    ATK_NEED(chmod(life_path(life, "pins"), 0755) == 0);
}

/* ---- mounts ---- */

static void mount_at(const char *path, const char *options)
{
    life_permitted(mount("tmpfs", path, "tmpfs", 0, options) == 0, "mount(2)");
}

void life_own_mounts(struct life *life)
{
    (void)life;
    life_permitted(confine_mounts(), "unshare(2) of mounts");
}

/* Below it is an empty mount point. */
void life_mount_store(struct life *life)
{
    life_own_mounts(life);
    remove_file(life, "pins/_store");
    mount_at(life_path(life, "pins"), "mode=0755");
    atk_store(life->b, "_store", "# empty\n");
}

void life_store_unmounted(struct life *life)
{
    ATK_NEED(umount2(life_path(life, "pins"), MNT_DETACH) == 0);
}

void life_store_remounted(struct life *life)
{
    mount_at(life_path(life, "pins"), "mode=0755");
    life_store_again(life);
}

void life_store_hidden(struct life *life)
{
    mount_at(life_path(life, "pins"), "mode=0755");
}

/* Of mode 0777 as Kubernetes shows a ConfigMap. */
void life_store_read_only(struct life *life)
{
    life_store_writable(life);
    ATK_NEED(mount(NULL, life_path(life, "pins"), NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
}

void life_store_read_only_chroot(struct life *life)
{
    life_store_read_only(life);
    life_chroot(life);
}
