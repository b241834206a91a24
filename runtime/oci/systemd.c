/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/systemd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/dl.h"
#include "base/io.h"
#include "base/text.h"
#include "runtime/oci/cgroup.h"
#include "runtime/oci/spec.h"
#include "runtime/oci/userns.h"

enum {
	JOB_LIMIT_MS = 20000,
	EXISTS_LIMIT_MS = 2000,
	EXISTS_NAP_US = 5000,
	CPU_MASK_BYTES = 128
};

/* A function pointer of the same name and type for each call we make. */
#define CALLS(X)                                                                                   \
	X(sd_bus_open_user)                                                                        \
	X(sd_bus_open_system)                                                                      \
	X(sd_bus_message_new_method_call)                                                          \
	X(sd_bus_message_append)                                                                   \
	X(sd_bus_message_append_array)                                                             \
	X(sd_bus_message_open_container)                                                           \
	X(sd_bus_message_close_container)                                                          \
	X(sd_bus_message_read)                                                                     \
	X(sd_bus_message_get_errno)                                                                \
	X(sd_bus_message_get_error)                                                                \
	X(sd_bus_message_unref)                                                                    \
	X(sd_bus_match_signal_async)                                                               \
	X(sd_bus_call)                                                                             \
	X(sd_bus_call_async)                                                                       \
	X(sd_bus_error_free)                                                                       \
	X(sd_bus_process)                                                                          \
	X(sd_bus_wait)                                                                             \
	X(sd_bus_flush)                                                                            \
	X(sd_bus_flush_close_unref)

#define POINTER(name) __typeof__(&name) name;
#define SYMBOL(name)  { #name, offsetof(struct systemd, name) },

static struct systemd {
	CALLS(POINTER)
} sd;

struct systemd_job {
	sd_bus *bus;
	const struct spec_cgroup *spec;
	const char *unit;
	pid_t pid;
	bool exists;     /* a scope of this name is still there */
	char path[256];  /* of the job, once the reply came */
	char result[64]; /* "done" and others */
	char removed[256];
	char early[64]; /* a result that came before the reply */
	int error;
	char words[512];
};

static int load(void)
{
	static const struct dl_symbol symbols[] = { CALLS(SYMBOL) };
	static const char *const names[] = { "libsystemd.so.0", NULL };

	return sd.sd_bus_open_user ? 0 : dl_load(names, symbols, ARRAY_SIZE(symbols), &sd);
}

/* The system's manager for real root alone: in the kept namespace we are root too. */
static bool is_root(void)
{
	return userns_owner() == 0;
}

bool systemd_is_there(void)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	char path[512];

	if (access("/run/systemd/system", F_OK) < 0)
		return false;
	if (is_root() || getenv("DBUS_SESSION_BUS_ADDRESS"))
		return load() == 0;
	if (!dir)
		return false;
	(void)snprintf(path, sizeof(path), "%s/bus", dir);
	return access(path, F_OK) == 0 && load() == 0;
}

int systemd_cpu_mask(const char *list, uint8_t *ret, size_t room)
{
	size_t used = 0;

	memset(ret, 0, room);
	while (*list) {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (end == list)
			return -EINVAL;
		if (*end == '-') {
			list = end + 1;
			last = strtoul(list, &end, 10);
			if (end == list)
				return -EINVAL;
		}
		if ((*end && *end != ',') || last < first || last >= room * 8)
			return -EINVAL;
		for (unsigned long cpu = first; cpu <= last; cpu++)
			ret[cpu / 8] |= (uint8_t)(1U << cpu % 8);
		used = MAX(used, last / 8 + 1);
		list = end + (*end == ',');
	}
	return used ? (int)used : -EINVAL;
}

static int add_number(sd_bus_message *m, const char *name, uint64_t value)
{
	return sd.sd_bus_message_append(m, "(sv)", name, "t", value);
}

static int add_mask(sd_bus_message *m, const char *name, const char *list)
{
	uint8_t mask[CPU_MASK_BYTES];
	int n = systemd_cpu_mask(list, mask, sizeof(mask));
	int r = n < 0 ? n : sd.sd_bus_message_open_container(m, 'r', "sv");

	if (r >= 0)
		r = sd.sd_bus_message_append(m, "s", name);
	if (r >= 0)
		r = sd.sd_bus_message_open_container(m, 'v', "ay");
	if (r >= 0)
		r = sd.sd_bus_message_append_array(m, 'y', mask, (size_t)n);
	if (r >= 0)
		r = sd.sd_bus_message_close_container(m);
	return r < 0 ? r : sd.sd_bus_message_close_container(m);
}

