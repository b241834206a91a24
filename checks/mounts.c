/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mount propagation: what is mounted on the host later reaches a container only when "/" is shared,
 * mount_namespaces(7). systemd makes it so at boot, outside of containers; WSL and hosts with
 * another init have it private, as the kernel begins. Where systemd runs and it is private all the
 * same, somebody meant it: only he is to change it.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "checks/dropin.h"
#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"
#include "checks/request.h"

#define COMMAND "mount --make-rshared /"
#define UNIT    "/etc/systemd/system/rpod-rshared.service"
#define WANTS   "/etc/systemd/system/multi-user.target.d/60-rpod-rshared.conf"

static const char unit[] = DROPIN_HEADER "[Unit]\n"
					 "Description=Make / a shared mount, for containers\n"
					 "Before=systemd-user-sessions.service\n"
					 "\n"
					 "[Service]\n"
					 "Type=oneshot\n"
					 "ExecStart=/bin/" COMMAND "\n";
static const char wants[] = DROPIN_HEADER "[Unit]\n"
					  "Wants=rpod-rshared.service\n";

static bool is_wsl(const struct host *host)
{
	return host->context.container.state == FACT_KNOWN &&
	       strcmp(host->context.container.value, "wsl") == 0;
}

/* It is private because nobody made it shared. */
static bool is_by_default(const struct host *host)
{
	return is_wsl(host) || (!host->context.systemd && !judge_is_guest(host));
}

static void judge_shared(const struct host *host, struct verdict *v)
{
	if (!host->live || host->mounts.state != FACT_KNOWN) {
		judge_unknown(v, host, "/proc/self/mountinfo", host->mounts.error);
		return;
	}
	if (host->mounts.root_shared)
		return;
	if (host->mounts.chrooted) {
		verdict_skip(v, "this session is in a chroot, whose '/' is no mount");
		return;
	}
	if (host->mounts.root_receives) {
		verdict_skip(v, "this session has a mount namespace of its own");
		return;
	}
	if (judge_is_guest(host) && !is_wsl(host)) {
		verdict_pass(v, "private: the container around us has it so");
		return;
	}
	verdict_warn(v, "'/' is not a shared mount");
	verdict_evidence(v, "/proc/self/mountinfo", "shared", "private");
	verdict_effect(v, "what is mounted later is not seen in containers: :rshared, :rslave");
	if (!is_by_default(host))
		verdict_fix(v, "sudo rpod-setup --shared-mounts --only mounts.shared host");
}

/* Is the line "[boot]"? Else, is it the head of another section? */
static bool is_head(const char *line, size_t n, const char *name)
{
	size_t length = strlen(name);

	return n > length + 1 && line[0] == '[' && line[length + 1] == ']' &&
	       strncasecmp(line + 1, name, length) == 0;
}

/* "command = ..." with blanks wherever. */
static bool is_command(const char *line, size_t n)
{
	size_t at = 0;

	while (at < n && (line[at] == ' ' || line[at] == '\t'))
		at++;
	if (n - at < 7 || strncasecmp(line + at, "command", 7) != 0)
		return false;
	for (at += 7; at < n && (line[at] == ' ' || line[at] == '\t'); at++)
		;
	return at < n && line[at] == '=';
}

/* WSL runs one command at its start. False: it has one already. */
static bool add_command(const char *before, struct text *ret)
{
	size_t at = 0, n, all = strlen(before);
	bool inside = false, placed = false;
	const char *line;

	while ((line = text_line(before, all, &at, &n))) {
		if (n > 0 && line[0] == '[')
			inside = is_head(line, n, "boot");
		else if (inside && is_command(line, n))
			return false;
		text_add_bytes(ret, line, n);
		text_add(ret, "\n");
		if (inside && !placed && line[0] == '[') {
			text_add(ret, "command = " COMMAND "\n");
			placed = true;
		}
	}
	if (!placed)
		text_addf(ret, "%s[boot]\ncommand = " COMMAND "\n", all ? "\n" : "");
	return true;
}

/* True: it will be shared after the next boot too. */
static bool plan_for_boot(const struct host *host, struct plan *plan)
{
	_cleanup_text_ struct text after = { 0 };

	if (host->context.systemd) {
		plan_file(plan, UNIT, 0644, unit);
		plan_file(plan, WANTS, 0644, wants);
		plan_reload(plan);
		return true;
	}
	if (!is_wsl(host) || host->mounts.wsl_conf == FACT_UNKNOWN ||
		!add_command(host->mounts.wsl, &after))
		return false;
	plan_file(plan, MOUNTS_WSL_PATH, 0644, text_get(&after));
	return true;
}

static void mend_shared(const struct host *host, const struct request *request, struct plan *plan)
{
	if (!host->live || host->mounts.state != FACT_KNOWN || host->mounts.root_shared ||
		host->mounts.root_receives || (!is_by_default(host) && !request->shared_mounts))
		return;
	plan_share(plan, plan_for_boot(host, plan));
}

static const struct check checks[] = {
	{
		.id = "mounts.shared",
		.title = "'/' is a shared mount",
		.see = "mount_namespaces(7)",
		.scope = CHECK_HOST,
		.sections = HOST_MOUNTS | HOST_CONTEXT | HOST_IDMAP,
		.judge = judge_shared,
		.mend = mend_shared,
	},
};

const struct check_group mounts_group = { "mounts", checks, ARRAY_SIZE(checks) };
