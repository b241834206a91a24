/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"

#include <errno.h>
#include <stdio.h>

static void a_fine_host_passes_every_check(void **state)
{
	(void)state;
	fine_host();
	check_judge(&host, NULL, verdicts);
	for (size_t i = 0; i < check_count(); i++)
		if (verdicts[i].kind != VERDICT_PASS)
			fail_msg("%s: %s", check_at(i)->id, all_words(&verdicts[i]));
}

static void ids_are_unique_and_begin_with_their_group(void **state)
{
	size_t at = 0;

	(void)state;
	for (size_t g = 0; g < check_group_count; g++) {
		const struct check_group *group = check_groups[g];

		for (size_t i = 0; i < group->count; i++, at++) {
			const struct check *check = &group->checks[i];
			size_t n = strlen(group->name);

			assert_ptr_equal(check, check_at(at));
			assert_memory_equal(check->id, group->name, n);
			assert_int_equal(check->id[n], '.');
			assert_ptr_equal(check_find(check->id), check);
			assert_non_null(check->judge);
			assert_true(
				*check->title && *check->see && (check->sections | check->probes));
		}
	}
	assert_int_equal(at, check_count());
	assert_null(check_at(at));
}

static void a_check_needs_only_earlier_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < check_count(); i++)
		for (const char *const *need = check_at(i)->needs; need && *need; need++)
			if (index_of(*need) >= i)
				fail_msg("%s needs %s, which comes later", check_at(i)->id, *need);
}

static void nothing_fails_where_nobody_could_look(void **state)
{
	(void)state;
	host = (struct host){ .sections = ~0u, .live = true, .probe = { .asked = PROBE_ALL } };
	check_judge(&host, NULL, verdicts);
	for (size_t i = 0; i < check_count(); i++)
		if (verdicts[i].kind == VERDICT_FAIL &&
			strcmp(check_at(i)->id, "kernel.userns") != 0 &&
			strcmp(check_at(i)->id, "net.pasta") != 0)
			fail_msg("%s: %s", check_at(i)->id, all_words(&verdicts[i]));
}

/* Of an image only files are known: every live fact and probe is unknown. */
static void an_image_has_no_failure_from_live_facts(void **state)
{
	(void)state;
	fine_host();
	host.live = false;
	host.context = (struct context){ 0 };
	host.probe = (struct probes){ .asked = PROBE_ALL };
	host.cgroup.version = CGROUP_UNKNOWN;
	host.cgroup.count = 0;
	host.kernel = (struct kernel){ 0 };
	host.idmap.outer[0] = host.idmap.outer[1] = (struct idmap_map){ 0 };
	host.device = (struct device){ 0 };
	host.session.runtime = host.session.bus = host.session.manager = absent();
	for (int i = 0; i < SYSCTL_KEY_COUNT; i++)
		host.sysctl.keys[i].live = (struct fact_number){ .error = ENODATA };
	check_judge(&host, NULL, verdicts);
	for (size_t i = 0; i < check_count(); i++)
		if (verdicts[i].kind == VERDICT_FAIL || verdicts[i].kind == VERDICT_WARN)
			fail_msg("%s: %s", check_at(i)->id, all_words(&verdicts[i]));
	assert_int_equal(verdicts[index_of("idmap.subuid")].kind, VERDICT_PASS);
	assert_int_equal(verdicts[index_of("userns.max")].kind, VERDICT_SKIP);
}

static void what_depends_on_a_failure_is_skipped_with_its_id(void **state)
{
	const struct verdict *v;

	(void)state;
	fine_host();
	host.sysctl.keys[SYSCTL_MAX_USER_NAMESPACES].live = number(0);
	v = judged("idmap.map");
	assert_int_equal(v->kind, VERDICT_SKIP);
	assert_string_equal(v->skipped_because, "userns.max");
	assert_string_equal(v->why, "because of userns.max");
}

