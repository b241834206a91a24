/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a mount may land. The image is hostile: any directory in it may be a link. Volumes follow
 * links as the container's root would (openat2 RESOLVE_IN_ROOT). What we mount ourselves on /proc,
 * /dev and /sys, and what we cover there, follows none at all: a container whose /dev is a link is
 * refused rather than given its devices somewhere else (CVE-2026-41579, CVE-2025-31133).
 */
#include "runtime/oci/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/oci/copy.h"
#include "runtime/oci/mountfd.h"
#include "runtime/oci/spec.h"
#include "runtime/oci/within.h"

struct making {
	int root;
	const struct spec *spec;
};

static int refused(int r, const char *type, const struct spec_mount *mount,
	const struct text *words, struct error *err)
{
	return error_set(err, r, "cannot mount %s on '%s'%s%s", type, mount->target,
		words->length ? ": " : "", text_get(words));
}

static int make_at(const struct making *m, const char *type, const char *data,
	const struct spec_mount *mount, int target, struct error *err)
{
	bool labelled = mount->kind != SPEC_MOUNT_PROC && mount->kind != SPEC_MOUNT_SYSFS;
	_cleanup_text_ struct text words = { 0 };
	_cleanup_close_ int fd = mountfd_new(
		type, data, labelled ? m->spec->mount_label : NULL, mount->flags, &words);
	int r = fd < 0 ? fd : mountfd_attach(fd, target);

	return r < 0 ? refused(r, type, mount, &words, err) : take_fd(&fd);
}

static int finish(int fd)
{
	if (fd < 0)
		return fd;
	(void)close(fd);
	return 0;
}

static int mount_bind(
	const struct making *m, const struct spec_mount *mount, int target, struct error *err)
{
	_cleanup_close_ int fd = -1, made = -1;
	bool recursive = mount->flags & SPEC_MOUNT_RECURSIVE;
	struct stat st;
	int r;

	(void)target;
	fd = mountfd_clone(AT_FDCWD, mount->source, recursive);
	if (fd == -ENOENT && mount->flags & SPEC_MOUNT_OPTIONAL)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(
			err, fd < 0 ? fd : -errno, "cannot use '%s' as a volume", mount->source);
	made = within_make(m->root, mount->target, !S_ISDIR(st.st_mode), 0);
	if (made < 0)
		return error_set(err, made, "cannot make '%s' in the container", mount->target);
	r = mountfd_attach_with(fd, made, mount->flags, recursive);
	return r < 0 ? error_set(err, r, "cannot mount '%s' on '%s'", mount->source, mount->target)
		     : 0;
}

static int mount_tmpfs(
	const struct making *m, const struct spec_mount *mount, int target, struct error *err)
{
	_cleanup_close_ int fd = -1, below = -1;
	char data[128];
	const char *options = mount->data;
	int r;

	if (m->spec->shm_size && strcmp(mount->target, "/dev/shm") == 0) {
		(void)snprintf(data, sizeof(data), "mode=1777,size=%s", m->spec->shm_size);
		options = data;
	}
	if (mount->flags & SPEC_MOUNT_COPY_UP)
		below = within_open(m->root, mount->target, O_RDONLY | O_DIRECTORY, 0);
	fd = make_at(m, "tmpfs", options, mount, target, err);
	if (fd < 0 || below < 0)
		return fd < 0 ? fd : 0;
	r = copy_tree(below, fd);
	return r < 0 ? error_set(err, r, "cannot copy '%s' of the image", mount->target) : 0;
}

static int mount_proc(
	const struct making *m, const struct spec_mount *mount, int target, struct error *err)
{
	_cleanup_text_ struct text words = { 0 };
	_cleanup_close_ int fd = -1;
	int r;

	/* with the host's pids a new instance would be no more than what is there */
	if (m->spec->namespaces[SPEC_NS_PID].mode == SPEC_NS_PRIVATE) {
		r = finish(make_at(m, "proc", mount->data, mount, target, err));
		return r < 0 ? error_see(err, "proc.mount") : 0;
	}
	fd = mountfd_new("proc", mount->data, NULL, mount->flags, &words);
	if (fd >= 0) {
		r = mountfd_attach(fd, target);
		return r < 0 ? refused(r, "proc", mount, &words, err) : 0;
	}
	fd = mountfd_clone(AT_FDCWD, "/proc", true);
	r = fd < 0 ? fd : mountfd_attach_with(fd, target, mount->flags, false);
	return r < 0 ? refused(r, "proc", mount, &words, err) : 0;
}

