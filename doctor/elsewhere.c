/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/elsewhere.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/spawn.h"
#include "doctor/report.h"
#include "host/helper.h"

/* It does there what we have done here: a machine emulated in software took 5 s where we took 2. */
enum {
	LIMIT_MS = 1000,
	LIMIT_FACTOR = 4,
	PATIENT_LIMIT_MS = 60000
};

static bool is_amiss(enum verdict_kind kind)
{
	return kind == VERDICT_FAIL || kind == VERDICT_WARN;
}

static bool kind_of(const char *word, enum verdict_kind *ret)
{
	for (int kind = 0; word && kind < VERDICT_KIND_COUNT; kind++)
		if (strcmp(word, verdict_word(kind)) == 0) {
			*ret = kind;
			return true;
		}
	return false;
}

/* A skip says nothing, neither here nor there. */
static void compare_one(
	struct elsewhere *ret, const struct report *report, size_t i, struct json *there)
{
	enum verdict_kind here = report->verdicts[i].kind, kind;
	const char *why = json_get_text(there, "why");
	struct difference *d;

	if (!report_shows(report, i) || here == VERDICT_SKIP || ret->count == ELSEWHERE_MAX ||
		!kind_of(json_get_text(there, "verdict"), &kind) || kind == VERDICT_SKIP ||
		is_amiss(here) == is_amiss(kind))
		return;
	d = &ret->differences[ret->count++];
	*d = (struct difference){ .check = i, .kind = kind };
	(void)text_copy(d->why, sizeof(d->why), why ? why : "");
}

int elsewhere_compare(
	struct elsewhere *ret, const struct report *report, const char *text, size_t length)
{
	_cleanup_json_ struct json *all = NULL;
	struct error unused = { 0 };
	struct json *checks;

	if (json_parse(text, length, "report", &all, &unused) < 0)
		return -EINVAL;
	checks = json_get(all, "checks");
	if (!checks || !json_is_array(checks))
		return -EINVAL;
	ret->state = ELSEWHERE_KNOWN;
	for (size_t i = 0; i < report->count; i++)
		for (size_t j = 0; j < json_count(checks); j++) {
			const char *id = json_get_text(json_at(checks, j), "id");

			if (id && strcmp(id, check_at(i)->id) == 0)
				compare_one(ret, report, i, json_at(checks, j));
		}
	return 0;
}

/* As the user on his own bus: --machine=NAME@.host does the same by a login, took twice as long and
 * is not in systemd 247. */
static int command_line(const struct report *report, bool patient, struct text_list *ret)
{
	static const char *const words[] = { "--clear-groups", "systemd-run", "--user", "--pipe",
		"--wait", "--quiet", "--collect" };
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int r = n < 0 ? -errno : text_list_add(ret, "setpriv");

	r = r < 0 ? r : text_list_addf(ret, "--reuid=%u", (unsigned)report->host.user.uid);
	r = r < 0 ? r : text_list_addf(ret, "--regid=%u", (unsigned)report->host.user.gid);
	for (size_t i = 0; i < ARRAY_SIZE(words) && r >= 0; i++)
		r = text_list_add(ret, words[i]);
	if (r < 0)
		return r;
	self[n] = '\0';
	r = text_list_add(ret, self);
	r = r < 0 ? r : text_list_add(ret, "--json");
	if (r >= 0 && patient)
		r = text_list_add(ret, "--patient");
	for (size_t i = 0; i < report->count && r >= 0; i++)
		if (report->wanted[i] && check_at(i)->scope == CHECK_USER)
			r = text_list_addf(ret, "--check=%s", check_at(i)->id);
	return r;
}

/* What is the same for every user is so there too. */
static bool asks_of_user(const struct report *report)
{
	for (size_t i = 0; i < report->count; i++)
		if (report->wanted[i] && check_at(i)->scope == CHECK_USER)
			return true;
	return false;
}

