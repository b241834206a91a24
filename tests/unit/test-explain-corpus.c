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

/* Texts of many causes, and all of them, in the order to look. */
static const struct {
	const char *text, *order;
} orders[] = {
	{ "newuidmap: write to uid_map failed: Operation not permitted",
		"idmap.no-new-privs idmap.newuidmap idmap.outer userns.probe userns.apparmor "
		"idmap.map" },
	{ "newuidmap: write to uid_map failed: Invalid argument", "idmap.self-overlap idmap.map" },
	{ "newuidmap: uid range [1-65537) -> [300000-365536) not allowed",
		"session.environment idmap.pause idmap.map" },
	{ "newuidmap: Target process is owned by a different user", "idmap.group idmap.map" },
	{ "cannot clone: No space left on device", "userns.max userns.probe" },
	{ "unshare: unshare failed: No space left on device", "userns.max userns.probe" },
	{ "write /var/tmp/x: no space left on device", "home.space home.writable limits.inotify" },
	{ "crun: create keyring `x`: Disk quota exceeded", "limits.keys" },
	{ "write /home/alice/x: Disk quota exceeded", "limits.keys home.writable" },
	{ "inotify_init: too many open files", "limits.inotify" },
	{ "too many open files", "limits.inotify limits.nofile context.files" },
	{ "cannot find UID/GID for user bob: no subuid ranges found for user \"bob\"",
		"session.environment idmap.subuid idmap.subgid idmap.source" },
	{ "cannot clone: Operation not permitted", "userns.clone userns.probe userns.apparmor" },
	{ "cannot clone: Permission denied", "userns.apparmor userns.probe" },
	{ "lchown /etc/shadow: invalid argument",
		"idmap.subuid idmap.subgid idmap.pause home.layers" },
	{ "crun: cannot setresuid to `1000`: Invalid argument", "idmap.subuid idmap.pause" },
	{ "cannot clone: Invalid argument", "kernel.userns platform.kind" },
	{ "default OCI runtime \"crun\" not found: invalid argument",
		"session.runtime-dir config.containers engine.runtime" },
	{ "controller `cpuset` is not available under /sys/fs/cgroup/x/cgroup.controllers",
		"cgroup.delegation cgroup.controllers" },
	{ "/sys/fs/cgroup/x: No such file or directory: OCI runtime attempted to invoke a command "
	  "that was not found",
		"cgroup.delegation home.exec" },
	{ "exec: \"id\": executable file not found in $PATH", "home.exec" },
	{ "open /proc/sys/net/ipv4/x: Read-only file system", "proc.mount" },
	{ "mkdir /sys/fs/cgroup/x: Read-only file system", "cgroup.readonly" },
	{ "touch: /home/alice/x: Read-only file system", "cgroup.readonly home.writable" },
	{ "usermod: cannot lock /etc/passwd; try again later.", "idmap.locks" },
	{ "Failed to start transient service unit: Transport endpoint is not connected",
		"session.manager user.account session.bus" },
	{ "Failed to connect to bus: Connection refused", "session.manager session.bus" },
	/* who has no manager has no session either, wherever he came from */
	{ "Failed to connect to bus: No medium found",
		"session.bus session.pam session.linger session.context" },
	{ "bash: fork: Resource temporarily unavailable",
		"context.processes limits.tasks limits.room" },
};

static struct report report = { .host = { .live = true }, .verdicts = verdicts };

enum {
	HITS = 16
};

/* The signatures that @text holds. */
static size_t hits_of(const char *text, size_t *ret)
{
	struct explainer *e;
	const struct hit *hits;
	size_t count = 0;

	if (explainer_new(&e) < 0)
		return 0;
	if (explain_bytes(e, text, strlen(text)) == 0 && explain_end(e) == 0) {
		hits = explain_hits(e, &count);
		count = MIN(count, (size_t)HITS);
		for (size_t i = 0; i < count; i++)
			ret[i] = hits[i].signature;
	}
	explainer_free(e);
	return count;
}

/* The ids of the causes of all that @text holds, one blank before and behind each. */
static void causes_of(const char *text, char *ret, size_t size)
{
	size_t hits[HITS], count = hits_of(text, hits);

	(void)snprintf(ret, size, " ");
	for (size_t i = 0; i < count; i++) {
		size_t causes[EXPLAIN_CAUSES];
		const char *topic = signatures[hits[i]].topic;
		size_t n = topic ? 0 : explain_causes(hits[i], &report, causes);

		if (topic)
			(void)snprintf(ret + strlen(ret), size - strlen(ret), "%s ", topic);
		for (size_t j = 0; j < n; j++)
			(void)snprintf(ret + strlen(ret), size - strlen(ret), "%s ",
				check_at(causes[j])->id);
	}
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

/* With one check of @signature failing, and no other, it comes first. */
static void each_cause_of(size_t signature, const char *text)
{
	size_t causes[EXPLAIN_CAUSES], first[EXPLAIN_CAUSES];
	size_t n = explain_causes(signature, &report, causes);

	for (size_t i = 0; i < n; i++) {
		verdicts[causes[i]].kind = VERDICT_FAIL;
		(void)explain_causes(signature, &report, first);
		verdicts[causes[i]].kind = VERDICT_PASS;
		if (first[0] != causes[i])
			fail_msg("'%s': %s fails and does not come first", text,
				check_at(causes[i])->id);
	}
}

static void what_fails_comes_first(void **state)
{
	size_t hits[HITS];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(corpus); i++)
		for (size_t j = 0; j < corpus[i].count; j++) {
			const char *text = corpus[i].messages[j].text;
			size_t count = hits_of(text, hits);

			for (size_t k = 0; k < count; k++)
				if (!signatures[hits[k]].topic)
					each_cause_of(hits[k], text);
		}
}

static void every_signature_has_a_message(void **state)
{
	bool *seen = calloc(signature_count, sizeof(*seen));
	size_t hits[HITS], count, unseen = 0;

	(void)state;
	for (size_t i = 0; seen && i < ARRAY_SIZE(corpus); i++)
		for (size_t j = 0; j < corpus[i].count; j++) {
			count = hits_of(corpus[i].messages[j].text, hits);
			for (size_t k = 0; k < count; k++)
				seen[hits[k]] = true;
		}
	for (size_t i = 0; seen && i < signature_count; i++)
		if (!seen[i]) {
			print_error("no message for '%s'\n", signatures[i].pattern);
			unseen++;
		}
	free(seen);
	assert_int_equal(unseen, 0);
}

static void no_signature_is_there_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < signature_count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(signatures[i].pattern, signatures[j].pattern) == 0)
				fail_msg("twice: '%s'", signatures[i].pattern);
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
		cmocka_unit_test(what_fails_comes_first),
		cmocka_unit_test(every_signature_has_a_message),
		cmocka_unit_test(no_signature_is_there_twice),
		cmocka_unit_test(nothing_is_confirmed_where_all_is_well),
		cmocka_unit_test(a_general_message_yields_to_a_certain_one),
	};

	return cmocka_run_group_tests(tests, all_well, NULL);
}
