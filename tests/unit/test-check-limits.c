/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"

#include "host/limits.h"

static void plenty(void)
{
	struct limits *l = &host.limits;

	l->keys = number(3);
	l->keys_max = number(200);
	l->bytes = number(100);
	l->bytes_max = number(20000);
	l->inotify = number(5);
	l->user_tasks = number(40);
	l->slice_tasks = number(60);
	l->tasks = number(200);
	l->pid_max = number(4194304);
	l->threads_max = number(15000);
	l->files = number(1000);
	l->files_max = number(INT64_MAX);
	for (int i = 0; i < LIMIT_COUNT; i++)
		l->session[i] = (struct limit){ number(1048576), number(1048576) };
	l->umask = number(0022);
	l->oom_score_adj = number(0);
}

static void one_container_to_go(void)
{
	plenty();
	host.limits.keys = number(185);
}

static void keys_gone(void)
{
	plenty();
	host.limits.keys = number(186);
}

static void keys_lowered(void)
{
	keys_gone();
	host.sysctl.keys[SYSCTL_MAX_KEYS].live = number(190);
	host.limits.keys_max = number(190);
}

static void key_bytes_gone(void)
{
	plenty();
	host.limits.bytes = number(19500);
}

static void inotify_gone(void)
{
	plenty();
	host.limits.inotify = number(126);
}

static void tasks_gone(void)
{
	plenty();
	host.limits.session[LIMIT_NPROC].soft = number(100);
}

static void few_tasks_of_the_session(void)
{
	tasks_gone();
	host.limits.session[LIMIT_NPROC].hard = number(100);
}

static void tasks_of_another_session(void)
{
	tasks_gone();
	host.context.uid = 0;
}

static void slice_full(void)
{
	plenty();
	host.limits.slice_tasks = number(2500);
}

static void slice_full_and_small(void)
{
	plenty();
	host.manager.slice_tasks = number(70);
}

static void little_memory(void)
{
	host.manager.slice_memory.max = number(64 << 20);
}

static void just_enough_memory(void)
{
	host.manager.memory.max = number(256 << 20);
	host.manager.memory.met = number(0);
}

static void slowed_down(void)
{
	host.manager.memory.high = number((256 << 20) - 1);
}

static void memory_met(void)
{
	just_enough_memory();
	host.manager.memory.met = number(2);
}

/* The machine's, or that of a container. */
static void memory_met_without_a_limit(void)
{
	memory_met();
	host.manager.memory.max = number(INT64_MAX);
}

static void few_process_ids(void)
{
	plenty();
	host.limits.pid_max = number(400);
}

static void threads_gone(void)
{
	plenty();
	host.limits.tasks = number(14900);
}

static void files_gone(void)
{
	plenty();
	host.limits.files_max = number(1500);
}

static void nothing_known(void)
{
}

static void no_locked_memory(void)
{
	plenty();
	host.limits.session[LIMIT_MEMLOCK].hard = number(0);
}

static void few_files(void)
{
	plenty();
	host.limits.session[LIMIT_NOFILE].hard = number(512);
}

static void few_files_of_another_session(void)
{
	few_files();
	host.context.uid = 0;
}

static void umask_of_nobody(void)
{
	plenty();
	host.limits.umask = number(0777);
}

static void strict_umask(void)
{
	plenty();
	host.limits.umask = number(0077);
}

static void asks_for(const char *ulimits)
{
	plenty();
	set_tool(TOOL_PODMAN, "/usr/bin/podman", 0755);
	host.podman.state = FACT_KNOWN;
	for (int i = 0; i < ENGINE_PROGRAM_COUNT; i++)
		host.engine.parts[i].file.state = FACT_UNKNOWN;
	host.podman.database = DATABASE_ABSENT;
	(void)text_copy(host.config.ulimits, sizeof(host.config.ulimits), ulimits);
	(void)text_copy(host.config.ulimits_file, PATH_MAX, "/etc/containers/containers.conf");
}

static void asks_for_more_files(void)
{
	asks_for("nproc=100:200 nofile=1024:2000000");
}

static void asks_for_as_many(void)
{
	asks_for("nofile=1048576");
}

static void asks_for_no_limit(void)
{
	asks_for("memlock=-1:-1");
}

static void asks_in_another_session(void)
{
	asks_for_more_files();
	host.context.uid = 0;
	host.manager.nofile = number(524288);
}

static void asks_for_what_is_unknown(void)
{
	asks_for("memlock=-1:-1");
	host.context.uid = 0;
}

static void asks_to_be_spared(void)
{
	asks_for("");
	say(&host.config.oom_score_adj, "-500");
	host.limits.oom_score_adj = number(200);
}

static void asks_to_be_killed_first(void)
{
	asks_for("");
	say(&host.config.oom_score_adj, "500");
	host.limits.oom_score_adj = number(200);
}

