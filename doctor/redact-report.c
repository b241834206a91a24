/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/redact-report.h"

#include <errno.h>
#include <string.h>

#include "doctor/ignore.h"

#define IN(redact, array) redact_in(redact, array, sizeof(array))

static int redact_verdict(const struct redact *redact, struct verdict *v)
{
	int r = IN(redact, v->why);

	for (size_t i = 0; i < v->evidence_count && r >= 0; i++) {
		r = IN(redact, v->evidence[i].source);
		r = r < 0 ? r : IN(redact, v->evidence[i].found);
		r = r < 0 ? r : IN(redact, v->evidence[i].wanted);
	}
	for (size_t i = 0; i < v->fix_count && r >= 0; i++)
		r = IN(redact, v->fix[i]);
	return r < 0 ? r : IN(redact, v->effect);
}

static int redact_ids(const struct redact *redact, struct idmap *idmap)
{
	int r = 0;

	for (size_t kind = 0; kind < IDMAP_KIND_COUNT; kind++)
		for (size_t i = 0; i < idmap->files[kind].count && r >= 0; i++)
			r = IN(redact, idmap->files[kind].ranges[i].owner);
	return r;
}

static int redact_places(const struct redact *redact, struct host *host)
{
	int r = IN(redact, host->config.storage);

	for (size_t i = 0; i < host->home.count && r >= 0; i++)
		r = IN(redact, host->home.places[i].path);
	for (size_t i = 0; i < host->home.above_count && r >= 0; i++)
		r = IN(redact, host->home.above[i].path);
	for (size_t i = 0; i < host->cgroup.count && r >= 0; i++)
		r = IN(redact, host->cgroup.chain[i].path);
	for (size_t i = 0; i < PROBE_COUNT && r >= 0; i++)
		r = IN(redact, host->probe.probes[i].text);
	return r;
}

static int redact_elsewhere(const struct redact *redact, struct elsewhere *e)
{
	int r = IN(redact, e->why);

	for (size_t i = 0; i < e->count && r >= 0; i++)
		r = IN(redact, e->differences[i].why);
	return r;
}

static int redact_who(const struct redact *redact, struct host *host)
{
	struct {
		char *text;
		size_t size;
	} all[] = {
		{ host->user.name, sizeof(host->user.name) },
		{ host->user.home, sizeof(host->user.home) },
		{ host->user.group, sizeof(host->user.group) },
		{ host->kernel.host_name.value, sizeof(host->kernel.host_name.value) },
		{ host->kernel.cmdline.value, sizeof(host->kernel.cmdline.value) },
		{ host->context.cgroup.value, sizeof(host->context.cgroup.value) },
		{ host->mounts.proc_covered.value, sizeof(host->mounts.proc_covered.value) },
		{ host->mounts.sys_covered.value, sizeof(host->mounts.sys_covered.value) },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(all) && r >= 0; i++)
		r = redact_in(redact, all[i].text, all[i].size);
	return r;
}

static int redact_root(const struct redact *redact, struct report *report)
{
	_cleanup_text_ struct text to = { 0 };

	redact_bytes(redact, report->root, strlen(report->root), &to);
	if (!text_copy(report->root_words, sizeof(report->root_words), text_get(&to)))
		return -ENAMETOOLONG;
	report->root = report->root_words;
	return 0;
}

int redact_report(const struct redact *redact, struct report *report, struct error *err)
{
	int r = redact_root(redact, report);

	for (size_t i = 0; i < report->count && r >= 0; i++) {
		r = redact_verdict(redact, &report->verdicts[i]);
		if (r >= 0 && report->ignored[i])
			r = redact_in(redact, report->ignored[i], IGNORE_WORDS);
	}
	if (r >= 0)
		r = redact_who(redact, &report->host);
	if (r >= 0)
		r = redact_ids(redact, &report->host.idmap);
	if (r >= 0)
		r = redact_places(redact, &report->host);
	if (r >= 0)
		r = redact_elsewhere(redact, &report->elsewhere);
	return r < 0 ? error_set(err, r, "cannot leave the names out") : 0;
}