/* Who asks as root for somebody else, on a machine whose systemd runs that user's manager. */
static bool is_asked(const struct report *report)
{
	const struct host *host = &report->host;
	enum probe_result bus = host->probe.probes[PROBE_BUS].result;

	/* session.bus has said so, and we would wait for the same answer; what hangs here hangs there */
	if (bus == PROBE_FAILED || helper_has_hung() || !asks_of_user(report))
		return false;

	return strcmp(report->root, "/") == 0 && host->live && geteuid() == 0 &&
	       host->context.systemd && host->user.state == FACT_KNOWN && host->user.uid != 0 &&
	       host->session.manager.state == FACT_KNOWN;
}

static void cannot(struct elsewhere *ret, const char *why)
{
	ret->state = ELSEWHERE_UNKNOWN;
	(void)text_copy(ret->why, sizeof(ret->why), why);
}

void elsewhere_look(struct elsewhere *ret, const struct report *report, bool patient)
{
	_cleanup_text_list_ struct text_list argv = { 0 };
	_cleanup_text_ struct text output = { 0 };
	char dir[96], bus[128];
	const char *const env[] = { "PATH=" SPAWN_PATH, "LC_ALL=C.UTF-8", dir, bus, NULL };
	struct spawn spawn = { .env = env,
		.output = &output,
		.timeout_ms = patient ? PATIENT_LIMIT_MS : LIMIT_MS + LIMIT_FACTOR * report->ms };
	struct error err = { 0 };
	const char *object;
	int r;

	*ret = (struct elsewhere){ .state = ELSEWHERE_NOT_ASKED };
	if (!is_asked(report))
		return;
	if (command_line(report, patient, &argv) < 0) {
		cannot(ret, "no memory");
		return;
	}
	(void)snprintf(dir, sizeof(dir), "XDG_RUNTIME_DIR=%s", report->host.session.runtime_dir);
	(void)snprintf(bus, sizeof(bus), "DBUS_SESSION_BUS_ADDRESS=unix:path=%s/bus",
		report->host.session.runtime_dir);
	spawn.argv = (const char *const *)argv.items;
	r = spawn_run(&spawn, &err);
	object = strchr(text_get(&output), '{');
	/* its status 1 is a finding */
	if ((r == 0 || r == 1) && object &&
		elsewhere_compare(ret, report, object, strlen(object)) >= 0)
		return;
	cannot(ret, r ? err.text : "it gave no report");
}

void elsewhere_text(const struct elsewhere *e, const struct report *report, const struct out *out)
{
	if (e->state == ELSEWHERE_UNKNOWN)
		out_print(out, OUT_DIM, " - could not look from inside the user's manager: %s\n",
			e->why);
	for (size_t i = 0; i < e->count; i++) {
		const struct difference *d = &e->differences[i];

		out_print(out, OUT_YELLOW, " ~ ");
		out_print(out, OUT_BOLD, "%s", check_at(d->check)->id);
		if (is_amiss(d->kind))
			out_print(out, OUT_PLAIN,
				"  ok as a bare process of the user, amiss in his manager: %s\n",
				d->why);
		else
			out_print(out, OUT_PLAIN,
				"  ok in the user's manager, amiss as a bare process: %s\n",
				report->verdicts[d->check].why);
	}
}

struct json *elsewhere_json(const struct elsewhere *e, const struct report *report)
{
	struct json *to, *differs;

	if (e->state == ELSEWHERE_NOT_ASKED)
		return NULL;
	to = json_new_object();
	differs = json_new_array();
	json_set_bool(to, "looked", e->state == ELSEWHERE_KNOWN);
	json_set_text(to, "why", *e->why ? e->why : NULL);
	for (size_t i = 0; i < e->count; i++) {
		const struct difference *d = &e->differences[i];
		struct json *one = json_new_object();

		json_set_text(one, "id", check_at(d->check)->id);
		json_set_text(one, "bare", verdict_word(report->verdicts[d->check].kind));
		json_set_text(one, "manager", verdict_word(d->kind));
		json_set_text(one, "why", d->why);
		json_add(differs, one);
	}
	json_set(to, "differs", differs);
	return to;
}
