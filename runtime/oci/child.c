/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	caller                          child: new mount, pid, net, ipc, uts (and cgroup) namespaces
 *	------                          -----
 *	writes the id map     -- u -->  becomes root of it          only with a map of its own
 *	asks systemd, starts            joins others' namespaces, cuts mount propagation
 *	pasta, writes state             limits, labels               while the host's /proc is there
 *	                                root, /proc /dev /sys, volumes, terminal
 *	scope is there        -- c -->  cgroup namespace, /sys/fs/cgroup
 *	                                masks, pivot_root            the host is gone from here on
 *	                      <- r, t - who the command runs as; ready, with the terminal's master
 *	network is there      -- s -->  session, ids, capabilities, filter, exec
 *	                      <- end -  the channel is closed on exec
 *
 * The caller never waits but for the last line; where the words are there already, neither does
 * the child. An error goes up as it is, and the child is gone.
 */
#include "runtime/oci/child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "runtime/oci/become.h"
#include "runtime/oci/channel.h"
#include "runtime/oci/copy.h"
#include "runtime/oci/mount.h"
#include "runtime/oci/mountfd.h"
#include "runtime/oci/network.h"
#include "runtime/oci/rootfs.h"
#include "runtime/oci/spec.h"
#include "runtime/oci/terminal.h"
#include "runtime/oci/who.h"
#include "runtime/oci/within.h"

enum {
	EXIT_OURS = 125
};

struct making {
	const struct child *child;
	const struct spec *spec;
	int root;
	int master, slave; /* the terminal */
};

static const struct {
	const char *name;
	int type;
} joined[] = {
	[SPEC_NS_NET] = { "network", CLONE_NEWNET },
	[SPEC_NS_PID] = { "pid", 0 }, /* for children only: the caller's business */
	[SPEC_NS_IPC] = { "ipc", CLONE_NEWIPC },
	[SPEC_NS_UTS] = { "uts", CLONE_NEWUTS },
	[SPEC_NS_CGROUP] = { "cgroup", CLONE_NEWCGROUP },
};
_Static_assert(ARRAY_SIZE(joined) == SPEC_NS_COUNT, "a row for every namespace");

static void plain_signals(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* handlers fall at exec, but what is ignored stays ignored */
	for (int number = 1; number < SIGRTMIN; number++)
		(void)signal(number, SIG_DFL);
}

static int take_namespaces(const struct making *m, struct error *err)
{
	int r;

	if (m->child->mapped) {
		r = channel_expect(m->child->channel, CHANNEL_MAPPED);
		if (r == 0 && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0))
			r = -errno;
		if (r < 0)
			return error_set(err, r, "cannot become root of the new id map");
		/* changed ids made us undumpable: pasta opens our /proc/PID/ns/net */
		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	}
	for (size_t i = 0; i < SPEC_NS_COUNT; i++)
		if (m->spec->namespaces[i].mode == SPEC_NS_JOIN && joined[i].type &&
			setns(m->spec->namespaces[i].fd, joined[i].type) < 0)
			return error_set(
				err, -errno, "cannot join the %s namespace", joined[i].name);
	r = mountfd_make_slave("/");
	return r < 0 ? error_set(err, r, "cannot cut mounts off from the host's") : 0;
}

static int set_sysctls(int root, const char *const *sysctls, struct error *err)
{
	for (; sysctls && *sysctls; sysctls++) {
		const char *equals = strchr(*sysctls, '=');
		_cleanup_close_ int fd = -1;
		char path[256];
		int r = -EINVAL;

		if (equals && snprintf(path, sizeof(path), "/proc/sys/%.*s",
				      (int)(equals - *sysctls), *sysctls) < (int)sizeof(path)) {
			for (char *at = path; *at; at++)
				*at = *at == '.' ? '/' : *at;
			r = fd = within_open(root, path, O_WRONLY, WITHIN_NO_LINKS);
		}
		if (r >= 0)
			r = io_write_all(fd, equals + 1, strlen(equals + 1));
		if (r < 0)
			return error_set(err, r, "cannot set sysctl '%s'", *sysctls);
	}
	return 0;
}

static int open_terminal(struct making *m, struct error *err)
{
	int r;

	if (!m->spec->process.terminal)
		return 0;
	r = within_open(m->root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY, WITHIN_NO_LINKS);
	if (r >= 0) {
		m->master = r;
		r = m->slave = terminal_slave(m->master);
	}
	if (r < 0)
		return error_set(err, r, "cannot open a terminal in the container");
	return mount_console(m->root, m->slave, err);
}

