/* SPDX-License-Identifier: Apache-2.0 */
/*
 * podman and buildah, where they are: what they cannot do without, and what they start for a
 * feature. Each program was looked for where the engine looks, and started. rpod needs none of it.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/feature.h"
#include "checks/groups.h"
#include "checks/judge.h"

/* Debian before 13 and others had the older kind of networks to fall back on. */
enum {
	WITH_NETAVARK = 4,
	WITHOUT_CNI = 5,
	WITH_PASTA = 5
};

static const struct engine_part *part(const struct host *host, enum engine_program program)
{
	return &host->engine.parts[program];
}

static bool is_there(const struct host *host, enum engine_program program)
{
	return part(host, program)->file.state == FACT_KNOWN;
}

static bool lacks(const struct host *host, enum engine_program program)
{
	return part(host, program)->file.state == FACT_ABSENT;
}

/* As podman said; where it was too slow to, as the release has it that it came with. */
static unsigned podman_major(const struct host *host)
{
	const struct engine_part *podman = part(host, ENGINE_PODMAN);

	if (!is_there(host, ENGINE_PODMAN) || podman->major > 0)
		return podman->major;
	return podman->start == START_HUNG && text_starts(podman->path, "/usr/bin/")
		       ? os_podman_major(&host->os)
		       : 0;
}

/* True: there is no engine to judge. */
static bool is_without_engine(const struct host *host, struct verdict *v)
{
	if (engine_is_installed(host))
		return false;
	verdict_pass(v, "neither podman nor buildah is installed");
	return true;
}

static void say_not_started(
	const struct host *host, struct verdict *v, enum engine_program program, bool fatal)
{
	const struct engine_part *p = part(host, program);
	const char *name = engine_program_name(program);
	char source[160];

	(void)snprintf(source, sizeof(source), "%.140s --version", p->path);
	if (fatal && v->kind != VERDICT_FAIL)
		verdict_fail(v, "'%s' is installed and does not start", name);
	else if (!fatal && v->kind == VERDICT_PASS)
		verdict_warn(v, "'%s' is installed and does not start", name);
	verdict_evidence(
		v, source, "its version", "%s", *p->said ? p->said : "ended without a word");
	verdict_fix(v, "install its package anew: ldd %.200s", p->path);
}

/* Was it started, and in vain? One that is slow proves nothing. */
static bool is_broken(const struct host *host, enum engine_program program)
{
	return part(host, program)->start == START_FAILED;
}

static void say_absent(const struct host *host, struct verdict *v, enum engine_program program,
	enum os_package package, bool fatal)
{
	const char *install = os_install_command(&host->os, package);
	const char *name = engine_program_name(program);

	if (fatal && v->kind != VERDICT_FAIL)
		verdict_fail(v, "'%s' is not installed", name);
	else if (!fatal && v->kind == VERDICT_PASS)
		verdict_warn(v, "'%s' is not installed", name);
	verdict_evidence(v, name, "a program", "absent");
	if (install)
		verdict_fix(v, "sudo %s", install);
}

/* -- what no container starts without ---------------------------------------------------------- */

/* The runtime that will be used; COUNT: one we know nothing of, or none. */
static enum engine_program runtime_of(const struct host *host)
{
	const struct fact_text *chosen = &host->config.runtime;

	for (size_t i = ENGINE_CRUN; i <= ENGINE_RUNC; i++)
		if (chosen->state == FACT_KNOWN ? strcmp(chosen->value, engine_program_name(i)) == 0
						: is_there(host, i))
			return i;
	return ENGINE_PROGRAM_COUNT;
}

static void judge_one_runtime(const struct host *host, struct verdict *v)
{
	enum engine_program runtime = runtime_of(host);
	bool is_chosen = host->config.runtime.state == FACT_KNOWN || host->config.own_runtimes;

	if (runtime < ENGINE_PROGRAM_COUNT && is_broken(host, runtime)) {
		say_not_started(host, v, runtime, true);
	} else if (runtime == ENGINE_PROGRAM_COUNT && !is_chosen && lacks(host, ENGINE_CRUN) &&
		   lacks(host, ENGINE_RUNC)) {
		say_absent(host, v, ENGINE_CRUN, OS_PACKAGE_CRUN, true);
		verdict_evidence(v, "runc", NULL, "absent");
	}
}

