/* SPDX-License-Identifier: Apache-2.0 */
#include "checks/judge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "checks/check.h"

const char *judge_not_now(const struct host *host)
{
	return host->next_boot ? "not known before the boot" : "only the running host could tell";
}

void judge_unknown(struct verdict *v, const struct host *host, const char *what, int error)
{
	if (!host->live || error == ENODATA)
		verdict_skip(v, "%s", judge_not_now(host));
	else if (error)
		verdict_skip(v, "could not look at '%s': %s", what, strerror(error));
	else
		verdict_skip(v, "could not look at '%s'", what);
}

void judge_probe_evidence(struct verdict *v, const struct probe *probe, const char *wanted)
{
	if (probe->result == PROBE_HUNG) {
		verdict_evidence(v, probe->step, wanted, "none within %u ms", probe->ms);
		return;
	}
	if (probe->error && *probe->text)
		verdict_evidence(
			v, probe->step, wanted, "%s; %.100s", strerror(probe->error), probe->text);
	else
		verdict_evidence(v, probe->step, wanted, "%.150s",
			probe->error ? strerror(probe->error) : probe->text);
}

const char *judge_exhausted(int error)
{
	if (error == EAGAIN)
		return "context.processes";
	return error == EMFILE || error == ENFILE ? "context.files" : NULL;
}

bool judge_probe_is_silent(struct verdict *v, const struct host *host, enum probe_name name)
{
	const struct probe *probe = &host->probe.probes[name];

	switch (probe->result) {
	case PROBE_NOT_RUN:
		if (!host->live)
			verdict_skip(v, "%s", judge_not_now(host));
		else
			verdict_skip(v, "was not tried%s%s", *probe->step ? ": " : "", probe->step);
		return true;
	case PROBE_UNABLE:
		v->skipped_because = judge_exhausted(probe->error);
		verdict_skip(v, "could not be tried: %s%s%s", probe->step, probe->error ? ": " : "",
			probe->error ? strerror(probe->error) : "");
		return true;
	case PROBE_HUNG:
		verdict_warn(v, "gave no answer within %u ms", probe->ms);
		verdict_evidence(
			v, *probe->step ? probe->step : probe_word(name), "an answer", "hung");
		return true;
	default:
		return false;
	}
}

bool judge_has_v2(struct verdict *v, const struct host *host)
{
	if (host->cgroup.version == CGROUP_V2)
		return true;
	verdict_skip(v, "%s", host->live ? "there is no cgroup v2" : judge_not_now(host));
	return false;
}

bool judge_has_systemd(const struct host *host)
{
	return host->context.systemd || (!host->live && host->cgroup.systemd_version > 0);
}

bool judge_has_selinux(const struct host *host)
{
	const struct lsm *lsm = &host->lsm;
	enum selinux_mode mode = host->live ? lsm->selinux : lsm->selinux_boots;

	return (mode == SELINUX_ENFORCING || mode == SELINUX_PERMISSIVE) &&
	       (host->live || lsm->selinux_policy.state == FACT_KNOWN);
}

bool judge_is_guest(const struct host *host)
{
	const struct idmap_map *map = &host->idmap.outer[IDMAP_UID];

	return host->context.container.state == FACT_KNOWN ||
	       (map->state == FACT_KNOWN && !idmap_is_initial(map));
}

bool judge_is_own(const struct host *host)
{
	return host->live && host->context.uid == host->user.uid;
}

bool judge_lacks(const struct host *host, enum tool_name tool)
{
	return host->tool.tools[tool].file.state == FACT_ABSENT;
}

void judge_fix_mount(
	struct verdict *v, const struct host *host, const char *option, const char *path)
{
	if (host->next_boot)
		verdict_fix(v, "take no%s out of the line in /etc/fstab that mounts '%.160s'",
			option, path);
	else
		verdict_fix(v,
			"sudo mount -o remount,%s \"$(findmnt -nro TARGET -T %.100s)\" # the same "
			"in /etc/fstab",
			option, path);
}

void judge_say_module(const struct host *host, struct verdict *v, enum kernel_module module)
{
	static const char *const words[] = {
		[MODULE_ABSENT] = "not in this kernel",
		[MODULE_LOADABLE] = "not loaded",
		[MODULE_FORBIDDEN] = "not loaded, and kept from being",
	};
	enum module_state state = host->kernel.modules[module];
	const char *name = kernel_module_name(module);
	char source[32];

	if (state == MODULE_UNKNOWN || state == MODULE_LOADED || state == MODULE_BUILTIN)
		return;
	(void)snprintf(source, sizeof(source), "module %s", name);
	verdict_evidence(v, source, "loaded", "%s", words[state]);
	if (state == MODULE_LOADABLE && host->kernel.modules_disabled.state == FACT_KNOWN &&
		host->kernel.modules_disabled.value == 1) {
		verdict_evidence(v, "/proc/sys/kernel/modules_disabled", "0", "1");
		verdict_fix(v, "sudo reboot # no module can be loaded before");
	}
	if (state != MODULE_FORBIDDEN)
		return;
	verdict_evidence(v, host->kernel.forbidden_by[module], NULL, "install %s ...", name);
	verdict_fix(v, "sudo sed -i '/^ *install *%s /d' %s && sudo modprobe %s", name,
		host->kernel.forbidden_by[module], name);
}

bool judge_needs_systemd(const struct host *host, struct verdict *v)
{
	if (judge_has_systemd(host))
		return true;
	verdict_skip(v, "%s", host->live ? "there is no systemd" : judge_not_now(host));
	return false;
}

bool judge_has_sessions(const struct host *host, struct verdict *v)
{
	if (host->live)
		return judge_needs_systemd(host, v);
	verdict_skip(v, "%s", judge_not_now(host));
	return false;
}

bool judge_lingers(const struct host *host)
{
	return host->session.linger.state == FACT_KNOWN;
}
