/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record RUNTIME_DIR/userns is one line of numbers:
 *
 *	version pid start-time namespace-inode single  ino sec nsec size  ino sec nsec size
 *
 * the holder, its namespace, and what /etc/subuid and /etc/subgid were when it was mapped. It is
 * believed only where the process still is the same (number and start time, looked at through a
 * pidfd), its namespace the same and the two files untouched; else a new holder is made. The
 * record lives in a directory of mode 0700 that is the user's; still the namespace must be owned
 * by the user, whatever it says.
 */
#include "runtime/oci/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/linux.h"
#include "base/text.h"
#include "base/title.h"
#include "runtime/oci/cgroup.h"
#include "runtime/oci/clone.h"
#include "runtime/oci/process.h"
#include "runtime/oci/userns-map.h"

enum {
	FIELDS = 13,
	VERSION = 1,
	RECORD_LIMIT = 512
};

enum field {
	VERSION_FIELD,
	PID,
	START,
	INODE,
	SINGLE,
	FILES
};

uid_t userns_owner(void)
{
	_cleanup_text_ struct text map = { 0 };
	unsigned long inside, outside;
	uid_t uid = geteuid();

	if (uid != 0 || io_read_file_at(AT_FDCWD, "/proc/self/uid_map", 4096, &map) < 0)
		return uid;
	if (sscanf(text_get(&map), "%lu %lu", &inside, &outside) == 2 && inside == 0)
		return (uid_t)outside;
	return uid;
}

static bool is_ours(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

void userns_find_session(void)
{
	const char *session = getenv("XDG_RUNTIME_DIR");
	char path[64], bus[96];

	if (userns_owner() == 0 || (session && *session == '/' && is_ours(session)))
		return;
	(void)snprintf(path, sizeof(path), "/run/user/%u", userns_owner());
	if (!is_ours(path))
		return;
	(void)snprintf(bus, sizeof(bus), "unix:path=%s/bus", path);
	(void)setenv("XDG_RUNTIME_DIR", path, 1);
	/* what su left there is another's */
	if (access(bus + strlen("unix:path="), F_OK) == 0)
		(void)setenv("DBUS_SESSION_BUS_ADDRESS", bus, 1);
	else
		(void)unsetenv("DBUS_SESSION_BUS_ADDRESS");
}

int userns_runtime_dir(char *ret, size_t size, struct error *err)
{
	const char *session = getenv("XDG_RUNTIME_DIR");
	uid_t owner = userns_owner();
	int n;

	if (owner == 0)
		n = snprintf(ret, size, "/run/rpod");
	else if (session && *session == '/' && is_ours(session)) /* after su it is another's */
		n = snprintf(ret, size, "%s/rpod", session);
	else
		n = snprintf(ret, size, "/tmp/rpod-%u", owner);
	if (n < 0 || (size_t)n >= size)
		return error_set(err, -ENAMETOOLONG, "cannot name the runtime directory");
	if (mkdir(ret, 0700) < 0 && errno != EEXIST)
		return error_set(err, -errno, "cannot make '%s'", ret);
	if (!is_ours(ret))
		return error_say(err, -EPERM, "'%s' is not this user's directory; remove it", ret);
	return 0;
}

/* What the range files are: any change of them shows here. */
static void sign(uint64_t ret[8])
{
	static const char *const paths[] = { "/etc/subuid", "/etc/subgid" };

	memset(ret, 0, 8 * sizeof(*ret));
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct stat st;

		if (stat(paths[i], &st) < 0)
			continue;
		ret[4 * i] = st.st_ino;
		ret[4 * i + 1] = (uint64_t)st.st_mtim.tv_sec;
		ret[4 * i + 2] = (uint64_t)st.st_mtim.tv_nsec;
		ret[4 * i + 3] = (uint64_t)st.st_size;
	}
}