static void judge_runtime(const struct host *host, struct verdict *v)
{
	static const enum engine_program engines[] = { ENGINE_PODMAN, ENGINE_BUILDAH };

	if (is_without_engine(host, v))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(engines); i++)
		if (is_broken(host, engines[i]))
			say_not_started(host, v, engines[i], true);
	judge_one_runtime(host, v);
	if (is_there(host, ENGINE_PODMAN) && host->config.conmon.state != FACT_KNOWN) {
		if (lacks(host, ENGINE_CONMON))
			say_absent(host, v, ENGINE_CONMON, OS_PACKAGE_CONMON, true);
		else if (is_broken(host, ENGINE_CONMON))
			say_not_started(host, v, ENGINE_CONMON, true);
	}
	if (v->kind == VERDICT_FAIL)
		verdict_effect(v, "podman or buildah start no container");
	else if (part(host, ENGINE_PODMAN)->start == START_HUNG)
		verdict_skip(v, "podman did not tell its version in time");
	else if (v->kind == VERDICT_PASS && *part(host, ENGINE_PODMAN)->said)
		verdict_pass(v, "%.150s", part(host, ENGINE_PODMAN)->said);
}

/* -- what they start for a feature ------------------------------------------------------------- */

/* The program podman will use for a container's network. Without one of the two net.pasta speaks,
 * and where a file names one config.containers does. */
static enum engine_program network_of(const struct host *host)
{
	if (!is_there(host, ENGINE_PODMAN) || host->config.network_cmd.state == FACT_KNOWN ||
		podman_major(host) == 0 ||
		(lacks(host, ENGINE_PASTA) && lacks(host, ENGINE_SLIRP4NETNS)))
		return ENGINE_PROGRAM_COUNT;
	return podman_major(host) >= WITH_PASTA ? ENGINE_PASTA : ENGINE_SLIRP4NETNS;
}

static bool is_network(const struct host *host, enum engine_program program)
{
	return network_of(host) == program;
}

/* podman 5 has no other networks, and reads nothing before it has found netavark; 4 neither, once it
 * has chosen it. */
static bool needs_netavark(const struct host *host, enum engine_program program)
{
	unsigned major = podman_major(host);

	(void)program;
	return major >= WITHOUT_CNI ||
	       (major == WITH_NETAVARK && strcmp(host->podman.network, "netavark") == 0);
}

static bool has_netavark(const struct host *host, enum engine_program program)
{
	(void)program;
	return is_there(host, ENGINE_PODMAN) && is_there(host, ENGINE_NETAVARK);
}

/* It comes with podman, up to 5. */
static bool has_rootlessport(const struct host *host, enum engine_program program)
{
	return has_netavark(host, program) && podman_major(host) >= 3 && podman_major(host) <= 5;
}

/* nftables came with 1.10; podman 4 is of older times, where netavark was too slow to tell. */
static bool knows_iptables_only(const struct host *host)
{
	const struct engine_part *netavark = part(host, ENGINE_NETAVARK);

	if (netavark->major == 0)
		return podman_major(host) > 0 && podman_major(host) < WITHOUT_CNI;
	return netavark->major == 1 && netavark->minor < 10;
}

/* podman 5 speaks to netavark in words that 1.10 was the first to know. */
static bool is_too_old_for_podman(const struct host *host)
{
	const struct engine_part *netavark = part(host, ENGINE_NETAVARK);

	return podman_major(host) >= 5 && netavark->major == 1 && netavark->minor < 10;
}

/* What is too old for podman altogether engine.versions tells. */
static bool has_old_netavark(const struct host *host, enum engine_program program)
{
	return has_netavark(host, program) && knows_iptables_only(host) &&
	       !is_too_old_for_podman(host);
}

