/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host where all is well (Debian 13, alice logged in over ssh), to be broken by tests one fault at
 * a time: a fault must fail its own check and no other.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/text.h"
#include "checks/check.h"
#include "checks/plan.h"
#include "checks/request.h"
#include "doctor/explain.h"
#include "doctor/report.h"
#include "doctor/signature.h"

enum {
	ALICE = 1000,
	ROWS = 160
};

static struct host host; /* large: not on the stack */
static struct verdict verdicts[ROWS];

static inline struct fact_number number(int64_t value)
{
	return (struct fact_number){ .state = FACT_KNOWN, .value = value };
}

static inline void say(struct fact_text *fact, const char *value)
{
	*fact = (struct fact_text){ .state = FACT_KNOWN };
	(void)text_copy(fact->value, sizeof(fact->value), value);
}

static inline struct fact_file file(mode_t mode, uid_t uid)
{
	return (struct fact_file){
		.state = FACT_KNOWN,
		.mode = mode,
		.uid = uid,
		.gid = uid,
		.fs_type = 0xef53,
		.fs_free = UINT64_C(9) << 30,
		.fs_files = 1000000,
	};
}

static inline struct fact_file absent(void)
{
	return (struct fact_file){ .state = FACT_ABSENT };
}

static inline void set_tool(enum tool_name name, const char *path, mode_t mode)
{
	struct tool *tool = &host.tool.tools[name];

	tool->file = file(S_IFREG | mode, 0);
	tool->in_path = true;
	(void)text_copy(tool->path, sizeof(tool->path), path);
}

static inline void set_ranges(enum idmap_kind kind, struct idmap_range *ranges, size_t count)
{
	host.idmap.files[kind] = (struct idmap_file){
		.state = FACT_KNOWN,
		.ends_in_newline = true,
		.ranges = ranges,
		.count = count,
	};
}

static inline void set_map(struct idmap_map *map, uint64_t inside, uint64_t outside, uint64_t count)
{
	map->state = FACT_KNOWN;
	map->count = 1;
	map->extents[0] = (struct idmap_extent){ inside, outside, count };
}

static inline void fail_probe(enum probe_name name, int error, const char *step, const char *text)
{
	struct probe *probe = &host.probe.probes[name];

	*probe = (struct probe){ .result = PROBE_FAILED, .error = error };
	(void)text_copy(probe->step, sizeof(probe->step), step);
	(void)text_copy(probe->text, sizeof(probe->text), text);
}

static inline void fine_sysctls(void)
{
	static const int64_t live[SYSCTL_KEY_COUNT] = {
		[SYSCTL_MAX_USER_NAMESPACES] = 31000,
		[SYSCTL_USERNS_CLONE] = 1,
		[SYSCTL_PORT_START] = 1024,
		[SYSCTL_MAX_KEYS] = 200,
		[SYSCTL_MAX_KEY_BYTES] = 20000,
		[SYSCTL_INOTIFY_INSTANCES] = 128,
		[SYSCTL_MAX_MNT_NAMESPACES] = 31000,
		[SYSCTL_MAX_NET_NAMESPACES] = 31000,
		[SYSCTL_MAX_PID_NAMESPACES] = 31000,
		[SYSCTL_INOTIFY_WATCHES] = 8192,
		[SYSCTL_PING_RANGE] = 1, /* "1 0": nobody */
	};

	for (int i = 0; i < SYSCTL_KEY_COUNT; i++) {
		host.sysctl.keys[i].live = number(live[i]);
		host.sysctl.keys[i].boot.state = FACT_ABSENT;
	}
	host.sysctl.keys[SYSCTL_APPARMOR_USERNS].live.state = FACT_ABSENT;
}

