/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's containers.conf(5), storage.conf(5) and registries.conf(5): they parse, and do not ask
 * for what the host has not. rpod reads them too, but what they choose among engines' parts is
 * podman's: without podman it contradicts nothing.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/dropin.h"
#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"
#include "checks/request.h"

enum {
	SOURCE = 160
};

static bool has(const struct host *host, enum tool_name tool)
{
	return host->tool.tools[tool].file.state == FACT_KNOWN;
}

/* Files of one of the three, with those in its .d directory. True when one does not parse. */
static bool has_bad_file(const struct host *host, struct verdict *v, const char *name)
{
	for (size_t i = 0; i < host->config.count; i++) {
		const struct config_file *file = &host->config.files[i];
		char source[SOURCE];

		if (!strstr(file->path, name) || file->bad_line == 0)
			continue;
		(void)snprintf(source, sizeof(source), "%.140s:%u", file->path, file->bad_line);
		if (v->kind != VERDICT_FAIL)
			verdict_fail(v, "'%.200s' does not parse", file->path);
		verdict_evidence(v, source, "TOML", "%.150s", file->why);
		verdict_effect(v, "engines refuse to start, or go on without the file");
	}
	return v->kind == VERDICT_FAIL;
}

static bool says(const struct fact_text *value, const char *word)
{
	return value->state == FACT_KNOWN && strcmp(value->value, word) == 0;
}

/* What configurations name, by its name alone or with a path before it. */
static const struct {
	const char *program;
	enum os_package package;
} named[] = {
	{ "crun", OS_PACKAGE_CRUN },
	{ "pasta", OS_PACKAGE_PASTA },
	{ "slirp4netns", OS_PACKAGE_SLIRP4NETNS },
	{ "fuse-overlayfs", OS_PACKAGE_FUSE_OVERLAYFS },
};

static void fix_by_package(const struct host *host, struct verdict *v, const char *value)
{
	const char *slash = strrchr(value, '/');
	const char *program = slash ? slash + 1 : value;

	for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
		const char *install = os_install_command(&host->os, named[i].package);

		if (install && strcmp(program, named[i].program) == 0)
			verdict_fix(v, "sudo %s", install);
	}
}

static void say_missing(const struct host *host, struct verdict *v, const char *file,
	const char *key, const struct fact_text *value)
{
	verdict_fail(v, "%s names '%.150s', which is not installed", key, value->value);
	verdict_evidence(v, file, "a program of this host", "%s = %.120s", key, value->value);
	verdict_effect(v, "podman cannot run a container");
	fix_by_package(host, v, value->value);
	verdict_fix(v, "install it, or take the line out of '%.180s'", file);
}

/* Programs a configuration may name, and whether they are here. */
static const struct {
	const char *word;
	enum tool_name tool;
} programs[] = {
	{ "crun", TOOL_CRUN },
	{ "runc", TOOL_RUNC },
	{ "pasta", TOOL_PASTA },
	{ "slirp4netns", TOOL_SLIRP4NETNS },
};

static bool is_absent(const struct host *host, const struct fact_text *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (says(value, programs[i].word))
			return judge_lacks(host, programs[i].tool);
	return false;
}

static void judge_containers(const struct host *host, struct verdict *v)
{
	const struct config *config = &host->config;

	if (has_bad_file(host, v, "/containers.conf"))
		return;
	if (!has(host, TOOL_PODMAN)) {
		verdict_pass(v, "podman is not installed");
	} else if (is_absent(host, &config->runtime)) {
		say_missing(host, v, config->runtime_file, "runtime", &config->runtime);
	} else if (is_absent(host, &config->network_cmd)) {
		say_missing(host, v, config->network_cmd_file, "default_rootless_network_cmd",
			&config->network_cmd);
	} else if (says(&config->cgroup_manager, "systemd") && host->live &&
		   !judge_has_systemd(host)) {
		verdict_warn(v, "cgroup_manager is systemd, which does not run here");
		verdict_evidence(v, config->cgroup_manager_file, "cgroupfs", "systemd");
		verdict_effect(v, "podman falls back to cgroupfs and says so each time");
		verdict_fix(v, "set cgroup_manager = \"cgroupfs\" in '%.180s'",
			config->cgroup_manager_file);
	} else if (says(&config->cgroup_manager, "cgroupfs") && host->live &&
		   judge_has_systemd(host) && host->cgroup.version == CGROUP_V2 &&
		   host->session.bus.state == FACT_KNOWN) {
		verdict_warn(v, "cgroup_manager is cgroupfs, though the user's systemd runs");
		verdict_evidence(v, config->cgroup_manager_file, "systemd", "cgroupfs");
		verdict_effect(v, "limits of containers are not enforced, and nobody says so");
		verdict_fix(v, "take cgroup_manager out of '%.180s'", config->cgroup_manager_file);
	} else if (config->cgroup_manager.state != FACT_KNOWN) {
		verdict_pass(v, "podman's own defaults hold");
	} else {
		verdict_pass(v, "cgroup_manager %.60s, runtime %.60s", config->cgroup_manager.value,
			config->runtime.state == FACT_KNOWN ? config->runtime.value : "by default");
	}
}