static int read_record(int dir, uint64_t ret[FIELDS])
{
	_cleanup_text_ struct text text = { 0 };
	char *at, *next;
	int r = io_read_file_at(dir, "userns", RECORD_LIMIT, &text);

	if (r < 0)
		return r;
	at = text.data;
	for (size_t i = 0; i < FIELDS; i++) {
		if (!at)
			return -EINVAL;
		next = strpbrk(at, " \n");
		if (next)
			*next++ = '\0';
		r = parse_u64(at, &ret[i]);
		if (r < 0)
			return r;
		at = next;
	}
	return ret[VERSION_FIELD] == VERSION ? 0 : -EINVAL;
}

static int write_record(int dir, const uint64_t record[FIELDS])
{
	_cleanup_text_ struct text text = { 0 };

	for (size_t i = 0; i < FIELDS; i++)
		text_addf(&text, "%llu%c", (unsigned long long)record[i],
			i + 1 < FIELDS ? ' ' : '\n');
	if (text_failed(&text))
		return -ENOMEM;
	return io_replace_at(dir, "userns", text.data, text.length, 0600, IO_NO_SYNC);
}

/* The namespace of the holder at @pidfd, if it is the user's own. */
static int open_namespace(pid_t pid, int pidfd, uint64_t inode)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	char path[64];
	uid_t owner;

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || ioctl(fd, NS_GET_OWNER_UID, &owner) < 0)
		return -errno;
	/* alive after the open: the path was the holder's */
	if (syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) < 0)
		return -errno;
	if (owner != geteuid() || (inode && st.st_ino != inode))
		return -ESTALE;
	return take_fd(&fd);
}

static int find(struct userns *ret, int dir)
{
	_cleanup_close_ int pidfd = -1, fd = -1;
	uint64_t record[FIELDS], now[8];
	int r = read_record(dir, record);

	if (r < 0)
		return r;
	pidfd = process_open((pid_t)record[PID], record[START]);
	if (pidfd < 0)
		return pidfd;
	sign(now);
	if (memcmp(now, &record[FILES], sizeof(now)) != 0) {
		/* containers that run keep their namespace; nobody new shall find it */
		(void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
		return -ESTALE;
	}
	fd = open_namespace((pid_t)record[PID], pidfd, record[INODE]);
	if (fd < 0)
		return fd;
	*ret = (struct userns){ take_fd(&fd), (pid_t)record[PID], record[SINGLE] != 0, false };
	return 0;
}

/* The holder: in its namespace, with nothing open, asleep until it is killed. */
static void NORETURN hold(void)
{
	sigset_t none;

	title_set("rpod-userns");
	(void)setsid();
	(void)!chdir("/");
	(void)syscall(SYS_close_range, 0U, ~0U, 0);
	(void)prctl(PR_SET_NAME, "rpod-userns");
	/* becoming root of a namespace made us undumpable: nobody could open /proc/PID/ns/user */
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	for (int number = 1; number < SIGRTMIN; number++)
		(void)signal(number, SIG_DFL);
	(void)signal(SIGHUP, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	for (;;)
		(void)pause();
}

/* The holder is a grandchild: init reaps it, and no caller finds a child it does not know. */
static int start_holder(pid_t *ret, struct error *err)
{
	_cleanup_close_ int near = -1;
	int ends[2], answer = -EIO;
	pid_t starter;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot make a pipe");
	near = ends[0];
	starter = fork();
	if (starter == 0) {
		pid_t pid = clone_process(CLONE_NEWUSER, -1, NULL);

		if (pid == 0)
			hold();
		_exit(io_write_all(ends[1], &pid, sizeof(pid)) == 0 ? 0 : 1);
	}
	(void)close(ends[1]);
	if (starter < 0)
		return error_set(err, -errno, "cannot fork");
	if (read(near, &answer, sizeof(answer)) != sizeof(answer))
		answer = -EIO;
	while (waitpid(starter, NULL, 0) < 0 && errno == EINTR)
		;
	if (answer > 0) {
		*ret = (pid_t)answer;
		return 0;
	}
	(void)error_set(err, answer, "cannot create a user namespace");
	return error_see(err, answer == -ENOSPC ? "userns.max" : "userns.probe");
}

static int map(pid_t holder, bool *ret_single, struct error *err)
{
	struct userns_ranges ranges;
	int r = userns_read_ranges(&ranges, geteuid(), err);

	if (r < 0)
		return r;
	*ret_single = ranges.uid_count == 0 || ranges.gid_count == 0;
	if (*ret_single)
		return userns_write_single(holder, geteuid(), getegid(), err);
	return userns_write_map(holder, geteuid(), getegid(), &ranges, err);
}

static int keep(struct userns *ret, int dir, pid_t holder, struct error *err)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, holder, 0);
	_cleanup_close_ int fd = -1;
	uint64_t record[FIELDS] = { VERSION, (uint64_t)holder };
	struct stat st;
	bool single;
	int r;

	/* before the map is read: a change in between shows as stale next time */
	sign(&record[FILES]);
	r = map(holder, &single, err);
	if (r < 0)
		return r;
	r = process_start_time(holder, &record[START]);
	if (r == 0)
		r = fd = open_namespace(holder, pidfd, 0);
	if (r >= 0 && fstat(fd, &st) == 0) {
		record[INODE] = st.st_ino;
		record[SINGLE] = single;
		r = write_record(dir, record);
	}
	if (r < 0)
		return error_set(err, r, "cannot keep the user namespace");
	*ret = (struct userns){ take_fd(&fd), holder, single, true };
	return 0;
}