static inline void fine_cgroups(void)
{
	static const char *const paths[] = { "/", "/user.slice", "/user.slice/user-1000.slice",
		"/user.slice/user-1000.slice/user@1000.service" };
	struct cgroup *cgroup = &host.cgroup;

	cgroup->version = CGROUP_V2;
	cgroup->systemd_version = 257;
	cgroup->count = ARRAY_SIZE(paths);
	for (size_t i = 0; i < cgroup->count; i++) {
		struct cgroup_node *node = &cgroup->chain[i];

		(void)text_copy(node->path, sizeof(node->path), paths[i]);
		node->state = FACT_KNOWN;
		node->owner = i == 3 ? ALICE : 0;
		say(&node->controllers, "cpuset cpu io memory hugetlb pids");
		say(&node->handed_on, "cpuset cpu io memory pids");
	}
	say(&cgroup->delegate.words, "pids memory cpu cpuset io");
}

static inline void fine_ids(void)
{
	static struct idmap_range ranges[IDMAP_KIND_COUNT] = {
		{ .owner = "alice", .start = 100000, .count = 65536, .line = 1, .ours = true },
		{ .owner = "alice", .start = 100000, .count = 65536, .line = 1, .ours = true },
	};
	static uint64_t ids[] = { 0, 1, 33, 1000, 65534 };

	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++) {
		set_ranges(kind, &ranges[kind], 1);
		set_map(&host.idmap.outer[kind], 0, 0, 4294967295);
		host.idmap.real[kind] = (struct idmap_real){ .ids = ids, .count = ARRAY_SIZE(ids) };
		host.idmap.defs.min[kind] = 100000;
		host.idmap.defs.max[kind] = 600100000;
		host.idmap.defs.count[kind] = 65536;
	}
	host.idmap.source.state = FACT_ABSENT;
	host.idmap.pause.pid.state = FACT_ABSENT;
}

static inline void fine_platform(void)
{
	struct platform *p = &host.platform;

	p->clock = number(1764000000);
	say(&p->lacks_v2, "");
	p->kind.state = FACT_ABSENT;
	say(&p->route4, "eth0");
	p->route6.state = FACT_ABSENT;
	p->mtu = number(1500);
	p->ipv6_off = number(0);
}

static inline void fine_rest(void)
{
	struct session *session = &host.session;

	host.os = (struct os){ .state = FACT_KNOWN, .family = OS_DEBIAN, .id = "debian" };
	say(&host.kernel.release, "6.12.1-amd64");
	(void)text_copy(host.kernel.machine, sizeof(host.kernel.machine), "x86_64");
	host.kernel.major = 6;
	host.kernel.minor = 12;
	host.kernel.modules_dir = FACT_KNOWN;
	host.kernel.user_namespaces = true;
	for (int i = 0; i < KERNEL_MODULE_COUNT; i++)
		host.kernel.modules[i] = MODULE_LOADED;
	host.context = (struct context){ .kind = CONTEXT_LOGIN, .uid = ALICE, .systemd = true };
	host.context.no_new_privs = number(0);
	host.context.seccomp = number(0);
	host.context.container.state = FACT_ABSENT;
	say(&host.context.user_env, "alice");
	say(&host.context.runtime_dir_env, "/run/user/1000");
	say(&host.context.home_env, "/home/alice");
	say(&host.context.bus_env, "unix:path=/run/user/1000/bus");
	say(&host.context.setgroups, "allow");
	say(&host.context.cwd, "/home/alice");
	host.context.gid = number(ALICE);
	(void)text_copy(session->runtime_dir, sizeof(session->runtime_dir), "/run/user/1000");
	session->runtime = file(S_IFDIR | 0700, ALICE);
	session->bus = session->manager = file(S_IFSOCK | 0666, ALICE);
	session->linger = session->bus_unit = session->logind_pam = file(S_IFREG | 0644, 0);
	host.device.fuse = file(S_IFCHR | 0666, 0);
	host.device.fuse.rdev_major = 10;
	host.device.fuse.rdev_minor = 229;
	host.device.tun = file(S_IFCHR | 0666, 0);
	host.device.tun.rdev_major = 10;
	host.device.tun.rdev_minor = 200;
	host.home.home = file(S_IFDIR | 0700, ALICE);
	(void)text_copy(host.storage.graphroot, PATH_MAX, "/home/alice/.local/share/c");
	(void)text_copy(host.storage.places[STORAGE_GRAPHROOT].path, PATH_MAX, "/home/alice");
	host.storage.places[STORAGE_GRAPHROOT].file = host.home.home;
	host.storage.quota.state = FACT_ABSENT;
	host.lsm.selinux = SELINUX_DISABLED;
	host.mounts = (struct mounts){ .state = FACT_KNOWN, .root_shared = true };
	host.firewall = (struct firewall){ .firewalld = FACT_ABSENT, .ufw = FACT_ABSENT };
	host.manager = (struct manager){ .pid = number(512),
		.nofile = number(524288),
		.tasks = number(INT64_MAX),
		.slice_tasks = number(2505) };
	for (int i = 0; i < PROBE_COUNT; i++)
		host.probe.probes[i].result = PROBE_OK;
	(void)text_copy(host.probe.probes[PROBE_MAP].text, 256, "0 1000 1, 1 100000 65536");
}