static void a_check_that_was_not_asked_for_is_skipped(void **state)
{
	bool wanted[ROWS] = { false };

	(void)state;
	fine_host();
	wanted[index_of("userns.probe")] = true;
	check_judge(&host, wanted, verdicts);
	assert_int_equal(verdicts[index_of("userns.probe")].kind, VERDICT_PASS);
	assert_int_equal(verdicts[index_of("userns.max")].kind, VERDICT_PASS);
	assert_string_equal(verdicts[index_of("cgroup.v2")].why, "not asked for");
	assert_int_equal(check_parts(wanted).sections & HOST_CONFIG, 0);
	assert_true(check_parts(wanted).sections & HOST_SYSCTL);
	assert_true(check_parts(NULL).sections & HOST_CONFIG);
}

static void a_section_that_was_not_read_is_not_judged(void **state)
{
	(void)state;
	fine_host();
	host.sections &= ~(unsigned)HOST_SYSCTL;
	assert_string_equal(judged("userns.max")->why, "was not looked at");
}

/* What a part of the probes is asked for must not miss one that is judged. */
static void a_check_judges_the_probes_that_it_names(void **state)
{
	static const struct probe answers[] = {
		{ .result = PROBE_FAILED, .error = EPERM, .step = "open the storage" },
		{ .result = PROBE_HUNG,
			.error = ETIMEDOUT,
			.step = "open the storage",
			.ms = 1500 },
		{ .result = PROBE_NOT_RUN },
	};

	(void)state;
	for (size_t i = 0; i < check_count(); i++)
		for (unsigned p = 0; p < PROBE_COUNT; p++)
			for (size_t a = 0; a < ARRAY_SIZE(answers); a++) {
				struct verdict fine = { 0 }, other = { 0 };

				if (check_at(i)->probes & 1u << p)
					continue;
				fine_host();
				check_at(i)->judge(&host, &fine);
				host.probe.probes[p] = answers[a];
				check_at(i)->judge(&host, &other);
				if (memcmp(&fine, &other, sizeof(fine)) != 0)
					fail_msg("%s judges %s", check_at(i)->id, probe_word(p));
			}
}

static void a_probe_that_was_not_asked_for_is_not_judged(void **state)
{
	bool wanted[ROWS] = { false };

	(void)state;
	fine_host();
	wanted[index_of("net.namespace")] = true;
	host.probe.asked = check_parts(wanted).probes;
	assert_int_equal(host.probe.asked & 1u << PROBE_PASTA, 0);
	assert_int_equal(judged("net.namespace")->kind, VERDICT_PASS);
	assert_string_equal(judged("net.pasta")->why, "was not looked at");
}

static void a_pattern_is_an_id_or_a_group(void **state)
{
	const struct check *check = check_find("idmap.subuid");

	(void)state;
	assert_true(check_matches(check, "idmap.subuid"));
	assert_true(check_matches(check, "idmap"));
	assert_false(check_matches(check, "idma"));
	assert_false(check_matches(check, "idmap."));
	assert_false(check_matches(check, "idmap.subui"));
	assert_null(check_find("idmap.nothing"));
}

static void the_first_fix_is_the_call_of_setup_that_mends(void **state)
{
	const struct verdict *v;

	(void)state;
	fine_host();
	host.sysctl.keys[SYSCTL_MAX_USER_NAMESPACES].live = number(0);
	assert_string_equal(judged("userns.max")->fix[0], "sudo rpod-setup --only userns.max host");
	fine_host();
	host.session.linger = absent();
	v = judged("session.linger");
	assert_string_equal(v->fix[0], "sudo rpod-setup --only session.linger user alice");
	assert_string_equal(v->fix[1], "sudo loginctl enable-linger alice");
	host.live = false;
	assert_string_equal(judged("session.linger")->fix[0],
		"sudo rpod-setup --root DIR --only session.linger user alice");
}

static void setup_is_not_promised_where_it_would_change_nothing(void **state)
{
	const struct verdict *v;

	(void)state;
	fine_host();
	host.tool.tools[TOOL_NEWUIDMAP].file.fs_flags = ST_NOSUID;
	v = judged("idmap.newuidmap");
	assert_int_equal(v->kind, VERDICT_FAIL);
	assert_null(strstr(all_words(v), "rpod-setup"));
}

