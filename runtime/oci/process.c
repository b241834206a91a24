/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "runtime/oci/channel.h"
#include "runtime/oci/child.h"
#include "runtime/oci/clone.h"
#include "runtime/oci/network.h"
#include "runtime/oci/talk.h"

enum {
	EXIT_OURS = 125
};

static const uint64_t clone_flags[] = {
	[SPEC_NS_NET] = CLONE_NEWNET,
	[SPEC_NS_PID] = CLONE_NEWPID,
	[SPEC_NS_IPC] = CLONE_NEWIPC,
	[SPEC_NS_UTS] = CLONE_NEWUTS,
	[SPEC_NS_CGROUP] = CLONE_NEWCGROUP,
};
_Static_assert(ARRAY_SIZE(clone_flags) == SPEC_NS_COUNT, "a flag for every namespace");

static uint64_t namespaces(const struct spec *spec, bool placed_later)
{
	uint64_t flags = CLONE_NEWNS | (spec->uid_map_count ? CLONE_NEWUSER : 0);

	for (size_t i = 0; i < SPEC_NS_COUNT; i++)
		if (spec->namespaces[i].mode == SPEC_NS_PRIVATE)
			flags |= clone_flags[i];
	/* a cgroup namespace is rooted where its maker is: not before systemd moved it */
	return placed_later ? flags & ~(uint64_t)CLONE_NEWCGROUP : flags;
}

static int write_map(pid_t pid, const char *name, const struct spec_id_map *map, size_t n)
{
	_cleanup_text_ struct text lines = { 0 };
	_cleanup_close_ int fd = -1;
	char path[64];

	for (size_t i = 0; i < n; i++)
		text_addf(&lines, "%u %u %u\n", map[i].inside, map[i].outside, map[i].count);
	if (text_failed(&lines))
		return -ENOMEM;
	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : io_write_all(fd, lines.data, lines.length);
}

/* As root of the kept namespace we may map any of its ids: no helper is needed. */
static int map_ids(const struct process *p, struct error *err)
{
	const struct spec *s = p->spec;
	int r;

	if (!s->uid_map_count)
		return 0;
	r = write_map(p->pid, "uid_map", s->uid_map, s->uid_map_count);
	if (r == 0)
		r = write_map(p->pid, "gid_map", s->gid_map, s->gid_map_count);
	if (r == 0)
		r = channel_send(p->channel, CHANNEL_MAPPED);
	if (r == 0)
		return 0;
	(void)error_set(err, r, "cannot write the container's id map");
	return error_see(err, "idmap.subuid");
}

static int clone_child(struct process *p, struct error *err)
{
	bool later = p->cgroup.manager == SPEC_CGROUP_SYSTEMD;
	struct child child = {
		.spec = p->spec,
		.mapped = p->spec->uid_map_count > 0,
		.placed = later,
	};
	_cleanup_close_ int far = -1;
	int ends[2];
	int r = channel_open(ends);

	if (r < 0)
		return error_set(err, r, "cannot make a channel");
	p->channel = ends[0];
	far = ends[1];
	child.channel = far;
	p->pid = clone_process(namespaces(p->spec, later), p->cgroup.fd, &p->pidfd);
	if (p->pid == 0) {
		(void)close(p->channel);
		child_begin(&child);
	}
	if (p->pid > 0)
		return 0;
	r = (int)p->pid;
	p->pid = 0;
	(void)error_set(err, r, "cannot make namespaces");
	return error_see(err, r == -ENOSPC ? "userns.max" : "userns.probe");
}

static void end_child(struct process *p)
{
	if (p->pid > 0 && p->pidfd >= 0) {
		(void)syscall(SYS_pidfd_send_signal, p->pidfd, SIGKILL, NULL, 0);
		while (waitpid(p->pid, NULL, __WALL) < 0 && errno == EINTR)
			;
	}
	p->pid = 0;
}

static void abandon(struct process *p)
{
	struct error ignored = { 0 };

	end_child(p);
	if (p->pasta_starter > 0)
		(void)!network_finish(
			&p->spec->pasta, p->pasta_starter, p->pasta_words, &p->pasta, &ignored);
	p->pasta_starter = 0;
	network_stop(p->pasta, p->spec->pasta.pid_file);
	p->pasta = 0;
	cgroup_remove(&p->cgroup);
	process_done(p);
}

