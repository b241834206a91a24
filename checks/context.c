/* SPDX-License-Identifier: Apache-2.0 */
/* What looking itself takes. Where it is exhausted little else can be judged, and that is the fault. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "checks/groups.h"
#include "checks/judge.h"

/* Who could not be asked, or the first try that lacked it. NULL: none did. */
static const char *who_lacks(const struct host *host, const char *check)
{
	const char *because = judge_exhausted(host->user.error);

	if (host->user.state == FACT_UNKNOWN && because && strcmp(because, check) == 0)
		return "looking for the user";
	for (size_t i = 0; i < PROBE_COUNT; i++) {
		const struct probe *probe = &host->probe.probes[i];

		because = judge_exhausted(probe->error);
		if (probe->result == PROBE_UNABLE && because && strcmp(because, check) == 0)
			return *probe->step ? probe->step : probe_word(i);
	}
	return NULL;
}

static void judge_processes(const struct host *host, struct verdict *v)
{
	const struct context *context = &host->context;
	const char *where = who_lacks(host, "context.processes");

	if (!where && !host->live)
		judge_unknown(v, host, "what looking takes", 0);
	if (!where)
		return;
	verdict_fail(v, "no more processes can be started");
	verdict_evidence(v, where, "a new process", "%s", strerror(EAGAIN));
	if (context->full.state == FACT_KNOWN)
		verdict_evidence(v, context->full.value, "fewer tasks than pids.max",
			"pids.max %" PRId64 ", all taken", context->full_max.value);
	if (context->processes.state == FACT_KNOWN && context->processes.value != INT64_MAX)
		verdict_evidence(v, "/proc/self/limits", "more than the user's processes",
			"Max processes %" PRId64, context->processes.value);
	verdict_effect(v, "no container starts, and little else here could be judged");
	verdict_fix(v, "end what there is too much of: ps -L -u %s -o pid,tid,stat,lstart,args",
		host->user.name);
}

static void judge_files(const struct host *host, struct verdict *v)
{
	const struct context *context = &host->context;
	const char *where = who_lacks(host, "context.files");
	int error = context->files_error;

	if (!error && !where && !host->live)
		judge_unknown(v, host, "what looking takes", 0);
	if (!error && !where)
		return;
	error = error ? error : EMFILE;
	verdict_fail(v, "no more files can be opened");
	verdict_evidence(v, where ? where : "open", "room for more files", "%s", strerror(error));
	if (error == EMFILE && context->files.state == FACT_KNOWN)
		verdict_evidence(v, "/proc/self/limits", "1024 or more", "Max open files %" PRId64,
			context->files.value);
	verdict_effect(v, "no container starts, and little else here could be judged");
	if (error == ENFILE)
		verdict_fix(v, "see what holds them all: cat /proc/sys/fs/file-nr, lsof");
	else
		verdict_fix(v, "raise it where this session was started: ulimit -n 1024");
}

static const struct check checks[] = {
	{
		.id = "context.processes",
		.title = "this session can start processes",
		.see = "getrlimit(2)",
		.scope = CHECK_HOST,
		.sections = HOST_USER | HOST_CONTEXT,
		.probes = 1u << PROBE_USERNS,
		.judge = judge_processes,
	},
	{
		.id = "context.files",
		.title = "this session can open files",
		.see = "getrlimit(2)",
		.scope = CHECK_HOST,
		.sections = HOST_USER | HOST_CONTEXT,
		.probes = 1u << PROBE_USERNS,
		.judge = judge_files,
	},
};

const struct check_group context_group = { "context", checks, ARRAY_SIZE(checks) };
