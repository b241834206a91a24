/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tries that need a place on a disk. What they make is named .rpod-probe-RANDOM, in the user's
 * home, and goes away again: by the try itself, or by probe_clean_disk() when it was killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/probe-try.h"

/* Where storage is, or will be. */
static int open_storage(const struct probe_try *t, char ret[PATH_MAX])
{
	int fd;

	if (*t->host->config.storage) {
		(void)text_copy(ret, PATH_MAX, t->host->config.storage);
		fd = open(ret, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT)
			return fd < 0 ? -errno : fd;
	}
	(void)snprintf(ret, PATH_MAX, "%.3900s/.local/share", t->host->user.home);
	fd = open(ret, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT)
		return fd < 0 ? -errno : fd;
	(void)text_copy(ret, PATH_MAX, t->host->user.home);
	fd = open(ret, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
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

static void remove_scratch(int at, const char *name)
{
	char work[128];

	/* overlayfs makes this one without any permission */
	(void)snprintf(work, sizeof(work), "%s/work/work", name);
	(void)!fchmodat(at, work, 0700, 0);
	(void)!io_remove_tree_at(at, name);
}

int probe_overlay(const struct probe_try *t)
{
	_cleanup_close_ int storage = -1, scratch = -1;
	char path[PATH_MAX];
	int r;

	probe_step(t, "mkdir");
	storage = open_storage(t, path);
	if (storage < 0 || mkdirat(storage, t->scratch, 0700) < 0) {
		r = storage < 0 ? storage : -errno;
		if (r != -EACCES && r != -ENOENT && r != -EROFS)
			return r;
		probe_text(t, "tried on tmpfs: cannot write in '%s'", path);
		return overlay_on_tmpfs(t);
	}
	scratch = openat(storage, t->scratch, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = scratch < 0 || fchdir(scratch) < 0 ? -errno : make_directories(scratch);
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

int probe_home_write(const struct probe_try *t)
{
	static const char script[] = "#!/bin/sh\nexit 0\n";
	_cleanup_close_ int home = -1;
	int fd, r;

	probe_step(t, "open the home");
	home = open(t->host->user.home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (home < 0)
		return -errno;
	probe_step(t, "make a file");
	fd = openat(home, t->scratch, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0700);
	if (fd < 0)
		return -errno;
	r = io_write_all(fd, script, strlen(script));
	/* a full disk may say so only here; and a file open for writing cannot be executed */
	if (close(fd) < 0 && r >= 0)
		r = -errno;
	if (r >= 0) {
		probe_step(t, "execute a file");
		r = execute(home, t->scratch);
	}
	if (r >= 0)
		probe_step(t, "remove a file");
	if (unlinkat(home, t->scratch, 0) < 0 && r >= 0)
		r = -errno;
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
		(void)unlinkat(home, t->scratch, 0);
}