/* swap alone; podman counts memory and swap together */
static uint64_t swap_of(const struct spec_cgroup *s)
{
	if (s->memory_swap < 0)
		return UINT64_MAX;
	return (uint64_t)s->memory_swap > s->memory ? (uint64_t)s->memory_swap - s->memory : 0;
}

static int add_limits(sd_bus_message *m, const struct spec_cgroup *s)
{
	uint64_t period = s->cpu_period_us ? s->cpu_period_us : 100000;
	int r = 0;

	if (s->memory)
		r = add_number(m, "MemoryMax", s->memory);
	if (r >= 0 && s->memory_swap)
		r = add_number(m, "MemorySwapMax", swap_of(s));
	if (r >= 0 && s->memory_low)
		r = add_number(m, "MemoryLow", s->memory_low);
	if (r >= 0 && s->pids)
		r = add_number(m, "TasksMax", s->pids < 0 ? UINT64_MAX : (uint64_t)s->pids);
	if (r >= 0 && s->cpu_quota_us) {
		r = add_number(m, "CPUQuotaPerSecUSec", s->cpu_quota_us * 1000000 / period);
		if (r >= 0 && s->cpu_period_us)
			r = add_number(m, "CPUQuotaPeriodUSec", period);
	}
	if (r >= 0 && s->cpu_shares)
		r = add_number(m, "CPUWeight", cgroup_weight(s->cpu_shares));
	if (r >= 0 && s->cpuset_cpus)
		r = add_mask(m, "AllowedCPUs", s->cpuset_cpus);
	if (r >= 0 && s->cpuset_mems)
		r = add_mask(m, "AllowedMemoryNodes", s->cpuset_mems);
	return r;
}

static int add_properties(sd_bus_message *m, const struct spec_cgroup *s, pid_t pid)
{
	int r = sd.sd_bus_message_append(m, "(sv)(sv)(sv)(sv)(sv)", "Description", "s",
		s->description ? s->description : "rpod container", "PIDs", "au", 1, (uint32_t)pid,
		"Delegate", "b", !s->plain, "CollectMode", "s", "inactive-or-failed",
		"DefaultDependencies", "b", s->plain);

	if (r >= 0)
		r = sd.sd_bus_message_append(m, "(sv)", "Slice", "s",
			s->parent   ? s->parent
			: is_root() ? "machine.slice"
				    : "user.slice");
	return r < 0 ? r : add_limits(m, s);
}

static void keep_words(struct systemd_job *job, const sd_bus_error *error)
{
	if (error && error->message)
		(void)snprintf(job->words, sizeof(job->words), "%s", error->message);
}

static int on_reply(sd_bus_message *m, void *arg, sd_bus_error *unused)
{
	struct systemd_job *job = arg;
	const char *path = NULL;
	int r;

	(void)unused;
	r = sd.sd_bus_message_get_errno(m);
	if (r > 0) {
		keep_words(job, sd.sd_bus_message_get_error(m));
		job->exists = strcmp(sd.sd_bus_message_get_error(m)->name,
				      "org.freedesktop.systemd1.UnitExists") == 0;
		job->error = -r;
		return 0;
	}
	r = sd.sd_bus_message_read(m, "o", &path);
	if (r < 0 || !text_copy(job->path, sizeof(job->path), path))
		job->error = r < 0 ? r : -EPROTO;
	if (strcmp(job->path, job->removed) == 0)
		(void)text_copy(job->result, sizeof(job->result), job->early);
	return 0;
}

static int on_removed(sd_bus_message *m, void *arg, sd_bus_error *unused)
{
	struct systemd_job *job = arg;
	const char *path, *unit, *result;
	uint32_t id;

	(void)unused;
	if (sd.sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0)
		return 0;
	if (*job->path && strcmp(path, job->path) == 0)
		(void)text_copy(job->result, sizeof(job->result), result);
	else if (!*job->path && text_copy(job->removed, sizeof(job->removed), path))
		(void)text_copy(job->early, sizeof(job->early), result);
	return 0;
}

static int open_bus(sd_bus **ret)
{
	int r = load();

	if (r < 0)
		return r;
	return is_root() ? sd.sd_bus_open_system(ret) : sd.sd_bus_open_user(ret);
}

#define MANAGER                                                                                    \
	"org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"