static int begin(struct process *p, struct error *err)
{
	const struct spec *s = p->spec;
	int r;

	r = cgroup_choose(&p->cgroup, &s->cgroup, err);
	if (r == 0)
		r = clone_child(p, err);
	if (r == 0)
		r = map_ids(p, err);
	if (r == 0)
		r = cgroup_begin(&p->cgroup, &s->cgroup, p->pid, err);
	if (r == 0 && s->pasta.options && s->namespaces[SPEC_NS_NET].mode == SPEC_NS_PRIVATE)
		r = network_begin(&s->pasta, p->pid, &p->pasta_starter, &p->pasta_words, err);
	return r;
}

int process_create(struct process *ret, const struct spec *spec, struct error *err)
{
	int r;

	*ret = (struct process)PROCESS_NONE;
	ret->spec = spec;
	if (spec->namespaces[SPEC_NS_PID].mode == SPEC_NS_JOIN)
		return error_say(err, -ENOTSUP, "joining a pid namespace is not supported");
	r = begin(ret, err);
	if (r < 0)
		abandon(ret);
	return r;
}

/* What the child waits for outside. */
static int finish_outside(struct process *p, struct error *err)
{
	int r = 0;

	if (p->finished)
		return 0;
	p->finished = true;
	if (p->cgroup.manager != SPEC_CGROUP_NONE)
		r = cgroup_finish(&p->cgroup, &p->spec->cgroup, p->pid, err);
	if (r == 0 && p->cgroup.manager == SPEC_CGROUP_SYSTEMD)
		(void)!channel_send(
			p->channel, CHANNEL_PLACED); /* EPIPE: it has failed, and told why */
	if (r == 0 && p->pasta_starter > 0) {
		r = network_finish(
			&p->spec->pasta, p->pasta_starter, p->pasta_words, &p->pasta, err);
		p->pasta_starter = 0;
	}
	return r;
}

static int failed(struct process *p, int r, struct error *err)
{
	if (err && err->exit_status == 0)
		err->exit_status = EXIT_OURS;
	abandon(p);
	return r;
}

int process_prepare(struct process *p, struct error *err)
{
	int r = finish_outside(p, err);

	if (r == 0)
		r = talk_until_ready(p, err);
	return r < 0 ? failed(p, r, err) : 0;
}

int process_start(struct process *p, struct error *err)
{
	int r = finish_outside(p, err);

	if (r == 0) {
		/* EPIPE: it has failed, and told why */
		(void)!channel_send(p->channel, CHANNEL_START);
		r = talk_until_exec(p, err);
	}
	return r < 0 ? failed(p, r, err) : 0;
}

static void close_taken(int *fd)
{
	if (*fd >= 0)
		(void)close(take_fd(fd));
}

void process_done(struct process *p)
{
	if (p->channel >= 0 && p->pid > 0)
		end_child(p);
	close_taken(&p->channel);
	close_taken(&p->pidfd);
	close_taken(&p->terminal);
	close_taken(&p->pasta_words);
	cgroup_done(&p->cgroup);
}

/* Field 22 of /proc/PID/stat; the name in field 2 may hold blanks and brackets. */
int process_start_time(pid_t pid, uint64_t *ret)
{
	_cleanup_text_ struct text text = { 0 };
	char path[64], *at;
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	r = io_read_file_at(AT_FDCWD, path, 4096, &text);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	at = text.data ? strrchr(text.data, ')') : NULL;
	for (int field = 2; at && field < 22; field++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return -EPROTO;
	at[strcspn(at, " ")] = '\0';
	return parse_u64(at, ret);
}

int process_open(pid_t pid, uint64_t start_time)
{
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	uint64_t now;
	int r;

	if (fd < 0)
		return -errno;
	/* after the open: a number read before could already be another's */
	r = process_start_time(pid, &now);
	if (r == 0 && now != start_time)
		r = -ESRCH;
	return r < 0 ? r : take_fd(&fd);
}

int process_kill(pid_t pid, uint64_t start_time, int number)
{
	_cleanup_close_ int fd = process_open(pid, start_time);

	if (fd < 0)
		return fd;
	return syscall(SYS_pidfd_send_signal, fd, number, NULL, 0) < 0 ? -errno : 0;
}