/* Which of the two a later one takes was chosen when it was built. */
static bool has_netavark_alone(const struct host *host, enum engine_program program)
{
	return has_netavark(host, program) && !knows_iptables_only(host) &&
	       lacks(host, ENGINE_IPTABLES);
}

static bool is_mount_program(const struct host *host, enum engine_program program)
{
	const struct fact_text *set = &host->config.mount_program;

	return set->state == FACT_KNOWN && strcmp(set->value, part(host, program)->path) == 0;
}

static const struct helper_row {
	enum engine_program program;
	enum os_package package;
	bool (*is_needed)(const struct host *host, enum engine_program program);
	bool fatal;
	const char *effect;
} helpers[] = {
	{ ENGINE_NETAVARK, OS_PACKAGE_NETAVARK, needs_netavark, true,
		"podman ends before it does anything: 'could not find \"netavark\"'" },
	{ ENGINE_PASTA, OS_PACKAGE_PASTA, is_network, true,
		"podman starts containers with --network none or host only" },
	{ ENGINE_SLIRP4NETNS, OS_PACKAGE_SLIRP4NETNS, is_network, true,
		"podman starts containers with --network none or host only" },
	{ ENGINE_FUSE_OVERLAYFS, OS_PACKAGE_FUSE_OVERLAYFS, is_mount_program, true,
		"podman cannot mount images" },
	{ ENGINE_AARDVARK, OS_PACKAGE_AARDVARK, has_netavark, false,
		"containers of a network do not find each other by name" },
	{ ENGINE_ROOTLESSPORT, OS_PACKAGE_PODMAN, has_rootlessport, false,
		"ports of bridge networks cannot be published" },
	{ ENGINE_IPTABLES, OS_PACKAGE_IPTABLES, has_old_netavark, false,
		"bridge networks of podman fail: 'iptables: No such file or directory'" },
	{ ENGINE_NFT, OS_PACKAGE_NFTABLES, has_netavark_alone, false,
		"bridge networks of podman fail: 'unable to execute nft'" },
};

static void judge_helper(const struct host *host, struct verdict *v, const struct helper_row *row)
{
	enum verdict_kind before = v->kind;

	if (!row->is_needed(host, row->program))
		return;
	if (lacks(host, row->program))
		say_absent(host, v, row->program, row->package, row->fatal);
	else if (is_broken(host, row->program))
		say_not_started(host, v, row->program, row->fatal);
	else
		return;
	if (v->kind != before)
		verdict_effect(v, row->effect);
}

static void judge_helpers(const struct host *host, struct verdict *v)
{
	const struct config *config = &host->config;

	if (is_without_engine(host, v))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(helpers); i++)
		judge_helper(host, v, &helpers[i]);
	if ((v->kind == VERDICT_FAIL || v->kind == VERDICT_WARN) && *config->helper_dirs) {
		verdict_evidence(v, config->helper_dirs_file, "no helper_binaries_dir",
			"helper_binaries_dir = %.120s", config->helper_dirs);
		verdict_fix(
			v, "take helper_binaries_dir out of '%.180s'", config->helper_dirs_file);
	}
}

/* -- that they are of one time ----------------------------------------------------------------- */

static void say_version(
	const struct host *host, struct verdict *v, enum engine_program program, const char *wanted)
{
	verdict_evidence(v, part(host, program)->path, wanted, "%u.%u", part(host, program)->major,
		part(host, program)->minor);
}

static bool differ(const struct host *host)
{
	const struct engine_part *a = part(host, ENGINE_NETAVARK);
	const struct engine_part *b = part(host, ENGINE_AARDVARK);

	return a->major > 0 && b->major > 0 && a->major != b->major;
}

