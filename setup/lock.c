/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <shadow.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "setup/args.h"
#include "setup/regular.h"
#include "setup/target.h"

#define LIVE_LOCK "/run/rpod-setup.lock"

enum {
	RETRY_MS = 100,
	CLOCK_SLACK_S = 2
};

/* The files of shadow's suite that have a lock each, as lockpw and commonio.c order them. */
static const char *const accounts[] = {
	"/etc/passwd.lock",
	"/etc/group.lock",
	"/etc/gshadow.lock",
	"/etc/shadow.lock",
	"/etc/subuid.lock",
	"/etc/subgid.lock",
};

static void say_pid(int fd)
{
	char pid[24];
	int n = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());

	/* for people and for the message of the next one: the lock holds without it */
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, pid, (size_t)n, 0);
}

static int busy(int fd, const char *path, struct error *err)
{
	char pid[24] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
	(void)error_say(err, -EBUSY,
		"another rpod-setup%s%s holds '%s'; wait for it, or give "
		"--lock-timeout",
		*pid ? ", process " : "", pid, path);
	return error_exit(err, EXIT_BUSY);
}

/* One that is there may be anything in a tree of others, even another name of a file outside: to
 * lock that does nothing to it, to write would. */
static int open_lock(int parent, const char *name, nlink_t *ret_links)
{
	struct stat st = { .st_nlink = 1 };
	int fd = openat(parent, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		fd = errno == EEXIST ? regular_open(parent, name, O_RDWR, &st) : -errno;
	*ret_links = st.st_nlink;
	return fd;
}

static int cannot_make(const char *path, int r, struct error *err)
{
	(void)error_set(err, r, "cannot make the lock '%s'", path);
	return r == -EROFS ? error_exit(err, EXIT_CANNOT_PREPARE) : r;
}

int lock_take(struct target *t, unsigned timeout_s, struct error *err)
{
	char path[PATH_MAX];
	bool for_all = t->live && strcmp(t->state, TARGET_STATE) == 0;
	uint64_t deadline = io_now_ms() + (uint64_t)timeout_s * 1000;
	_cleanup_close_ int parent = -1, fd = -1;
	const char *name;
	nlink_t links = 0;
	int r = for_all ? 0 : target_mkdirs(t, t->state, 0700);

	if (for_all)
		(void)text_copy(path, sizeof(path), LIVE_LOCK);
	else if (snprintf(path, sizeof(path), "%s/lock", t->state) >= (int)sizeof(path))
		r = -ENAMETOOLONG;
	parent = r < 0 ? r : target_open_parent(t, path, &name);
	fd = parent < 0 ? parent : open_lock(parent, name, &links);
	if (fd < 0)
		return cannot_make(path, fd, err);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return error_set(err, -errno, "cannot take the lock '%s'", path);
		if (io_now_ms() >= deadline)
			return busy(fd, path, err);
		(void)poll(NULL, 0, RETRY_MS);
	}
	if (links == 1)
		say_pid(fd);
	return take_fd(&fd);
}

static int64_t seconds_of(clockid_t clock)
{
	struct timespec now;

	return clock_gettime(clock, &now) < 0 ? 0 : (int64_t)now.tv_sec;
}

/* After a power cut the number in a lock is soon some other process's: one that began after the
 * lock was made did not make it. */
static bool is_reused(uint32_t pid, const struct stat *lock)
{
	_cleanup_text_ struct text stat = { 0 };
	int64_t age, ticks = sysconf(_SC_CLK_TCK);
	unsigned long long began;
	const char *rest;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%u/stat", (unsigned)pid);
	if (ticks <= 0 || io_read_file_at(AT_FDCWD, path, 4096, &stat) < 0)
		return false;
	/* proc_pid_stat(5): the name in field 2 may hold blanks; the 22nd is the start */
	rest = strrchr(text_get(&stat), ')');
	if (!rest || sscanf(rest,
			     ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			     "%*s %*s %*s %llu",
			     &began) != 1)
		return false;
	age = seconds_of(CLOCK_BOOTTIME) - (int64_t)began / ticks;
	return seconds_of(CLOCK_REALTIME) - age > (int64_t)lock->st_mtime + CLOCK_SLACK_S;
}

/* Who holds shadow's lock file: 0 nobody; a pid; -ESRCH a dead one, -ESTALE one whose
 * number another process has by now; -EINVAL no number in it. */
