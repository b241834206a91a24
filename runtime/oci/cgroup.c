/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/text.h"
#include "runtime/oci/systemd.h"

#define MOUNT "/sys/fs/cgroup"

enum {
	FILE_LIMIT = 1 << 20
};

uint64_t cgroup_weight(uint64_t shares)
{
	/* 2..262144 onto 1..10000, as the runtime specification's authors agreed on */
	if (shares < 2)
		shares = 2;
	if (shares > 262144)
		shares = 262144;
	return 1 + (shares - 2) * 9999 / 262142;
}

static bool is_v2(void)
{
	struct statfs fs;

	return statfs(MOUNT, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

static bool wants_limits(const struct spec_cgroup *s)
{
	return s->memory || s->memory_swap || s->memory_low || s->pids || s->cpu_quota_us ||
	       s->cpu_shares || s->cpuset_cpus || s->cpuset_mems;
}

/* The "0::" line of /proc/PID/cgroup: our place in the v2 tree. */
static int path_of(pid_t pid, char *ret, size_t size)
{
	_cleanup_text_ struct text text = { 0 };
	const char *line;
	size_t at = 0, n;
	char path[64];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	r = io_read_file_at(AT_FDCWD, pid ? path : "/proc/self/cgroup", FILE_LIMIT, &text);
	if (r < 0)
		return r;
	while ((line = text_line(text_get(&text), text.length, &at, &n))) {
		if (n <= 3 || strncmp(line, "0::", 3) != 0)
			continue;
		if (n - 3 >= size)
			return -ENAMETOOLONG;
		memcpy(ret, line + 3, n - 3);
		ret[n - 3] = '\0';
		return 0;
	}
	return -ENOENT;
}

static int refuse(struct error *err, const char *check, const char *why)
{
	(void)error_say(err, -EOPNOTSUPP, "cannot enforce the limits asked for: %s", why);
	return error_see(err, check);
}

/* Nothing to be had: an error only for who asked. */
static int do_without(struct cgroup_place *ret, const struct spec_cgroup *s, const char *check,
	const char *why, struct error *err)
{
	*ret = (struct cgroup_place)CGROUP_PLACE_NONE;
	if ((s->must && wants_limits(s)) || s->manager == SPEC_CGROUP_SYSTEMD ||
		s->manager == SPEC_CGROUP_CGROUPFS)
		return refuse(err, check, why);
	return 0;
}

static int open_place(const char *path)
{
	char full[600];
	int fd;

	(void)snprintf(full, sizeof(full), MOUNT "%s", path);
	fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int write_file(int dir, const char *name, const char *value)
{
	_cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : io_write_all(fd, value, strlen(value));
}

static int write_limit(int dir, const char *name, const char *value, struct error *err)
{
	int r = write_file(dir, name, value);

	if (r == 0)
		return 0;
	(void)error_set(err, r, "cannot write '%s' to '%s'", value, name);
	return error_see(err, "cgroup.delegation");
}

/* Rows of what a limit is called, and how its value reads; "" where none is asked for. */
static int each_limit(int dir, const struct spec_cgroup *s,
	int (*act)(int dir, const char *name, const char *value, struct error *err),
	struct error *err)
{
	char memory[32] = "", swap[32] = "", low[32] = "", pids[32] = "", cpu[64] = "",
	     weight[32] = "";
	const char *const rows[][2] = {
		{ "memory.max", memory },
		{ "memory.swap.max", swap },
		{ "memory.low", low },
		{ "pids.max", pids },
		{ "cpu.max", cpu },
		{ "cpu.weight", weight },
		{ "cpuset.cpus", s->cpuset_cpus ? s->cpuset_cpus : "" },
		{ "cpuset.mems", s->cpuset_mems ? s->cpuset_mems : "" },
	};
	unsigned long long period = s->cpu_period_us ? s->cpu_period_us : 100000;

	if (s->memory)
		(void)snprintf(memory, sizeof(memory), "%llu", (unsigned long long)s->memory);
	if (s->memory_swap > 0)
		(void)snprintf(swap, sizeof(swap), "%llu",
			(uint64_t)s->memory_swap > s->memory
				? (unsigned long long)((uint64_t)s->memory_swap - s->memory)
				: 0ULL);
	if (s->memory_swap < 0)
		(void)snprintf(swap, sizeof(swap), "max");
	if (s->memory_low)
		(void)snprintf(low, sizeof(low), "%llu", (unsigned long long)s->memory_low);
	if (s->pids > 0)
		(void)snprintf(pids, sizeof(pids), "%lld", (long long)s->pids);
	if (s->cpu_quota_us)
		(void)snprintf(
			cpu, sizeof(cpu), "%llu %llu", (unsigned long long)s->cpu_quota_us, period);
	if (s->cpu_shares)
		(void)snprintf(weight, sizeof(weight), "%llu",
			(unsigned long long)cgroup_weight(s->cpu_shares));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r = *rows[i][1] ? act(dir, rows[i][0], rows[i][1], err) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

static int has_limit(int dir, const char *name, const char *value, struct error *err)
{
	char why[128];

	(void)value;
	/* no swap accounting: memory alone holds then */
	if (faccessat(dir, name, F_OK, 0) == 0 || strcmp(name, "memory.swap.max") == 0)
		return 0;
	(void)snprintf(why, sizeof(why), "the %.*s controller is not delegated to this user",
		(int)strcspn(name, "."), name);
	return refuse(err, "cgroup.delegation", why);
}

static int make_directory(struct cgroup_place *ret, const struct spec_cgroup *s, struct error *err)
{
	static const char *const controllers[] = { "+memory", "+pids", "+cpu", "+cpuset" };
	_cleanup_close_ int base = -1, dir = -1;
	char own[400] = "";
	int r = 0;

	if (!s->parent)
		r = path_of(0, own, sizeof(own));
	if (r == 0)
		r = base = open_place(s->parent ? s->parent : own);
	if (r >= 0 && mkdirat(base, s->name, 0755) < 0 && errno != EEXIST)
		r = -errno;
	if (r < 0)
		return do_without(ret, s, "cgroup.delegation",
			"this session's control group is not the user's", err);
	/* each alone: one that is missing must not keep the others away */
	for (size_t i = 0; wants_limits(s) && i < ARRAY_SIZE(controllers); i++)
		(void)!write_file(base, "cgroup.subtree_control", controllers[i]);
	dir = openat(base, s->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return error_set(err, -errno, "cannot open the control group '%s'", s->name);
	*ret = (struct cgroup_place){ .manager = SPEC_CGROUP_CGROUPFS, .fd = -1 };
	(void)snprintf(ret->path, sizeof(ret->path), "%s/%s", s->parent ? s->parent : own, s->name);
	r = s->must ? each_limit(dir, s, has_limit, err) : 0;
	if (r == 0)
		r = each_limit(dir, s, write_limit, err);
	if (r < 0 && s->must) {
		cgroup_remove(ret);
		return r;
	}
	ret->fd = take_fd(&dir);
	return 0;
}

int cgroup_choose(struct cgroup_place *ret, const struct spec_cgroup *s, struct error *err)
{
	*ret = (struct cgroup_place)CGROUP_PLACE_NONE;
	if (s->manager == SPEC_CGROUP_NONE || !s->name)
		return s->must && wants_limits(s)
			       ? refuse(err, "cgroup.v2", "control groups are turned off")
			       : 0;
	if (!is_v2())
		return do_without(
			ret, s, "cgroup.v2", "this host has no unified cgroup hierarchy", err);
	if (s->manager != SPEC_CGROUP_CGROUPFS && systemd_is_there()) {
		ret->manager = SPEC_CGROUP_SYSTEMD;
		(void)snprintf(ret->unit, sizeof(ret->unit), "%s.scope", s->name);
		return 0;
	}
	if (s->manager == SPEC_CGROUP_SYSTEMD)
		return do_without(ret, s, "session.bus", "this user has no systemd to ask", err);
	return make_directory(ret, s, err);
}

/* A bus that does not answer is no reason not to start, where nothing depends on the scope. */
static bool may_go_without(const struct spec_cgroup *s)
{
	return s->manager == SPEC_CGROUP_AUTO && !(s->must && wants_limits(s));
}

int cgroup_begin(
	struct cgroup_place *place, const struct spec_cgroup *spec, pid_t pid, struct error *err)
{
	struct systemd_job *job;
	int r;

	if (place->manager != SPEC_CGROUP_SYSTEMD)
		return 0; /* it was born there */
	r = systemd_begin(spec, place->unit, pid, &job, err);
	if (r == 0)
		place->job = job;
	return r < 0 && may_go_without(spec) ? 0 : r;
}

int cgroup_finish(
	struct cgroup_place *place, const struct spec_cgroup *spec, pid_t pid, struct error *err)
{
	int r = 0;

	if (!place->job)
		return 0;
	r = systemd_finish(place->job, err);
	place->job = NULL;
	if (r < 0)
		return may_go_without(spec) ? 0 : r;
	r = path_of(pid, place->path, sizeof(place->path));
	if (r == 0)
		r = place->fd = open_place(place->path);
	if (r < 0)
		return error_set(err, r, "cannot find the scope '%s'", place->unit);
	/* systemd leaves out, silently, what it was not given itself */
	return spec->must ? each_limit(place->fd, spec, has_limit, err) : 0;
}

void cgroup_own_begin(struct cgroup_own *own, const char *name, const char *description, pid_t pid)
{
	struct error ignored = { 0 };

	*own = (struct cgroup_own){ .place = CGROUP_PLACE_NONE };
	if (!is_v2() || !systemd_is_there())
		return;
	(void)text_copy(own->name, sizeof(own->name), name);
	(void)text_copy(own->description, sizeof(own->description), description);
	own->spec = (struct spec_cgroup){
		.manager = SPEC_CGROUP_AUTO,
		.name = own->name,
		.description = own->description,
		.plain = true,
	};
	own->place.manager = SPEC_CGROUP_SYSTEMD;
	(void)snprintf(own->place.unit, sizeof(own->place.unit), "%.120s.scope", name);
	(void)!cgroup_begin(&own->place, &own->spec, pid, &ignored);
}

void cgroup_own_finish(struct cgroup_own *own)
{
	struct error ignored = { 0 };

	if (own->place.job)
		(void)!systemd_finish(own->place.job, &ignored);
	own->place.job = NULL;
}

int cgroup_enter(const struct cgroup_place *place, pid_t pid, struct error *err)
{
	_cleanup_close_ int dir = -1;
	char number[16];
	int r;

	if (place->manager == SPEC_CGROUP_NONE || !*place->path)
		return 0;
	(void)snprintf(number, sizeof(number), "%d", (int)pid);
	r = dir = open_place(place->path);
	if (r >= 0)
		r = write_file(dir, "cgroup.procs", number);
	/* from a session's scope to the user's manager's: only systemd may */
	if ((r == -EACCES || r == -EPERM) && place->manager == SPEC_CGROUP_SYSTEMD)
		return systemd_attach(place->unit, pid, err);
	return r < 0 ? error_set(err, r, "cannot join the control group '%s'", place->path) : 0;
}

void cgroup_remove(struct cgroup_place *place)
{
	char full[600];

	systemd_free(place->job);
	place->job = NULL;
	/* a scope without processes goes by itself */
	if (place->manager != SPEC_CGROUP_CGROUPFS || !*place->path)
		return;
	(void)snprintf(full, sizeof(full), MOUNT "%s", place->path);
	(void)rmdir(full);
}

void cgroup_done(struct cgroup_place *place)
{
	if (place->fd >= 0)
		(void)close(take_fd(&place->fd));
	systemd_free(place->job);
	place->job = NULL;
}
