/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All tries run at the same time, each in a child of its own: together they take as long as the
 * slowest. What a try builds on may fail beside it; its own result is then void, "not run", so that
 * one fault is told once.
 */
#include "host/probe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/answers.h"
#include "host/helper.h"
#include "host/host.h"
#include "host/probe-try.h"
#include "host/root.h"

/*
 * Far above what any try needs where nothing hangs: all of them took 9 ms on an idle host, but up to
 * 600 ms on one emulated in software, and beyond 1000 ms where they loaded the kernel's modules.
 * What is killed too early would be called broken.
 */
enum {
	LIMIT_MS = 1500,
	CLEAN_LIMIT_MS = 300,
};

static const struct row {
	const char *word;
	probe_run *run;
	int needs; /* enum probe_name, -1: nothing */
	unsigned limit_ms;
	const char *(*lacks)(const struct host *host);
	void (*clean)(const struct probe_try *t);
} rows[] = {
	[PROBE_USERNS] = { "userns", probe_userns, -1, LIMIT_MS, NULL, NULL },
	[PROBE_SINGLE_MAP] = { "single-map", probe_single_map, PROBE_USERNS, LIMIT_MS, NULL, NULL },
	[PROBE_MAP] = { "map", probe_map, PROBE_USERNS, LIMIT_MS, probe_map_lacks, NULL },
	[PROBE_MOUNT_PROC] = { "mount-proc", probe_mount_proc, PROBE_SINGLE_MAP, LIMIT_MS, NULL,
		NULL },
	[PROBE_OVERLAY] = { "overlay", probe_overlay, PROBE_SINGLE_MAP, LIMIT_MS, NULL,
		probe_clean_disk },
	[PROBE_NETNS] = { "netns", probe_netns, PROBE_SINGLE_MAP, LIMIT_MS, NULL, NULL },
	[PROBE_FUSE] = { "fuse", probe_fuse, -1, LIMIT_MS, NULL, NULL },
	[PROBE_TUN] = { "tun", probe_tun, PROBE_NETNS, LIMIT_MS, NULL, NULL },
	[PROBE_SUBCGROUP] = { "subcgroup", probe_subcgroup, -1, LIMIT_MS, probe_subcgroup_lacks,
		probe_clean_cgroup },
	[PROBE_MANAGER] = { "manager", probe_manager, -1, LIMIT_MS, NULL, NULL },
	[PROBE_BUS] = { "bus", probe_bus, -1, LIMIT_MS, NULL, NULL },
	[PROBE_HOME_WRITE] = { "home-write", probe_home_write, -1, LIMIT_MS, NULL,
		probe_clean_disk },
	[PROBE_SECCOMP] = { "seccomp", probe_seccomp, -1, LIMIT_MS, NULL, NULL },
	[PROBE_START] = { "start", probe_start, PROBE_MOUNT_PROC, LIMIT_MS, NULL, NULL },
	[PROBE_LINK] = { "link", probe_link, PROBE_NETNS, LIMIT_MS, probe_link_lacks, NULL },
	[PROBE_PASTA] = { "pasta", probe_pasta, PROBE_TUN, LIMIT_MS, probe_pasta_lacks, NULL },
};
_Static_assert(ARRAY_SIZE(rows) == PROBE_COUNT, "a row for every probe");

enum {
	RESULT_COUNT = PROBE_UNABLE + 1
};

static const char *const result_words[] = {
	[PROBE_NOT_RUN] = "not-run",
	[PROBE_OK] = "ok",
	[PROBE_FAILED] = "failed",
	[PROBE_HUNG] = "hung",
	[PROBE_UNABLE] = "unable",
};
_Static_assert(ARRAY_SIZE(result_words) == RESULT_COUNT, "a word for every result");

const char *probe_word(enum probe_name probe)
{
	return (unsigned)probe < PROBE_COUNT ? rows[probe].word : NULL;
}

/* -- in the child ---------------------------------------------------------------------------- */

static void say(const struct probe_try *t, const char *what, const char *words)
{
	_cleanup_text_ struct text line = { 0 };

	text_addf(&line, "%s %s", what, words);
	while (line.length > 0 && line.data[line.length - 1] == '\n')
		line.length--;
	/* tools print lines: one of ours is one line */
	for (size_t i = 0; i < line.length; i++)
		if (line.data[i] == '\n' || line.data[i] == '\0')
			line.data[i] = ' ';
	text_add(&line, "\n");
	(void)!io_write_all(t->out, text_get(&line), line.length);
}

void probe_step(const struct probe_try *t, const char *name)
{
	say(t, "step", name);
}

void probe_text(const struct probe_try *t, const char *fmt, ...)
{
	char words[256];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	say(t, "text", words);
}