static int mount_dev(
	const struct making *m, const struct spec_mount *mount, int target, struct error *err)
{
	_cleanup_close_ int fd = make_at(m, "tmpfs", mount->data, mount, target, err);

	return fd < 0 ? fd : dev_fill(fd, err);
}

static int mount_devpts(
	const struct making *m, const struct spec_mount *mount, int target, struct error *err)
{
	_cleanup_text_ struct text words = { 0 };
	_cleanup_close_ int fd = -1;
	char data[256];
	int r;

	/* group tty; EINVAL where the id map does not reach it */
	(void)snprintf(data, sizeof(data), "%s,gid=5", mount->data);
	fd = mountfd_new("devpts", data, m->spec->mount_label, mount->flags, &words);
	if (fd == -EINVAL)
		fd = mountfd_new("devpts", mount->data, m->spec->mount_label, mount->flags, &words);
	r = fd < 0 ? fd : mountfd_attach(fd, target);
	return r < 0 ? refused(r, "devpts", mount, &words, err) : 0;
}

static int mount_mqueue(
	const struct making *m, const struct spec_mount *mount, int target, struct error *err)
{
	return finish(make_at(m, "mqueue", mount->data, mount, target, err));
}

static int mount_sysfs(
	const struct making *m, const struct spec_mount *mount, int target, struct error *err)
{
	_cleanup_text_ struct text words = { 0 };
	_cleanup_close_ int fd = -1;
	int r;

	/* sysfs shows a network namespace: the kernel gives it only to that one's owner */
	if (m->spec->namespaces[SPEC_NS_NET].mode != SPEC_NS_HOST) {
		fd = mountfd_new("sysfs", mount->data, NULL, mount->flags, &words);
		if (fd >= 0) {
			r = mountfd_attach(fd, target);
			return r < 0 ? refused(r, "sysfs", mount, &words, err) : 0;
		}
	}
	fd = mountfd_clone(AT_FDCWD, "/sys", true);
	r = fd < 0 ? fd : mountfd_attach_with(fd, target, mount->flags, true);
	return r < 0 ? refused(r, "sysfs", mount, &words, err) : 0;
}