/* Nothing here waits: all is sent at once, the answers are read in systemd_finish(). */
static int send_request(struct systemd_job *job)
{
	sd_bus_message *m = NULL;
	int r;

	r = sd.sd_bus_message_new_method_call(job->bus, &m, MANAGER, "StartTransientUnit");
	if (r >= 0)
		r = sd.sd_bus_message_append(m, "ss", job->unit, "fail");
	if (r >= 0)
		r = sd.sd_bus_message_open_container(m, 'a', "(sv)");
	if (r >= 0)
		r = add_properties(m, job->spec, job->pid);
	if (r >= 0)
		r = sd.sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd.sd_bus_message_append(m, "a(sa(sv))", 0);
	if (r >= 0)
		r = sd.sd_bus_call_async(job->bus, NULL, m, on_reply, job, 0);
	sd.sd_bus_message_unref(m);
	/* moves what the socket takes now */
	return r < 0 ? r : sd.sd_bus_process(job->bus, NULL);
}

int systemd_begin(const struct spec_cgroup *spec, const char *unit, pid_t pid,
	struct systemd_job **ret, struct error *err)
{
	struct systemd_job *job = calloc(1, sizeof(*job));
	int r = job ? open_bus(&job->bus) : -ENOMEM;

	if (r < 0) {
		systemd_free(job);
		(void)error_set(err, r, "cannot reach the user's systemd");
		return error_see(err, "session.bus");
	}
	job->spec = spec;
	job->unit = unit;
	job->pid = pid;
	r = sd.sd_bus_match_signal_async(
		job->bus, NULL, MANAGER, "JobRemoved", on_removed, NULL, job);
	if (r >= 0)
		r = send_request(job);
	if (r < 0) {
		systemd_free(job);
		return error_set(err, r, "cannot ask systemd for the scope '%s'", unit);
	}
	*ret = job;
	return 0;
}

static int wait_for(struct systemd_job *job)
{
	uint64_t end = io_now_ms() + JOB_LIMIT_MS;

	while (!job->error && !*job->result) {
		int r = sd.sd_bus_process(job->bus, NULL);

		if (r > 0)
			continue;
		if (r < 0)
			return r;
		if (io_now_ms() >= end)
			return -ETIMEDOUT;
		r = sd.sd_bus_wait(job->bus, 1000000);
		if (r < 0 && r != -EINTR)
			return r;
	}
	return job->error;
}

/* A container that is started again soon meets the scope of its last life, which goes by itself. */
static int wait_for_turn(struct systemd_job *job)
{
	uint64_t end = io_now_ms() + EXISTS_LIMIT_MS;
	int r = wait_for(job);

	while (r < 0 && job->exists && io_now_ms() < end) {
		(void)usleep(EXISTS_NAP_US);
		job->exists = false;
		job->error = 0;
		*job->words = '\0';
		r = send_request(job);
		if (r >= 0)
			r = wait_for(job);
	}
	return r;
}

int systemd_finish(struct systemd_job *job, struct error *err)
{
	int r = wait_for_turn(job);

	if (r < 0)
		(void)error_set(err, r, "systemd did not make the scope%s%s",
			*job->words ? ": " : "", job->words);
	else if (strcmp(job->result, "done") != 0)
		r = error_say(err, -EIO, "systemd did not make the scope: the job ended as '%s'",
			job->result);
	systemd_free(job);
	return r < 0 ? error_see(err, "session.bus") : 0;
}

void systemd_free(struct systemd_job *job)
{
	if (job && job->bus)
		(void)sd.sd_bus_flush_close_unref(job->bus);
	free(job);
}

int systemd_attach(const char *unit, pid_t pid, struct error *err)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;
	sd_bus *bus = NULL;
	int r = open_bus(&bus);

	if (r >= 0)
		r = sd.sd_bus_message_new_method_call(bus, &m, MANAGER, "AttachProcessesToUnit");
	if (r >= 0)
		r = sd.sd_bus_message_append(m, "ssau", unit, "", 1, (uint32_t)pid);
	if (r >= 0)
		r = sd.sd_bus_call(bus, m, 0, &error, NULL);
	if (r < 0)
		(void)error_set(err, r, "cannot join the scope '%s'%s%s", unit,
			error.message ? ": " : "", error.message ? error.message : "");
	if (bus) {
		sd.sd_bus_error_free(&error);
		sd.sd_bus_message_unref(m);
		(void)sd.sd_bus_flush_close_unref(bus);
	}
	return r < 0 ? r : 0;
}
