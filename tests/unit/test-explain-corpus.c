/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What users see of every known fault, as it is printed: each is known, leads to the check that
 * tells its cause (or to the section that says what mends it), and is confirmed by nothing on a
 * host where all is well. Entries with several causes name them in the order to look.
 */
#include "check-host.h"

#include "doctor/explain.h"
#include "doctor/report.h"
#include "doctor/signature.h"

struct message {
	const char *fault, *text, *leads_to;
};

#include "messages-host.h"
#include "messages-use.h"

static const struct {
	const struct message *messages;
	size_t count;
} corpus[] = {
	{ messages_host, ARRAY_SIZE(messages_host) },
	{ messages_use, ARRAY_SIZE(messages_use) },
};

/* Which of several comes first. */
static const struct {
	const char *text, *order;
} orders[] = {
	{ "newuidmap: write to uid_map failed: Operation not permitted",
		"idmap.no-new-privs idmap.newuidmap idmap.outer userns.probe userns.apparmor" },
	{ "newuidmap: write to uid_map failed: Invalid argument", "idmap.self-overlap idmap.map" },
	{ "newuidmap: uid range [1-65537) -> [300000-365536) not allowed",
		"session.environment idmap.map" },
	{ "cannot clone: No space left on device", "userns.max" },
	{ "write /var/tmp/x: no space left on device", "home.space limits.inotify" },
	{ "crun: create keyring `x`: Disk quota exceeded", "limits.keys" },
	{ "too many open files", "limits.inotify limits.nofile" },
	{ "cannot find UID/GID for user bob: no subuid ranges found for user \"bob\"",
		"session.environment idmap.subuid idmap.source" },
	{ "cannot clone: Operation not permitted", "userns.clone userns.probe userns.apparmor" },
	{ "cannot clone: Permission denied", "userns.apparmor userns.probe" },
	{ "lchown /etc/shadow: invalid argument", "idmap.subuid" },
	{ "cannot clone: Invalid argument", "kernel.userns" },
	{ "default OCI runtime \"crun\" not found: invalid argument",
		"session.runtime-dir config.containers" },
	{ "controller `cpuset` is not available under /sys/fs/cgroup/x/cgroup.controllers",
		"cgroup.delegation" },
	{ "mkdir /sys/fs/cgroup/x: Read-only file system", "cgroup.readonly" },
	{ "touch: /home/alice/x: Read-only file system", "cgroup.readonly home.writable" },
	{ "Failed to start transient service unit: Transport endpoint is not connected",
		"session.manager" },
	{ "bash: fork: Resource temporarily unavailable", "context.processes limits.tasks" },
};

static struct report report = { .host = { .live = true }, .verdicts = verdicts };

/* The ids of the causes of all that @text holds, one blank before and behind each. */
static void causes_of(const char *text, char *ret, size_t size)
{
	struct explainer *e;
	const struct hit *hits;
	size_t count, n = 0;

	(void)snprintf(ret, size, " ");
	if (explainer_new(&e) < 0)
		return;
	if (explain_bytes(e, text, strlen(text)) < 0 || explain_end(e) < 0) {
		explainer_free(e);
		return;
	}
	hits = explain_hits(e, &count);
	for (size_t i = 0; i < count; i++) {
		size_t causes[EXPLAIN_CAUSES];
		const char *topic = signatures[hits[i].signature].topic;

		n = topic ? 0 : explain_causes(hits[i].signature, &report, causes);
		if (topic)
			(void)snprintf(ret + strlen(ret), size - strlen(ret), "%s ", topic);
		for (size_t j = 0; j < n; j++)
			(void)snprintf(ret + strlen(ret), size - strlen(ret), "%s ",
				check_at(causes[j])->id);
	}
	explainer_free(e);
}

static int all_well(void **state)
{
	(void)state;
	fine_host();
	check_judge(&host, NULL, verdicts);
	report.count = check_count();
	return 0;
}

static void lead(const struct message *m)
{
	char got[1024], wanted[80];

	causes_of(m->text, got, sizeof(got));
	(void)snprintf(wanted, sizeof(wanted), " %s ", m->leads_to);
	if (!strstr(got, wanted))
		fail_msg(
			"%s: '%s' leads to '%s', not to '%s'", m->fault, m->text, got, m->leads_to);
}

static void every_message_leads_to_its_cause(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(corpus); i++)
		for (size_t j = 0; j < corpus[i].count; j++)
			lead(&corpus[i].messages[j]);
}

static void causes_are_looked_at_in_their_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		char got[1024], words[256], *rest = words, *id;
		const char *at = got;

		causes_of(orders[i].text, got, sizeof(got));
		(void)text_copy(words, sizeof(words), orders[i].order);
		while ((id = strsep(&rest, " "))) {
			char wanted[80];

			(void)snprintf(wanted, sizeof(wanted), " %s ", id);
			at = strstr(at, wanted);
			if (!at)
				fail_msg("'%s': '%s' is not in its place in '%s'", orders[i].text,
					id, got);
			at += strlen(id);
		}
	}
}

static int status_of(const char *text)
{
	struct explainer *e;
	int status = -1;

	if (explainer_new(&e) < 0)
		return -1;
	if (explain_bytes(e, text, strlen(text)) == 0 && explain_end(e) == 0)
		status = explain_status(e, &report);
	explainer_free(e);
	return status;
}

static void nothing_is_confirmed_where_all_is_well(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(corpus); i++)
		for (size_t j = 0; j < corpus[i].count; j++)
			if (status_of(corpus[i].messages[j].text) != 0)
				fail_msg("'%s' is confirmed", corpus[i].messages[j].text);
}

/* A remark that a word of the message is common is worth less than the message. */
static void a_general_message_yields_to_a_certain_one(void **state)
{
	char got[1024];

	(void)state;
	causes_of("crun: mount `proc` to `proc`: Operation not permitted: OCI permission denied",
		got, sizeof(got));
	assert_string_equal(got, " proc.mount ");
	causes_of("ls: /home/alice: permission denied", got, sizeof(got));
	assert_non_null(strstr(got, " home.owner "));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_message_leads_to_its_cause),
		cmocka_unit_test(causes_are_looked_at_in_their_order),
		cmocka_unit_test(nothing_is_confirmed_where_all_is_well),
		cmocka_unit_test(a_general_message_yields_to_a_certain_one),
	};

	return cmocka_run_group_tests(tests, all_well, NULL);
}