static inline void fine_host(void)
{
	host = (struct host){ .sections = ~0u, .live = true, .probe = { .asked = PROBE_ALL } };
	host.user = (struct user){ .state = FACT_KNOWN, .uid = ALICE, .gid = ALICE };
	(void)text_copy(host.user.name, sizeof(host.user.name), "alice");
	(void)text_copy(host.user.home, sizeof(host.user.home), "/home/alice");
	say(&host.user.account, "fine");
	for (int i = 0; i < TOOL_COUNT; i++)
		host.tool.tools[i].file.state = FACT_ABSENT;
	set_tool(TOOL_NEWUIDMAP, "/usr/bin/newuidmap", 04755);
	set_tool(TOOL_NEWGIDMAP, "/usr/bin/newgidmap", 04755);
	set_tool(TOOL_PASTA, "/usr/bin/pasta", 0755);
	fine_sysctls();
	fine_cgroups();
	fine_ids();
	fine_platform();
	fine_rest();
}

static inline size_t index_of(const char *id)
{
	size_t i = 0;

	while (i < check_count() && strcmp(check_at(i)->id, id) != 0)
		i++;
	if (i == check_count())
		fail_msg("no check '%s'", id);
	return i;
}

static inline const struct verdict *judged(const char *id)
{
	check_judge(&host, NULL, verdicts);
	return &verdicts[index_of(id)];
}

/* Everything a verdict says, to look for words in. */
static inline const char *all_words(const struct verdict *v)
{
	static char words[4096];
	size_t n = 0;

	n += (size_t)snprintf(words, sizeof(words), "%s|%s", v->why, v->effect);
	for (size_t i = 0; i < v->evidence_count; i++)
		n += (size_t)snprintf(words + n, sizeof(words) - n, "|%s: %s, %s",
			v->evidence[i].source, v->evidence[i].found, v->evidence[i].wanted);
	for (size_t i = 0; i < v->fix_count; i++)
		n += (size_t)snprintf(words + n, sizeof(words) - n, "|%s", v->fix[i]);
	return words;
}