static int holder(struct target *t, const char *path)
{
	_cleanup_text_ struct text content = { 0 };
	struct stat st;
	uint32_t pid;
	int r = target_read(t, path, &content, &st);

	if (r < 0)
		return r == -ENOENT ? 0 : -EINVAL;
	/* shadow writes the number with its NUL */
	if (parse_u32(text_get(&content), &pid) < 0 || pid == 0 || pid > INT32_MAX)
		return -EINVAL;
	if (kill((pid_t)pid, 0) < 0 && errno == ESRCH)
		return -ESRCH;
	return is_reused(pid, &st) ? -ESTALE : (int)pid;
}

/* One that cannot be removed would be waited for without end. */
static int break_it(struct target *t, const char *path, struct error *err)
{
	int r = target_remove(t, path);

	return r < 0 && r != -ENOENT ? error_set(err, r, "cannot remove the stale lock '%s'", path)
				     : 0;
}

static int wait_for(struct target *t, const char *path, struct error *err)
{
	uint64_t deadline = io_now_ms() + (uint64_t)t->timeout_s * 1000;
	int pid;

	while ((pid = holder(t, path)) > 0 && io_now_ms() < deadline)
		(void)poll(NULL, 0, RETRY_MS);
	if (pid > 0) {
		(void)error_say(err, -EBUSY,
			"process %d holds '%s'; wait for it, or give "
			"--lock-timeout",
			pid, path);
		return error_exit(err, EXIT_BUSY);
	}
	/* nobody else breaks it: shadow's tools only ask whether there is such a process */
	if (pid == -ESTALE)
		return break_it(t, path, err);
	if (pid == -EINVAL)
		return error_say(err, -EBUSY,
			"'%s' was left behind by a process that is gone; see "
			"that no useradd or usermod runs, then: rm %s%s",
			path, t->live ? "" : t->path, path);
	return 0;
}

int account_lock_check(struct target *t, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(accounts); i++) {
		int r = wait_for(t, accounts[i], err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int write_pid(int parent, const char *name)
{
	_cleanup_close_ int fd =
		openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char pid[24];
	int n = snprintf(pid, sizeof(pid), "%d", (int)getpid());

	return fd < 0 ? -errno : io_write_all(fd, pid, (size_t)n + 1);
}

/* As shadow's commonio.c does: a file of our own with the pid in it, linked to the lock's name,
 * because link(2) is atomic where O_EXCL once was not. -EEXIST: somebody was faster. */
static int try_one(struct target *t, const char *path, struct error *err)
{
	_cleanup_close_ int parent = -1;
	const char *name;
	int r = 0;

	/* of a process that is gone: shadow's tools break such a lock too */
	if (holder(t, path) == -ESRCH)
		r = break_it(t, path, NULL);
	if (r < 0)
		return r;
	parent = target_open_parent(t, path, &name);
	if (parent < 0)
		return error_set(err, parent, "cannot lock '%s'", path);
	/* the name target.c writes under too: what a killed run left there goes */
	if (unlinkat(parent, TARGET_TEMPORARY, 0) < 0 && errno != ENOENT)
		return error_set(err, -errno, "cannot lock '%s': cannot remove '%.*s%s'", path,
			(int)(name - path), path, TARGET_TEMPORARY);
	r = write_pid(parent, TARGET_TEMPORARY);
	if (r >= 0 && linkat(parent, TARGET_TEMPORARY, parent, name, 0) < 0)
		r = -errno;
	(void)unlinkat(parent, TARGET_TEMPORARY, 0);
	return r < 0 ? error_set(err, r, "cannot lock '%s'", path) : 0;
}

static int take_one(struct target *t, const char *path, struct error *err)
{
	int r;

	do {
		r = wait_for(t, path, err);
		if (r < 0)
			return r;
		r = try_one(t, path, err);
	} while (r == -EEXIST);
	return r;
}

int account_lock(struct account_lock *lock, struct target *t, struct error *err)
{
	lock->t = t;
	if (t->live && lckpwdf() < 0) {
		(void)error_set(err, -EBUSY, "cannot lock '/etc/.pwd.lock'");
		return error_exit(err, EXIT_BUSY);
	}
	lock->password_file = t->live;
	for (size_t i = 0; i < ARRAY_SIZE(accounts); i++) {
		int r = take_one(t, accounts[i], err);

		if (r < 0)
			return r;
		lock->held |= 1u << i;
	}
	return 0;
}

void account_unlock(struct account_lock *lock)
{
	for (size_t i = ARRAY_SIZE(accounts); i-- > 0;)
		if (lock->held & 1u << i)
			(void)!target_remove(lock->t, accounts[i]);
	if (lock->password_file)
		(void)ulckpwdf();
	*lock = (struct account_lock){ 0 };
}