static int make_network(const struct making *m, struct error *err)
{
	if (m->spec->hostname && sethostname(m->spec->hostname, strlen(m->spec->hostname)) < 0)
		return error_set(err, -errno, "cannot set the host name '%s'", m->spec->hostname);
	if (m->spec->namespaces[SPEC_NS_NET].mode != SPEC_NS_PRIVATE)
		return 0;
	return network_loopback_up(err);
}

static int make_mounts(struct making *m, struct error *err)
{
	const struct spec *s = m->spec;
	int r;

	r = m->root = rootfs_mount(s, m->child->channel, err);
	if (r >= 0)
		r = mount_list(m->root, s, s->system_mounts, s->system_mount_count, err);
	if (r == 0)
		r = set_sysctls(m->root, s->sysctls, err);
	if (r == 0)
		r = mount_list(m->root, s, s->mounts, s->mount_count, err);
	return r;
}

static int enter_cgroup(const struct making *m, struct error *err)
{
	if (m->child->placed) {
		int r = channel_expect(m->child->channel, CHANNEL_PLACED);

		if (r < 0)
			return error_set(err, r, "cannot wait for the cgroup");
		if (m->spec->namespaces[SPEC_NS_CGROUP].mode == SPEC_NS_PRIVATE &&
			unshare(CLONE_NEWCGROUP) < 0)
			return error_set(err, -errno, "cannot make a cgroup namespace");
	}
	return mount_cgroups(m->root, m->spec, err);
}

static int enter_root(const struct making *m, struct error *err)
{
	int r = mount_protect(m->root, m->spec, err);

	if (r == 0 && m->spec->root.read_only) {
		r = mountfd_make_read_only(m->root, false);
		if (r < 0)
			return error_set(err, r, "cannot make the root file system read-only");
	}
	return r < 0 ? r : rootfs_enter(m->root, err);
}

static int own_volumes(const struct making *m, const struct who *who, struct error *err)
{
	for (size_t i = 0; i < m->spec->mount_count; i++) {
		const struct spec_mount *mount = &m->spec->mounts[i];
		_cleanup_close_ int fd = -1;
		int r;

		if (!(mount->flags & SPEC_MOUNT_CHOWN))
			continue;
		r = fd = within_open(m->root, mount->target, O_RDONLY | O_NONBLOCK, 0);
		if (r >= 0)
			r = copy_owner(fd, who->uid, who->gid);
		if (r < 0)
			return error_set(
				err, r, "cannot give '%s' to user %u", mount->target, who->uid);
	}
	return 0;
}

static int become(const struct making *m, struct error *err)
{
	const struct spec_process *p = &m->spec->process;
	int channel = m->child->channel;
	struct who who;
	int r;

	r = who_find(&who, m->root, p, err);
	if (r == 0)
		r = own_volumes(m, &who, err);
	if (r < 0)
		return r;
	if (m->master >= 0) {
		r = channel_send_fd(channel, CHANNEL_TERMINAL, m->master, 0);
		(void)close(m->master);
	}
	if (r == 0)
		r = channel_send(channel, CHANNEL_READY);
	if (r == 0)
		r = channel_expect(channel, CHANNEL_START);
	if (r < 0)
		return error_set(err, r, "the caller went away");
	r = become_io(p, m->slave, &who, err);
	if (r == 0)
		r = become_user(p, &who, err);
	return r < 0 ? r : become_command(p, &who, err);
}

static int make(struct making *m, struct error *err)
{
	int r;

	plain_signals();
	r = take_namespaces(m, err);
	if (r == 0)
		r = become_early(&m->spec->process, err);
	if (r == 0)
		r = make_mounts(m, err);
	if (r == 0)
		r = make_network(m, err);
	if (r == 0)
		r = open_terminal(m, err);
	if (r == 0)
		r = enter_cgroup(m, err);
	if (r == 0)
		r = enter_root(m, err);
	return r < 0 ? r : become(m, err);
}

void child_begin(const struct child *child)
{
	struct making m = { child, child->spec, -1, -1, -1 };
	struct error err = { 0 };

	(void)make(&m, &err);
	(void)channel_send_error(child->channel, &err);
	_exit(err.exit_status ? err.exit_status : EXIT_OURS);
}