/* It serves logins to come: it must not keep this one's session open, nor end with it. */
static void move_out(pid_t holder)
{
	struct cgroup_own own;
	char name[32];

	(void)snprintf(name, sizeof(name), "rpod-userns-%d", (int)holder);
	cgroup_own_begin(&own, name, "rpod user namespace", holder);
	cgroup_own_finish(&own);
}

static int make(struct userns *ret, int dir, struct error *err)
{
	_cleanup_close_ int lock = openat(dir, "userns.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	pid_t holder = 0;
	int r;

	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return error_set(err, -errno, "cannot lock the user namespace's record");
	if (find(ret, dir) == 0) /* somebody was faster */
		return 0;
	r = start_holder(&holder, err);
	if (r < 0)
		return r;
	r = keep(ret, dir, holder, err);
	if (r < 0)
		(void)kill(holder, SIGKILL);
	else
		move_out(holder);
	return r;
}

static int open_dir(int *ret, struct error *err)
{
	char path[4096];
	int r = userns_runtime_dir(path, sizeof(path), err);

	if (r < 0)
		return r;
	*ret = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret < 0 ? error_set(err, -errno, "cannot open '%s'", path) : 0;
}

int userns_open(struct userns *ret, struct error *err)
{
	_cleanup_close_ int dir = -1;
	int r;

	*ret = (struct userns)USERNS_NONE;
	if (geteuid() == 0)
		return 0;
	r = open_dir(&dir, err);
	if (r < 0)
		return r;
	return find(ret, dir) == 0 ? 0 : make(ret, dir, err);
}

int userns_join(const struct userns *userns, struct error *err)
{
	if (userns->fd < 0)
		return 0;
	if (setns(userns->fd, CLONE_NEWUSER) < 0)
		return error_set(err, -errno, "cannot join the user namespace");
	/* what we start opens our children's /proc entries; containers are kept from ours by their
	 * pid namespace, and by having fewer capabilities than we (ptrace(2), commoncap) */
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return 0;
}

int userns_enter(bool *ret_single, struct error *err)
{
	_cleanup_userns_ struct userns userns = USERNS_NONE;
	int r = userns_open(&userns, err);

	if (r == 0)
		r = userns_join(&userns, err);
	if (r == 0 && ret_single)
		*ret_single = userns.single;
	return r;
}

void userns_done(struct userns *userns)
{
	if (userns->fd >= 0)
		(void)close(take_fd(&userns->fd));
}

int userns_forget(struct error *err)
{
	_cleanup_close_ int dir = -1;
	uint64_t record[FIELDS];
	int r = open_dir(&dir, err);

	if (r < 0)
		return r;
	if (read_record(dir, record) == 0)
		(void)!process_kill((pid_t)record[PID], record[START], SIGKILL);
	if (unlinkat(dir, "userns", 0) < 0 && errno != ENOENT)
		return error_set(err, -errno, "cannot remove the user namespace's record");
	return 0;
}