static void judge_versions(const struct host *host, struct verdict *v)
{
	if (is_without_engine(host, v))
		return;
	if (is_too_old_for_podman(host)) {
		verdict_warn(
			v, "netavark is too old for podman %u", part(host, ENGINE_PODMAN)->major);
		say_version(host, v, ENGINE_PODMAN, NULL);
		say_version(host, v, ENGINE_NETAVARK, ">= 1.10");
	} else if (differ(host)) {
		verdict_warn(v, "netavark and aardvark-dns are of different releases");
		say_version(host, v, ENGINE_NETAVARK, NULL);
		say_version(host, v, ENGINE_AARDVARK, "the same as netavark");
	}
	if (v->kind == VERDICT_WARN) {
		verdict_effect(v, "networks of podman fail: 'failed to load network options'");
		verdict_fix(v, "take podman, netavark and aardvark-dns from one source");
	}
}

/* The first module that bridges lack. Without iptables(8) netavark has no other way than nft(8). */
static int bridge_lacks(const struct host *host)
{
	enum module_state nft = host->kernel.modules[KERNEL_NF_TABLES];
	int module = feature_lacks(host, FEATURE_BRIDGE);

	if (module < 0 && lacks(host, ENGINE_IPTABLES) &&
		(nft == MODULE_ABSENT || nft == MODULE_FORBIDDEN))
		return KERNEL_NF_TABLES;
	return module;
}

/* Without nf_tables the iptables of before may do. */
static bool refuses_links(const struct probe *probe)
{
	return probe->result == PROBE_FAILED && !strstr(probe->step, "nf_tables");
}

/* What is installed and not loaded yet may still come: only what never will is told. */
static void judge_bridge(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_LINK];
	int module = bridge_lacks(host);

	if (is_without_engine(host, v))
		return;
	if (!host->live) {
		judge_unknown(v, host, "/proc/modules", 0);
		return;
	}
	if ((module < 0 && !refuses_links(probe)) || !is_there(host, ENGINE_NETAVARK))
		return;
	if (judge_skip_modules(host, v))
		return;
	verdict_warn(v, "the kernel lacks what bridge networks are made of");
	if (probe->result == PROBE_FAILED)
		judge_probe_evidence(v, probe, "done");
	if (module >= 0)
		judge_say_module(host, v, (enum kernel_module)module);
	verdict_effect(v, "podman network, compose and pods with a network of their own fail");
	if (host->kernel.modules_dir == FACT_ABSENT && !judge_is_guest(host))
		verdict_fix(v, "sudo reboot # the running kernel's modules are gone");
	else if (judge_is_guest(host))
		verdict_fix(v, "load it on the machine this container runs on");
}

static const struct check checks[] = {
	{
		.id = "engine.runtime",
		.title = "the engines, their runtime and their monitor start",
		.see = "podman(1)",
		.scope = CHECK_ENGINE,
		.sections = HOST_ENGINE | HOST_CONFIG | HOST_OS | HOST_TOOL | HOST_USER,
		.needs = NEEDS(
			"context.processes", "context.files", "user.exists", "config.containers"),
		.judge = judge_runtime,
	},
	{
		.id = "engine.helpers",
		.title = "the programs they start are there and start",
		.see = "containers.conf(5)",
		.scope = CHECK_ENGINE,
		.sections = HOST_ENGINE | HOST_CONFIG | HOST_OS | HOST_TOOL | HOST_USER,
		.needs = NEEDS(
			"user.exists", "config.containers", "config.storage", "engine.runtime"),
		.judge = judge_helpers,
	},
	{
		.id = "engine.versions",
		.title = "they fit each other",
		.see = "podman-network(1)",
		.scope = CHECK_ENGINE,
		.sections = HOST_ENGINE | HOST_OS | HOST_USER,
		.needs = NEEDS("user.exists", "engine.runtime", "engine.helpers"),
		.judge = judge_versions,
	},
	{
		.id = "engine.bridge",
		.title = "the kernel has what their bridge networks are made of",
		.see = "podman-network(1)",
		.scope = CHECK_ENGINE,
		.sections = HOST_ENGINE | HOST_KERNEL | HOST_CONTEXT | HOST_IDMAP | HOST_USER,
		.probes = 1u << PROBE_LINK,
		.needs = NEEDS("user.exists", "kernel.modules", "kernel.features"),
		.judge = judge_bridge,
	},
};

const struct check_group engine_group = { "engine", checks, ARRAY_SIZE(checks) };