static int mount_cgroup(
	const struct making *m, const struct spec_mount *mount, int target, struct error *err)
{
	_cleanup_text_ struct text words = { 0 };
	_cleanup_close_ int fd = -1;
	struct statfs fs;
	int r;

	(void)m;
	if (statfs("/sys/fs/cgroup", &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC)
		return 0;
	fd = mountfd_new("cgroup2", mount->data, NULL, mount->flags, &words);
	/* EBUSY, EPERM: the cgroup namespace is not ours; the host's tree, read-only */
	if (fd < 0) {
		fd = mountfd_clone(AT_FDCWD, "/sys/fs/cgroup", true);
		r = fd < 0 ? fd
			   : mountfd_attach_with(fd, target, mount->flags | SPEC_MOUNT_RO, true);
	} else
		r = mountfd_attach(fd, target);
	return r < 0 ? refused(r, "cgroup2", mount, &words, err) : 0;
}

static const struct {
	int (*mount)(const struct making *m, const struct spec_mount *mount, int target,
		struct error *err);
	unsigned within; /* how the target is looked up */
	bool own_target; /* finds its target itself */
} kinds[] = {
	[SPEC_MOUNT_BIND] = { mount_bind, 0, true },
	[SPEC_MOUNT_TMPFS] = { mount_tmpfs, 0, false },
	[SPEC_MOUNT_PROC] = { mount_proc, WITHIN_NO_LINKS, false },
	[SPEC_MOUNT_DEV] = { mount_dev, WITHIN_NO_LINKS, false },
	[SPEC_MOUNT_DEVPTS] = { mount_devpts, WITHIN_NO_LINKS, false },
	[SPEC_MOUNT_MQUEUE] = { mount_mqueue, WITHIN_NO_LINKS, false },
	[SPEC_MOUNT_SYSFS] = { mount_sysfs, WITHIN_NO_LINKS, false },
	[SPEC_MOUNT_CGROUP] = { mount_cgroup, WITHIN_NO_LINKS, false },
};
_Static_assert(ARRAY_SIZE(kinds) == SPEC_MOUNT_KIND_COUNT, "a row for every kind");

static int mount_row(const struct making *m, const struct spec_mount *mount, struct error *err)
{
	_cleanup_close_ int target = -1;

	if (!kinds[mount->kind].own_target) {
		target = within_make(m->root, mount->target, false, kinds[mount->kind].within);
		if (target == -ELOOP || target == -ENOTDIR)
			return error_say(err, target,
				"'%s' is no directory in this root file system; not starting",
				mount->target);
		if (target < 0)
			return error_set(
				err, target, "cannot make '%s' in the container", mount->target);
	}
	return kinds[mount->kind].mount(m, mount, target, err);
}

int mount_list(int root, const struct spec *spec, const struct spec_mount *mounts, size_t n,
	struct error *err)
{
	struct making m = { .root = root, .spec = spec };
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		if (mounts[i].kind != SPEC_MOUNT_CGROUP)
			r = mount_row(&m, &mounts[i], err);
	return r;
}

int mount_cgroups(int root, const struct spec *spec, struct error *err)
{
	struct making m = { .root = root, .spec = spec };
	int r = 0;

	for (size_t i = 0; r == 0 && i < spec->system_mount_count; i++)
		if (spec->system_mounts[i].kind == SPEC_MOUNT_CGROUP)
			r = mount_row(&m, &spec->system_mounts[i], err);
	return r;
}

/* Files are covered by /dev/null, directories by one empty read-only tmpfs that all share. */
static int cover(int root, const char *path, int *empty, const char *label)
{
	_cleanup_close_ int target = within_open(root, path, O_PATH, WITHIN_NO_LINKS);
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (target < 0)
		return target == -ENOENT || target == -ENOTDIR ? 0 : target;
	if (fstat(target, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode)) {
		/* the host's own: the container's could have been replaced */
		fd = mountfd_clone(AT_FDCWD, "/dev/null", false);
		return fd < 0 ? fd : mountfd_attach(fd, target);
	}
	if (*empty < 0) {
		*empty = mountfd_new("tmpfs", "mode=755,size=0,nr_inodes=1", label,
			SPEC_MOUNT_RO | SPEC_MOUNT_NOSUID | SPEC_MOUNT_NODEV | SPEC_MOUNT_NOEXEC,
			NULL);
		return *empty < 0 ? *empty : mountfd_attach(*empty, target);
	}
	fd = mountfd_clone(*empty, "", false);
	return fd < 0 ? fd : mountfd_attach(fd, target);
}

static int make_read_only(int root, const char *path)
{
	_cleanup_close_ int target = within_open(root, path, O_PATH, WITHIN_NO_LINKS);
	_cleanup_close_ int fd = -1;

	if (target < 0)
		return target == -ENOENT || target == -ENOTDIR ? 0 : target;
	fd = mountfd_clone(target, "", true);
	return fd < 0 ? fd : mountfd_attach_with(fd, target, SPEC_MOUNT_RO, true);
}

int mount_protect(int root, const struct spec *spec, struct error *err)
{
	_cleanup_close_ int empty = -1;
	int r;

	for (size_t i = 0; spec->masked && spec->masked[i]; i++) {
		r = cover(root, spec->masked[i], &empty, spec->mount_label);
		if (r < 0)
			return error_set(err, r, "cannot mask '%s'", spec->masked[i]);
	}
	for (size_t i = 0; spec->read_only_paths && spec->read_only_paths[i]; i++) {
		r = make_read_only(root, spec->read_only_paths[i]);
		if (r < 0)
			return error_set(
				err, r, "cannot make '%s' read-only", spec->read_only_paths[i]);
	}
	return 0;
}

int mount_console(int root, int slave, struct error *err)
{
	_cleanup_close_ int target = within_make(root, "/dev/console", true, WITHIN_NO_LINKS);
	_cleanup_close_ int fd = -1;
	int r;

	if (target < 0)
		return error_set(err, target, "cannot make '/dev/console'");
	fd = mountfd_clone(slave, "", false);
	r = fd < 0 ? fd : mountfd_attach(fd, target);
	return r < 0 ? error_set(err, r, "cannot mount '/dev/console'") : 0;
}