static void a_missing_package_is_promised_alone(void **state)
{
	const struct verdict *v;

	(void)state;
	fine_host();
	host.tool.tools[TOOL_PASTA] = (struct tool){ .file = absent() };
	v = judged("net.pasta");
	assert_string_equal(v->fix[0], "sudo rpod-setup --packages --only net.pasta host");
	assert_string_equal(v->fix[1], "sudo apt-get install passt");
}

/* It would start slirp4netns, and rpod's pasta is no help to it. */
static void an_older_podman_is_given_its_network_too(void **state)
{
	struct plan plan = { 0 };
	const struct verdict *v;
	bool both;

	(void)state;
	fine_host();
	(void)text_copy(host.os.version, sizeof(host.os.version), "12");
	host.tool.tools[TOOL_PASTA] = (struct tool){ .file = absent() };
	set_tool(TOOL_PODMAN, "/usr/bin/podman", 0755);
	v = judged("net.pasta");
	assert_string_equal(v->fix[1], "sudo apt-get install passt");
	assert_string_equal(v->fix[2], "sudo apt-get install slirp4netns");
	plan_for(&plan, &(struct request){ .packages = true });
	both = planned(&plan, CHANGE_PACKAGE, "passt") &&
	       planned(&plan, CHANGE_PACKAGE, "slirp4netns");
	plan_done(&plan);
	assert_true(both);
}

static void commands_for_this_host_are_not_shown_for_a_tree(void **state)
{
	const struct verdict *v;

	(void)state;
	fine_host();
	host.live = false;
	host.session.linger = absent();
	v = judged("session.linger");
	assert_int_equal(v->kind, VERDICT_WARN);
	assert_int_equal(v->fix_count, 1);
}

static void root_is_not_judged_as_a_user(void **state)
{
	(void)state;
	fine_host();
	host.user.uid = 0;
	check_judge(&host, NULL, verdicts);
	for (size_t i = 0; i < check_count(); i++)
		assert_int_not_equal(verdicts[i].kind, VERDICT_FAIL);
	assert_int_equal(verdicts[index_of("idmap.subuid")].kind, VERDICT_SKIP);
	assert_non_null(strstr(verdicts[index_of("user.exists")].why, "--user"));
}

static void words_that_do_not_fit_are_cut_not_spilled(void **state)
{
	struct verdict v = { 0 };
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	verdict_fail(&v, "%s", text);
	verdict_effect(&v, text);
	for (int i = 0; i < VERDICT_EVIDENCE + 1; i++)
		verdict_evidence(&v, text, text, "%s", text);
	for (int i = 0; i < VERDICT_FIXES + 1; i++)
		verdict_fix(&v, "%s", text);
	assert_int_equal(strlen(v.why), sizeof(v.why) - 1);
	assert_int_equal(strlen(v.effect), sizeof(v.effect) - 1);
	assert_int_equal(v.evidence_count, VERDICT_EVIDENCE);
	assert_int_equal(v.fix_count, VERDICT_FIXES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fine_host_passes_every_check),
		cmocka_unit_test(ids_are_unique_and_begin_with_their_group),
		cmocka_unit_test(a_check_needs_only_earlier_ones),
		cmocka_unit_test(nothing_fails_where_nobody_could_look),
		cmocka_unit_test(an_image_has_no_failure_from_live_facts),
		cmocka_unit_test(what_depends_on_a_failure_is_skipped_with_its_id),
		cmocka_unit_test(a_check_that_was_not_asked_for_is_skipped),
		cmocka_unit_test(a_section_that_was_not_read_is_not_judged),
		cmocka_unit_test(a_check_judges_the_probes_that_it_names),
		cmocka_unit_test(a_probe_that_was_not_asked_for_is_not_judged),
		cmocka_unit_test(a_pattern_is_an_id_or_a_group),
		cmocka_unit_test(the_first_fix_is_the_call_of_setup_that_mends),
		cmocka_unit_test(setup_is_not_promised_where_it_would_change_nothing),
		cmocka_unit_test(a_missing_package_is_promised_alone),
		cmocka_unit_test(an_older_podman_is_given_its_network_too),
		cmocka_unit_test(commands_for_this_host_are_not_shown_for_a_tree),
		cmocka_unit_test(root_is_not_judged_as_a_user),
		cmocka_unit_test(words_that_do_not_fit_are_cut_not_spilled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
