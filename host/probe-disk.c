/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tries that need a place on a disk. Each makes a directory .rpod-probe-WORD-RANDOM in the user's
 * home and works in it; it goes away again: by the try itself, by probe_clean_disk() when the try
 * was killed, by the next try when we were killed with it. The directory is locked (flock(2)) while
 * a try is at work: what nobody has locked nobody will remove.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/probe-try.h"

/* What is mounted in @share for images alone: podman's, or rpod's. */
static int open_mount(int share, char ret[PATH_MAX])
{
	static const char *const names[] = { "containers/storage", "containers", "rpod" };
	size_t length = strlen(ret);
	struct stat around, at;

	if (fstat(share, &around) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_close_ int fd = openat(share, names[i], O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || fstat(fd, &at) < 0 || at.st_dev == around.st_dev)
			continue;
		(void)snprintf(ret + length, PATH_MAX - length, "/%s", names[i]);
		return take_fd(&fd);
	}
	return -ENOENT;
}

/* Where storage is, or will be. */
static int open_storage(const struct probe_try *t, char ret[PATH_MAX])
{
	int fd;

	if (*t->host->config.storage) {
		(void)text_copy(ret, PATH_MAX, t->host->config.storage);
		probe_text(t, "%s", ret);
		fd = open(ret, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT)
			return fd < 0 ? -errno : fd;
	}
	(void)snprintf(ret, PATH_MAX, "%.3900s/.local/share", t->host->user.home);
	fd = open(ret, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		_cleanup_close_ int share = fd;
		int mounted = open_mount(share, ret);

		return mounted >= 0 ? mounted : take_fd(&share);
	}
	if (errno != ENOENT)
		return -errno;
	(void)text_copy(ret, PATH_MAX, t->host->user.home);
	fd = open(ret, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void remove_scratch(int at, const char *name)
{
	char work[PATH_MAX];

	/* overlayfs makes this one without any permission */
	(void)snprintf(work, sizeof(work), "%s/work/work", name);
	(void)!fchmodat(at, work, 0700, 0);
	(void)!io_remove_tree_at(at, name);
}

/* What tries left that were killed, whoever did that. */
static void sweep(int at)
{
	int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *names = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (fd >= 0 && !names)
		(void)close(fd);
	while (names && (entry = readdir(names))) {
		_cleanup_close_ int left = -1;

		if (!text_starts(entry->d_name, PROBE_SCRATCH))
			continue;
		left = openat(at, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (left >= 0 && flock(left, LOCK_EX | LOCK_NB) == 0)
			remove_scratch(at, entry->d_name);
	}
}

/* The directory of this try, locked: a descriptor. Another's sweep() may come between the making
 * and the lock, and take it for left behind: then it is made again. */
static int make_scratch(int at, const char *name)
{
	sweep(at);
	for (;;) {
		_cleanup_close_ int fd = -1;
		struct stat here, there;

		if (mkdirat(at, name, 0700) < 0)
			return -errno;
		fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno != ENOENT)
			return -errno;
		/* a file system without locks has to do without */
		if (fd >= 0 && flock(fd, LOCK_EX) < 0 && errno == EINTR)
			continue;
		if (fd >= 0 && fstat(fd, &here) == 0 && fstatat(at, name, &there, 0) == 0 &&
			here.st_ino == there.st_ino)
			return take_fd(&fd);
	}
}

static int make_directories(int at)
{
	static const char *const names[] = { "lower", "upper", "work", "merged" };
	_cleanup_close_ int fd = -1;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (mkdirat(at, names[i], 0700) < 0)
			return -errno;
	fd = openat(at, "lower/old", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : 0;
}

static int use_overlay(const struct probe_try *t)
{
	_cleanup_close_ int fd = -1;

	probe_step(t, "mount overlay");
	if (mount("overlay", "merged", "overlay", 0,
		    "lowerdir=lower,upperdir=upper,workdir=work,userxattr") < 0)
		return -errno;
	probe_step(t, "write in overlay");
	fd = open("merged/new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	/* removing what is in the lower layer makes a whiteout in the upper one */
	probe_step(t, "remove in overlay");
	return unlink("merged/old") < 0 ? -errno : 0;
}

/* In a fork, in namespaces that end with it; the directories are removed from outside. */
static int overlay_on_disk(const struct probe_try *t)
{
	int r = probe_enter(t, CLONE_NEWUSER | CLONE_NEWNS);

	return r < 0 ? r : use_overlay(t);
}

static int overlay_on_tmpfs(const struct probe_try *t)
{
	int r = probe_enter(t, CLONE_NEWUSER | CLONE_NEWNS);

	if (r < 0)
		return r;
	probe_step(t, "mount tmpfs");
	if (mount("tmpfs", "/tmp", "tmpfs", 0, "mode=0700") < 0 || chdir("/tmp") < 0)
		return -errno;
	r = make_directories(AT_FDCWD);
	return r < 0 ? r : use_overlay(t);
}

static int in_fork(int (*run)(const struct probe_try *t), const struct probe_try *t)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(-run(t));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

int probe_overlay(const struct probe_try *t)
{
	_cleanup_close_ int storage = -1, scratch = -1;
	char path[PATH_MAX];
	int r;

	probe_step(t, "open the storage");
	storage = open_storage(t, path);
	probe_step(t, "mkdir");
	scratch = storage < 0 ? storage : make_scratch(storage, t->scratch);
	if (scratch < 0) {
		r = scratch;
		if (r != -EACCES && r != -ENOENT && r != -EROFS)
			return r;
		probe_text(t, "tried on tmpfs: cannot write in '%s'", path);
		return overlay_on_tmpfs(t);
	}
	r = fchdir(scratch) < 0 ? -errno : make_directories(scratch);
	if (r >= 0)
		r = in_fork(overlay_on_disk, t);
	if (r >= 0)
		probe_text(t, "on '%s'", path);
	remove_scratch(storage, t->scratch);
	return r;
}

static int execute(int home, const char *name)
{
	char *argv[] = { (char *)(uintptr_t)name, NULL }, *env[] = { NULL };
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		(void)!fchdir(home);
		(void)execve(name, argv, env);
		_exit(errno);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

static int write_and_execute(const struct probe_try *t, int at)
{
	static const char script[] = "#!/bin/sh\nexit 0\n";
	int fd, r;

	fd = openat(at, "try", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0700);
	if (fd < 0)
		return -errno;
	r = io_write_all(fd, script, strlen(script));
	/* a full disk may say so only here; and a file open for writing cannot be executed */
	if (close(fd) < 0 && r >= 0)
		r = -errno;
	if (r >= 0) {
		probe_step(t, "execute a file");
		r = execute(at, "try");
	}
	if (r >= 0)
		probe_step(t, "remove a file");
	if (unlinkat(at, "try", 0) < 0 && r >= 0)
		r = -errno;
	return r;
}

int probe_home_write(const struct probe_try *t)
{
	_cleanup_close_ int home = -1, scratch = -1;
	int r;

	probe_step(t, "open the home");
	home = open(t->host->user.home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (home < 0)
		return -errno;
	probe_step(t, "make a file");
	scratch = make_scratch(home, t->scratch);
	if (scratch < 0)
		return scratch;
	r = write_and_execute(t, scratch);
	remove_scratch(home, t->scratch);
	return r;
}

void probe_clean_disk(const struct probe_try *t)
{
	_cleanup_close_ int storage = -1, home = -1;
	char path[PATH_MAX];

	storage = open_storage(t, path);
	if (storage >= 0)
		remove_scratch(storage, t->scratch);
	home = open(t->host->user.home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (home >= 0)
		remove_scratch(home, t->scratch);
}