static inline bool signature_names(const struct signature *s, const char *id)
{
	size_t length = strlen(id);

	for (const char *at = s->checks; (at = strstr(at, id)); at += length)
		if ((at == s->checks || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	return false;
}

/* Every message that may come of check @id comes of it first, and is as sure as its verdict. */
static inline void expect_explained(const char *id, const char *what)
{
	static struct report report = { .host = { .live = true }, .verdicts = verdicts };
	enum certainty wanted = explain_certainty(&verdicts[index_of(id)]);

	report.count = check_count();
	for (size_t i = 0; i < signature_count; i++) {
		size_t causes[EXPLAIN_CAUSES];

		if (!signature_names(&signatures[i], id))
			continue;
		if (explain_causes(i, &report, causes) == 0 || causes[0] != index_of(id) ||
			explain_certainty(&verdicts[causes[0]]) != wanted)
			fail_msg("%s: '%s' leads to %s first, not to %s", what,
				signatures[i].pattern, check_at(causes[0])->id, id);
	}
}

#define PART(section, member)                                                                      \
	{                                                                                          \
		section, offsetof(struct host, member), sizeof(((struct host *)NULL)->member)      \
	}
static const struct {
	unsigned section;
	size_t offset, size;
} parts_of_host[] = {
	PART(HOST_OS, os),
	PART(HOST_KERNEL, kernel),
	PART(HOST_USER, user),
	PART(HOST_CONTEXT, context),
	PART(HOST_SYSCTL, sysctl),
	PART(HOST_IDMAP, idmap),
	PART(HOST_TOOL, tool),
	PART(HOST_CGROUP, cgroup),
	PART(HOST_SESSION, session),
	PART(HOST_DEVICE, device),
	PART(HOST_HOME, home),
	PART(HOST_LSM, lsm),
	PART(HOST_CONFIG, config),
	PART(HOST_MOUNTS, mounts),
	PART(HOST_FIREWALL, firewall),
	PART(HOST_MANAGER, manager),
	PART(HOST_BOOT, boot),
	PART(HOST_ENGINE, engine),
	PART(HOST_ENGINE, rootlesskit),
	PART(HOST_ENGINE, podman),
	PART(HOST_LIMITS, limits),
	PART(HOST_STORAGE, storage),
	PART(HOST_PLATFORM, platform),
};

/* Where a check alone is asked for, only its parts are read: it judges the same by them. */
static inline void expect_judged_by_its_parts(const char *id, const char *what)
{
	static struct host whole;
	bool wanted[ROWS] = { false };
	struct verdict before = { 0 }, after = { 0 };
	const struct check *check = check_find(id);
	struct host_parts parts;

	wanted[index_of(id)] = true;
	parts = check_parts(wanted);
	parts.sections = host_with_needs(parts.sections);
	check->judge(&host, &before);
	whole = host;
	for (size_t i = 0; i < ARRAY_SIZE(parts_of_host); i++)
		if (!(parts.sections & parts_of_host[i].section))
			memset((char *)&host + parts_of_host[i].offset, 0, parts_of_host[i].size);
	check->judge(&host, &after);
	host = whole;
	if (memcmp(&before, &after, sizeof(before)) != 0)
		fail_msg("%s: %s alone says '%s'", what, id, all_words(&after));
}

/* One fault: its check has @kind and says @words, none but it fails, and it explains its messages. */
struct fault {
	const char *name;
	void (*make)(void);
	const char *id;
	enum verdict_kind kind;
	const char *words;
};

static inline void expect(const struct fault *fault)
{
	const struct verdict *v;

	fine_host();
	fault->make();
	v = judged(fault->id);
	if (v->kind != fault->kind)
		fail_msg("%s: %s is '%s' and says '%s'", fault->name, fault->id,
			verdict_word(v->kind), all_words(v));
	if (!strstr(all_words(v), fault->words))
		fail_msg("%s: '%s' does not say '%s'", fault->name, all_words(v), fault->words);
	for (size_t i = 0; i < check_count(); i++)
		if (verdicts[i].kind == VERDICT_FAIL && strcmp(check_at(i)->id, fault->id) != 0)
			fail_msg("%s: fails %s too, '%s'", fault->name, check_at(i)->id,
				all_words(&verdicts[i]));
	expect_judged_by_its_parts(fault->id, fault->name);
	if (fault->kind == VERDICT_FAIL || fault->kind == VERDICT_WARN)
		expect_explained(fault->id, fault->name);
}

static inline void expect_each(const struct fault *faults, size_t count)
{
	for (size_t i = 0; i < count; i++)
		expect(&faults[i]);
}

/* The plan of all checks, for a request. */
static inline void plan_for(struct plan *plan, const struct request *request)
{
	check_judge(&host, NULL, verdicts);
	plan_mend(plan, &host, request, verdicts, NULL);
}

static inline const struct change *planned(
	const struct plan *plan, enum change_kind kind, const char *words)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct change *c = &plan->changes[i];

		if (c->kind == kind && (strstr(c->name, words) || strstr(c->path, words) ||
					       strstr(c->text, words)))
			return c;
	}
	return NULL;
}