struct running {
	struct probe_try try;
	const struct row *row;
	bool clean; /* instead of trying */
};

static int run_as_user(void *arg, int out)
{
	struct running *r = arg;
	const struct user *user = &r->try.host->user;
	int failed;

	r->try.out = out;
	probe_step(&r->try, "become the user");
	failed = helper_become(user->uid, user->gid);
	if (failed < 0) {
		say(&r->try, "unable", "yes");
		return failed;
	}
	(void)clearenv();
	(void)setenv("HOME", user->home, 1);
	(void)setenv("USER", user->name, 1);
	(void)!chdir("/");
	(void)umask(022); /* the session's own is a fact of its own */
	if (!r->clean)
		return r->row->run(&r->try);
	r->row->clean(&r->try);
	return 0;
}

/* -- in the parent --------------------------------------------------------------------------- */

/* What follows "@word " in the last line that begins so. */
static void last_said(const struct text *output, const char *word, char *ret, size_t size)
{
	size_t at = 0, n, skip = strlen(word) + 1, last_length = 0;
	const char *line, *last = "";

	while ((line = text_line(output->data, output->length, &at, &n)))
		if (n >= skip && memcmp(line, word, skip - 1) == 0 && line[skip - 1] == ' ') {
			last = line + skip;
			last_length = n - skip;
		}
	(void)snprintf(ret, size, "%.*s", (int)MIN(last_length, size - 1), last);
}

