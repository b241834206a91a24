/* SPDX-License-Identifier: Apache-2.0 */
/* Tries that only need namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/probe-try.h"

static int write_file(const char *path, const char *content)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return io_write_all(fd, content, strlen(content));
}

/* user_namespaces(7): without privilege setgroups(2) must be given up before gid_map is written. */
static int write_maps(uid_t uid, gid_t gid)
{
	char line[32];
	int r;

	(void)snprintf(line, sizeof(line), "0 %u 1", (unsigned)uid);
	r = write_file("/proc/self/uid_map", line);
	if (r < 0)
		return r;
	r = write_file("/proc/self/setgroups", "deny");
	if (r < 0 && r != -ENOENT)
		return r;
	(void)snprintf(line, sizeof(line), "0 %u 1", (unsigned)gid);
	return write_file("/proc/self/gid_map", line);
}

int probe_enter(const struct probe_try *t, int flags)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	probe_step(t, "unshare");
	if (unshare(flags) < 0)
		return -errno;
	probe_step(t, "write uid_map");
	return write_maps(uid, gid);
}

int probe_userns(const struct probe_try *t)
{
	probe_step(t, "unshare");
	return unshare(CLONE_NEWUSER) < 0 ? -errno : 0;
}

int probe_single_map(const struct probe_try *t)
{
	return probe_enter(t, CLONE_NEWUSER);
}

int probe_enter_as_init(const struct probe_try *t, int flags, probe_run *run)
{
	int r = probe_enter(t, flags | CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID);
	int status;
	pid_t pid;

	if (r < 0)
		return r;
	probe_step(t, "fork");
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
			_exit(errno);
		_exit(-run(t));
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

static int mount_proc(const struct probe_try *t)
{
	probe_step(t, "mount proc");
	return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ? -errno
											  : 0;
}

int probe_mount_proc(const struct probe_try *t)
{
	return probe_enter_as_init(t, 0, mount_proc);
}

static int raise_loopback(void)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo" };

	if (fd < 0)
		return -errno;
	request.ifr_flags = IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

int probe_netns(const struct probe_try *t)
{
	int r = probe_enter(t, CLONE_NEWUSER | CLONE_NEWNET);

	if (r < 0)
		return r;
	probe_step(t, "bring lo up");
	return raise_loopback();
}

int probe_tun(const struct probe_try *t)
{
	_cleanup_close_ int fd = -1;
	struct ifreq request = { .ifr_name = "rpod0" };
	int r = probe_enter(t, CLONE_NEWUSER | CLONE_NEWNET);

	if (r < 0)
		return r;
	probe_step(t, "open /dev/net/tun");
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	probe_step(t, "make an interface");
	request.ifr_flags = IFF_TAP | IFF_NO_PI;
	return ioctl(fd, TUNSETIFF, &request) < 0 ? -errno : 0;
}