/* A file in the home of the user, who may be still to be made. */
static void add_user_path(
	struct text *ret, const struct host *host, const struct request *request, const char *below)
{
	if (host->user.state == FACT_KNOWN || request->home)
		text_add(ret, host->user.state == FACT_KNOWN ? host->user.home : request->home);
	else
		text_addf(ret, "/home/%s", host->user.name);
	text_add(ret, below);
}

static bool is_root(const struct host *host)
{
	return host->user.state == FACT_KNOWN && host->user.uid == 0;
}

/* Nothing is added to a configuration that engines cannot read. */
static bool parses(const struct host *host, const char *name)
{
	for (size_t i = 0; i < host->config.count; i++)
		if (strstr(host->config.files[i].path, name) && host->config.files[i].bad_line)
			return false;
	return true;
}

/*
 * Said where podman is and nobody has said anything: which runtime and which cgroup manager. Both
 * are podman's defaults today; podman 3 and 4 chose runc where it was installed, and cgroupfs where
 * podman was first run without a session.
 */
static void mend_containers(
	const struct host *host, const struct request *request, struct plan *plan)
{
	const struct config *config = &host->config;
	_cleanup_text_ struct text path = { 0 }, content = { 0 };

	if (!has(host, TOOL_PODMAN) || !judge_has_systemd(host) || judge_is_guest(host) ||
		config->cgroup_manager.state == FACT_KNOWN || config->runtime.state == FACT_KNOWN ||
		is_root(host) || !parses(host, "/containers.conf"))
		return;
	add_user_path(&path, host, request, "/.config/containers/containers.conf.d/60-rpod.conf");
	text_add(&content, DROPIN_HEADER "[engine]\ncgroup_manager = \"systemd\"\n");
	if (has(host, TOOL_CRUN))
		text_add(&content, "runtime = \"crun\"\n");
	plan_user_file(plan, host->user.name, text_get(&path), 0600, text_get(&content));
}

static void judge_storage(const struct host *host, struct verdict *v)
{
	const struct config *config = &host->config;
	const struct fact_text *program = &config->mount_program;

	if (has_bad_file(host, v, "/storage.conf"))
		return;
	if (!has(host, TOOL_PODMAN)) {
		verdict_pass(v, "podman is not installed");
	} else if (program->state == FACT_KNOWN && text_ends(program->value, "/fuse-overlayfs") &&
		   judge_lacks(host, TOOL_FUSE_OVERLAYFS)) {
		say_missing(host, v, config->mount_program_file, "mount_program", program);
	} else if (says(&config->storage_driver, "vfs")) {
		verdict_warn(v, "the storage driver is vfs");
		verdict_evidence(v, config->storage_file, "overlay", "driver = vfs");
		verdict_effect(v, "every layer and every container is a full copy");
	} else if (config->storage_driver.state == FACT_KNOWN) {
		verdict_pass(v, "driver %.60s", config->storage_driver.value);
	}
}

/* --storage DIR. A storage.conf that is there and says otherwise is refused before: setup/storage.h. */
static void mend_storage(const struct host *host, const struct request *request, struct plan *plan)
{
	_cleanup_text_ struct text path = { 0 }, content = { 0 };

	if (!request->storage || is_root(host))
		return;
	plan_directory(plan, host->user.name, request->storage, 0700);
	if (strcmp(host->config.storage, request->storage) == 0)
		return;
	add_user_path(&path, host, request, "/.config/containers/storage.conf");
	text_addf(&content, DROPIN_HEADER "[storage]\ndriver = \"overlay\"\ngraphroot = \"%s\"\n",
		request->storage);
	plan_user_file(plan, host->user.name, text_get(&path), 0600, text_get(&content));
}

static void judge_registries(const struct host *host, struct verdict *v)
{
	if (has_bad_file(host, v, "/registries.conf"))
		return;
	if (!host->config.search_registries)
		verdict_pass(v, "short names are not searched for: write docker.io/library/nginx");
}

static const struct check checks[] = {
	{
		.id = "config.containers",
		.title = "containers.conf suits the host",
		.see = "containers.conf(5)",
		.scope = CHECK_USER,
		.sections = HOST_CONFIG | HOST_TOOL | HOST_CONTEXT | HOST_CGROUP | HOST_USER |
			    HOST_IDMAP | HOST_SESSION | HOST_OS,
		.needs = NEEDS("user.exists"),
		.judge = judge_containers,
		.mend = mend_containers,
	},
	{
		.id = "config.storage",
		.title = "storage.conf suits the host",
		.see = "storage.conf(5)",
		.scope = CHECK_USER,
		.sections = HOST_CONFIG | HOST_TOOL | HOST_USER | HOST_OS,
		.needs = NEEDS("user.exists"),
		.judge = judge_storage,
		.mend = mend_storage,
	},
	{
		.id = "config.registries",
		.title = "registries.conf can be read",
		.see = "registries.conf(5)",
		.scope = CHECK_USER,
		.sections = HOST_CONFIG | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_registries,
	},
};

const struct check_group config_group = { "config", checks, ARRAY_SIZE(checks) };