static const struct fault faults[] = {
	{ "plenty", plenty, "limits.room", VERDICT_PASS, "" },
	{ "nothing known", nothing_known, "limits.room", VERDICT_PASS, "" },
	{ "one container to go", one_container_to_go, "limits.room", VERDICT_PASS, "" },
	{ "D01 used up", keys_gone, "limits.room", VERDICT_WARN, "186 of 200" },
	{ "D01 is mended", keys_gone, "limits.room", VERDICT_WARN,
		"sudo rpod-setup --only limits.room host" },
	{ "D01 lowered: limits.keys says it", keys_lowered, "limits.room", VERDICT_PASS, "" },
	{ "D01 bytes", key_bytes_gone, "limits.room", VERDICT_WARN, "19500 of 20000" },
	{ "D02 used up", inotify_gone, "limits.room", VERDICT_WARN, "126 of 128" },
	{ "D05", tasks_gone, "limits.room", VERDICT_WARN, "ulimit -u" },
	{ "D05 low: limits.session says it", few_tasks_of_the_session, "limits.room", VERDICT_PASS,
		"" },
	{ "D05 session", few_tasks_of_the_session, "limits.session", VERDICT_WARN, "100, >= 256" },
	{ "D05 of another", tasks_of_another_session, "limits.room", VERDICT_PASS, "" },
	{ "C13", slice_full, "limits.room", VERDICT_WARN, "2500 of 2505" },
	{ "C13 below 1024: limits.tasks says it", slice_full_and_small, "limits.room", VERDICT_PASS,
		"" },
	{ "D12", little_memory, "limits.memory", VERDICT_WARN,
		"user-1000.slice/memory.max: 67108864, >= 256 MiB" },
	{ "D12 is mended", little_memory, "limits.memory", VERDICT_WARN,
		"sudo systemctl set-property user-1000.slice MemoryMax=infinity" },
	{ "D12 just enough", just_enough_memory, "limits.memory", VERDICT_PASS, "" },
	{ "D12 by memory.high", slowed_down, "limits.memory", VERDICT_WARN,
		"sudo systemctl set-property user@1000.service MemoryHigh=infinity" },
	{ "D12 was met", memory_met, "limits.memory", VERDICT_WARN, "oom 2, oom 0" },
	{ "D12 met by no limit of his", memory_met_without_a_limit, "limits.memory", VERDICT_PASS,
		"" },
	{ "D10", few_process_ids, "limits.room", VERDICT_WARN, "grep -rs pid_max" },
	{ "D10 threads", threads_gone, "limits.room", VERDICT_WARN, "14900 of 15000" },
	{ "D03", files_gone, "limits.room", VERDICT_WARN, "file-max" },
	{ "D06", no_locked_memory, "limits.session", VERDICT_WARN, "mlock" },
	{ "D03 session", few_files, "limits.session", VERDICT_WARN, "512, >= 1024" },
	{ "another's session", few_files_of_another_session, "limits.session", VERDICT_PASS,
		"no session of the user" },
	{ "D11", umask_of_nobody, "limits.session", VERDICT_WARN, "Umask 0777" },
	{ "a strict umask", strict_umask, "limits.session", VERDICT_PASS, "" },
	{ "D04", asks_for_more_files, "limits.asked", VERDICT_FAIL, "nofile: 2000000, <= 1048576" },
	{ "D04 as many", asks_for_as_many, "limits.asked", VERDICT_PASS, "" },
	{ "D04 no limit", asks_for_no_limit, "limits.asked", VERDICT_FAIL, "memlock: no limit" },
	{ "D04 in another session", asks_in_another_session, "limits.asked", VERDICT_FAIL,
		"<= 524288" },
	{ "D04 unknown", asks_for_what_is_unknown, "limits.asked", VERDICT_PASS, "" },
	{ "D07", asks_to_be_spared, "limits.asked", VERDICT_WARN, "oom_score_adj = -500" },
	{ "D07 the other way", asks_to_be_killed_first, "limits.asked", VERDICT_PASS, "" },
};

static void each_fault_fails_its_own_check_and_no_other(void **state)
{
	(void)state;
	expect_each(faults, ARRAY_SIZE(faults));
}

static void the_kernels_words_are_read(void **state)
{
	static const char users[] = "    0:    81 80/80 39/1000000 1023/25000000\n"
				    " 1000:     4 4/4 4/200 65/20000\n";
	static const char limits[] =
		"Limit                     Soft Limit           Hard Limit           Units\n"
		"Max processes             7713                 unlimited            processes\n"
		"Max open files            1024                 524288               files\n";
	struct limits l = { 0 };
	struct limit files, tasks, memory;

	(void)state;
	assert_true(limits_parse_keys(users, strlen(users), 1000, &l));
	assert_int_equal(l.keys.value, 4);
	assert_int_equal(l.keys_max.value, 200);
	assert_int_equal(l.bytes.value, 65);
	assert_int_equal(l.bytes_max.value, 20000);
	assert_false(limits_parse_keys(users, strlen(users), 100, &l));
	limits_parse(limits, strlen(limits), LIMIT_NOFILE, &files);
	limits_parse(limits, strlen(limits), LIMIT_NPROC, &tasks);
	limits_parse(limits, strlen(limits), LIMIT_MEMLOCK, &memory);
	assert_int_equal(files.soft.value, 1024);
	assert_int_equal(files.hard.value, 524288);
	assert_true(tasks.hard.value == INT64_MAX);
	assert_int_equal(memory.hard.state, FACT_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_fails_its_own_check_and_no_other),
		cmocka_unit_test(the_kernels_words_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