/* What is exhausted proves nothing of what was tried. */
static bool lacks_resources(const struct probe *probe)
{
	static const int errors[] = { EAGAIN, ENOMEM, EMFILE, ENFILE };

	/* of a cgroup that may have no more below it, cgroup.max.descendants: that is the answer */
	if (probe->error == EAGAIN && strcmp(probe->step, "mkdir") == 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (probe->error == errors[i])
			return true;
	return false;
}

static void take_output(struct probe *ret, const struct helper *child)
{
	char unable[8];

	ret->ms = child->ms;
	ret->error = -child->result;
	ret->result = child->result == 0            ? PROBE_OK
		      : child->result == -ETIMEDOUT ? PROBE_HUNG
						    : PROBE_FAILED;
	/* a step is named where it went wrong */
	if (ret->result != PROBE_OK)
		last_said(&child->output, "step", ret->step, sizeof(ret->step));
	last_said(&child->output, "unable", unable, sizeof(unable));
	if (*unable || lacks_resources(ret))
		ret->result = PROBE_UNABLE;
	last_said(&child->output, "text", ret->text, sizeof(ret->text));
}

static const char *what_lacks(enum probe_name probe, const struct host *host)
{
	if (host->user.state != FACT_KNOWN)
		return "no such user";
	if (host->home.hung && rows[probe].clean == probe_clean_disk)
		return "the home hangs";
	if ((probe == PROBE_BUS || probe == PROBE_MANAGER) && !host->context.systemd)
		return "no systemd";
	return rows[probe].lacks ? rows[probe].lacks(host) : NULL;
}

static void clean_up(struct running *running, struct helper *children)
{
	struct helper cleaning[PROBE_COUNT] = { 0 };

	for (size_t i = 0; i < PROBE_COUNT; i++) {
		if (children[i].result != -ETIMEDOUT || !rows[i].clean)
			continue;
		running[i].clean = true;
		if (helper_start(&cleaning[i], run_as_user, &running[i], CLEAN_LIMIT_MS) < 0)
			cleaning[i].pid = 0;
	}
	helper_wait(cleaning, PROBE_COUNT);
	for (size_t i = 0; i < PROBE_COUNT; i++)
		text_done(&cleaning[i].output);
}

static bool is_asked(const struct probes *probes, size_t probe)
{
	return probes->asked & 1u << probe;
}

/* In the order of the enum: what is needed stands before what needs it. */
static unsigned with_needed(unsigned asked)
{
	for (size_t i = PROBE_COUNT; i-- > 0;)
		if (asked & 1u << i && rows[i].needs >= 0)
			asked |= 1u << rows[i].needs;
	return asked;
}

static void void_dependants(struct probes *ret)
{
	/* in the order of the enum: what is needed stands before what needs it */
	for (size_t i = 0; i < PROBE_COUNT; i++) {
		int needs = rows[i].needs;

		if (needs < 0 || !is_asked(ret, i) || ret->probes[needs].result == PROBE_OK ||
			ret->probes[i].result == PROBE_OK)
			continue;
		ret->probes[i] = (struct probe){ .result = PROBE_NOT_RUN };
		(void)snprintf(ret->probes[i].step, sizeof(ret->probes[i].step), "needs %s",
			rows[needs].word);
	}
}

static void name_scratch(struct running running[static PROBE_COUNT], const struct host *host)
{
	uint64_t random = 0;

	(void)!getrandom(&random, sizeof(random), 0);
	for (size_t i = 0; i < PROBE_COUNT; i++) {
		running[i] = (struct running){ .try = { .host = host }, .row = &rows[i] };
		(void)snprintf(running[i].try.scratch, sizeof(running[i].try.scratch),
			PROBE_SCRATCH "%s-%" PRIx64, rows[i].word, random);
	}
}

static void start(
	struct probe *ret, struct helper *child, struct root *root, struct running *running)
{
	int r = helper_start(child, run_as_user, running, root_limit(root, running->row->limit_ms));

	if (r < 0)
		*ret = (struct probe){ .result = PROBE_UNABLE, .error = -r, .step = "fork" };
}

static void finish(struct probe *ret, struct helper *child)
{
	if (child->started)
		take_output(ret, child);
	text_done(&child->output);
}

/* What was lacking beside the others may do for one at a time. */
static void try_alone(struct probes *ret, struct root *root,
	struct running running[static PROBE_COUNT], struct helper children[static PROBE_COUNT])
{
	for (size_t i = 0; i < PROBE_COUNT; i++) {
		struct probe *probe = &ret->probes[i];

		if (probe->result != PROBE_UNABLE || !lacks_resources(probe))
			continue;
		start(probe, &children[i], root, &running[i]);
		helper_wait(&children[i], 1);
		finish(probe, &children[i]);
	}
}

static void run_all(struct probes *ret, struct root *root, const struct host *host)
{
	struct helper children[PROBE_COUNT] = { 0 };
	struct running running[PROBE_COUNT];

	name_scratch(running, host);
	for (size_t i = 0; i < PROBE_COUNT; i++) {
		const char *lacks = what_lacks(i, host);

		if (!is_asked(ret, i))
			continue;
		if (lacks)
			(void)text_copy(ret->probes[i].step, sizeof(ret->probes[i].step), lacks);
		else
			start(&ret->probes[i], &children[i], root, &running[i]);
	}
	helper_wait(children, PROBE_COUNT);
	for (size_t i = 0; i < PROBE_COUNT; i++)
		finish(&ret->probes[i], &children[i]);
	try_alone(ret, root, running, children);
	clean_up(running, children);
	void_dependants(ret);
}

/* -- records --------------------------------------------------------------------------------- */

/* "failed EPERM 12 ms, step mount overlay: TEXT" as words: RESULT ERRNO MS STEP;TEXT */
static int print_probe(void *arg, struct text *ret)
{
	const struct probe *p = arg;

	text_addf(ret, "%s ", result_words[p->result]);
	answers_print_result(-p->error, ret);
	text_addf(ret, " %u %s;%s", p->ms, p->step, p->text);
	return 0;
}

static int parse_probe(const char *line, struct probe *ret)
{
	char result[16], error[24];
	const char *rest, *end;
	int used = 0, r, number;
	struct probe p = { 0 };

	if (sscanf(line, "%15s %23s %u%n", result, error, &p.ms, &used) != 3)
		return -EINVAL;
	r = answers_parse_result(error, &number);
	if (r < 0)
		return r;
	p.error = -number;
	rest = line + used;
	rest += *rest == ' ';
	end = strchrnul(rest, ';');
	(void)snprintf(p.step, sizeof(p.step), "%.*s",
		(int)MIN((size_t)(end - rest), sizeof(p.step) - 1), rest);
	(void)text_copy(p.text, sizeof(p.text), *end ? end + 1 : "");
	for (size_t i = 0; i < RESULT_COUNT; i++)
		if (strcmp(result, result_words[i]) == 0) {
			p.result = i;
			*ret = p;
			return 0;
		}
	return -EINVAL;
}

void probe_read(struct probes *ret, struct root *root, const struct host *host, unsigned asked)
{
	struct probes found = { .asked = with_needed(asked) };

	ret->asked = found.asked;
	if (root_is_live(root))
		run_all(&found, root, host);
	for (size_t i = 0; i < PROBE_COUNT; i++) {
		_cleanup_text_ struct text line = { 0 };
		char key[128];
		int r;

		ret->probes[i] = (struct probe){ 0 };
		if (!is_asked(ret, i))
			continue;
		(void)snprintf(key, sizeof(key), "probe %s %.64s", rows[i].word, host->user.name);
		r = root_ask(root, key, print_probe, &found.probes[i], &line);
		if (r >= 0 && !root_is_live(root))
			(void)!parse_probe(text_get(&line), &ret->probes[i]);
		else if (root_is_live(root))
			ret->probes[i] = found.probes[i];
	}
}
