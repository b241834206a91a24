/* SPDX-License-Identifier: Apache-2.0 */
/* Tries of what the system offers the user: devices, bus, cgroup, filters. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/probe-try.h"

int probe_fuse(const struct probe_try *t)
{
	_cleanup_close_ int fd = -1;

	probe_step(t, "open /dev/fuse");
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : 0;
}

/* The kernel takes a connection for who has stopped listening too: only an answer proves life.
 * "AUTH EXTERNAL", the uid in hexadecimal digits of its ASCII ones: D-Bus specification,
 * "Authentication Protocol"; systemd's own socket speaks it as well. */
static int be_let_in(const struct probe_try *t, int fd)
{
	char uid[16], line[64], answer[64];
	int used, r;
	ssize_t n;

	(void)snprintf(uid, sizeof(uid), "%u", (unsigned)t->host->user.uid);
	/* it begins with a zero byte */
	used = 1 + snprintf(line + 1, sizeof(line) - 1, "AUTH EXTERNAL ");
	line[0] = '\0';
	for (size_t i = 0; uid[i]; i++)
		used += snprintf(
			line + used, sizeof(line) - (size_t)used, "%02x", (unsigned)uid[i]);
	used += snprintf(line + used, sizeof(line) - (size_t)used, "\r\n");
	r = io_write_all(fd, line, (size_t)used);
	if (r < 0)
		return r;
	n = read(fd, answer, sizeof(answer));
	if (n < 0)
		return -errno;
	if (n < 2)
		return -ECONNRESET;
	return memcmp(answer, "OK", 2) == 0 ? 0 : -EACCES;
}

static int probe_socket(const struct probe_try *t, const char *name)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	probe_step(t, "connect");
	if (fd < 0)
		return -errno;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "/run/user/%u/%s",
		(unsigned)t->host->user.uid, name);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	probe_step(t, "wait for an answer");
	return be_let_in(t, fd);
}

int probe_manager(const struct probe_try *t)
{
	return probe_socket(t, "systemd/private");
}

int probe_bus(const struct probe_try *t)
{
	return probe_socket(t, "bus");
}

int probe_seccomp(const struct probe_try *t)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };

	probe_step(t, "set no_new_privs");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	probe_step(t, "install a filter");
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 ? -errno : 0;
}

/*
 * Where the user may make cgroups: the manager's node, which holds no process of its own
 * (cgroup-v2.rst, "no internal process constraint"); else our own cgroup, if it was given to us.
 */
static const char *sub_parent(const struct host *host)
{
	const struct cgroup *c = &host->cgroup;

	if (c->version != CGROUP_V2)
		return NULL;
	if (c->count == 4 && c->chain[3].state == FACT_KNOWN && c->chain[3].owner == host->user.uid)
		return c->chain[3].path;
	return host->context.cgroup.state == FACT_KNOWN && !strstr(host->context.cgroup.value, "..")
		       ? host->context.cgroup.value
		       : NULL;
}

const char *probe_subcgroup_lacks(const struct host *host)
{
	return sub_parent(host) ? NULL : "no cgroup of version 2";
}

static int enable(const struct probe_try *t, int dir)
{
	_cleanup_text_ struct text controllers = { 0 };
	_cleanup_close_ int fd = -1;
	const char *all;
	int r;

	probe_step(t, "read cgroup.controllers");
	r = io_read_file_at(dir, "cgroup.controllers", 4096, &controllers);
	if (r < 0)
		return r;
	all = text_get(&controllers);
	probe_text(t, "%.*s", (int)strcspn(all, "\n"), all);
	if (!text_has_word(all, "memory") && !text_has_word(all, "pids"))
		return 0;
	probe_step(t, "enable a controller");
	fd = openat(dir, "cgroup.subtree_control", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	all = text_has_word(all, "pids") ? "+pids" : "+memory";
	return io_write_all(fd, all, strlen(all));
}

static int open_parent(const struct probe_try *t)
{
	const char *parent = sub_parent(t->host);
	char path[PATH_MAX];
	struct stat st;
	int fd;

	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup%s", parent ? parent : "");
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* root may write anywhere: that proves nothing, and it is not ours to try */
	if (fstat(fd, &st) < 0 || st.st_uid != t->host->user.uid || !parent) {
		(void)close(fd);
		return -EACCES;
	}
	return fd;
}

int probe_subcgroup(const struct probe_try *t)
{
	_cleanup_close_ int parent = -1, dir = -1;
	int r;

	probe_step(t, "mkdir");
	parent = open_parent(t);
	if (parent < 0)
		return parent;
	if (mkdirat(parent, t->scratch, 0755) < 0)
		return -errno;
	dir = openat(parent, t->scratch, O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = dir < 0 ? -errno : enable(t, dir);
	if (unlinkat(parent, t->scratch, AT_REMOVEDIR) < 0 && r >= 0) {
		probe_step(t, "rmdir");
		r = -errno;
	}
	return r;
}

void probe_clean_cgroup(const struct probe_try *t)
{
	_cleanup_close_ int parent = open_parent(t);

	if (parent >= 0)
		(void)unlinkat(parent, t->scratch, AT_REMOVEDIR);
}
