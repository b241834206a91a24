/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"

#include <errno.h>

#define REFUSED "newuidmap: write to uid_map failed: Operation not permitted"

static void map_refused(void)
{
	fail_probe(PROBE_MAP, EPERM, "newuidmap", REFUSED);
}

static void helpers_missing(void)
{
	host.tool.tools[TOOL_NEWGIDMAP] = (struct tool){ .file = absent() };
	host.tool.tools[TOOL_NEWUIDMAP] = (struct tool){ .file = absent() };
	map_refused();
}

static void helper_bare(void)
{
	set_tool(TOOL_NEWUIDMAP, "/usr/bin/newuidmap", 0755);
	map_refused();
}

static void helpers_bare(void)
{
	set_tool(TOOL_NEWUIDMAP, "/usr/bin/newuidmap", 0755);
	set_tool(TOOL_NEWGIDMAP, "/usr/bin/newgidmap", 0755);
	map_refused();
}

static void helper_with_capability(void)
{
	set_tool(TOOL_NEWUIDMAP, "/usr/bin/newuidmap", 0755);
	host.tool.tools[TOOL_NEWUIDMAP].file.caps = 1u << 7;
}

static void helper_with_wrong_capability(void)
{
	set_tool(TOOL_NEWGIDMAP, "/usr/bin/newgidmap", 0755);
	host.tool.tools[TOOL_NEWGIDMAP].file.caps = 1u << 7;
	map_refused();
}

static void helper_setuid_of_another(void)
{
	set_tool(TOOL_NEWUIDMAP, "/usr/bin/newuidmap", 04755);
	host.tool.tools[TOOL_NEWUIDMAP].file.uid = 5;
	map_refused();
}

static void helper_on_nosuid(void)
{
	host.tool.tools[TOOL_NEWUIDMAP].file.fs_flags = ST_NOSUID;
	map_refused();
}

static void no_new_privs(void)
{
	host.context.no_new_privs = number(1);
	map_refused();
}

static void no_file(void)
{
	host.idmap.files[IDMAP_UID] = (struct idmap_file){ .state = FACT_ABSENT };
	map_refused();
}

static void no_lines(void)
{
	set_ranges(IDMAP_UID, NULL, 0);
	set_ranges(IDMAP_GID, NULL, 0);
	map_refused();
}

static void no_line(void)
{
	set_ranges(IDMAP_GID, NULL, 0);
	map_refused();
}

static void unreadable(void)
{
	host.idmap.files[IDMAP_UID] = (struct idmap_file){ .state = FACT_UNKNOWN, .error = EACCES };
}

static void set_bad(enum idmap_kind kind, const char *text, const char *why)
{
	struct idmap_file *file = &host.idmap.files[kind];

	set_ranges(kind, NULL, 0);
	file->bad_count = 1;
	file->bad[0].line = 4;
	(void)text_copy(file->bad[0].text, sizeof(file->bad[0].text), text);
	(void)text_copy(file->bad[0].why, sizeof(file->bad[0].why), why);
	map_refused();
}

static void carriage_return(void)
{
	set_bad(IDMAP_UID, "alice:100000:65536\r", "ends in a carriage return");
}

static void by_uid_malformed(void)
{
	set_bad(IDMAP_UID, "1000:100000-165535", "a field is missing");
}

static void of_another_malformed(void)
{
	set_bad(IDMAP_UID, "alicia:100000-165535", "a field is missing");
}

static struct idmap_range ranges[3];

static void set_pair(uint64_t start, uint64_t count, bool ours)
{
	ranges[0] = (struct idmap_range){ "alice", 100000, 65536, 1, true };
	ranges[1] = (struct idmap_range){ "bob", start, count, 2, ours };
	if (ours)
		(void)text_copy(ranges[1].owner, sizeof(ranges[1].owner), "1000");
	set_ranges(IDMAP_UID, ranges, 2);
}

static void small(void)
{
	set_pair(200000, 65536, false);
	ranges[0].count = 65535;
}

static void small_in_both(void)
{
	set_pair(200000, 65536, false);
	ranges[0].count = 10;
	set_ranges(IDMAP_GID, ranges, 2);
}

static void two_small_ones(void)
{
	set_pair(200000, 60000, true);
	ranges[0].count = 5536;
}

static void overlap_at_the_last_id(void)
{
	set_pair(165535, 65536, false);
}

static void side_by_side(void)
{
	set_pair(165536, 65536, false);
}

static void twice(void)
{
	set_pair(100000, 65536, true);
	map_refused();
}

static void own_overlap_of_one(void)
{
	set_pair(165535, 10, true);
	map_refused();
}

static void over_a_real_user(void)
{
	static uint64_t ids[] = { 0, 1000, 100500 };

	host.idmap.real[IDMAP_UID] = (struct idmap_real){ .ids = ids, .count = ARRAY_SIZE(ids) };
}

static void over_himself(void)
{
	static uint64_t ids[] = { 0, 1000 };

	set_pair(900, 200, true);
	host.idmap.real[IDMAP_UID] = (struct idmap_real){ .ids = ids, .count = ARRAY_SIZE(ids) };
	map_refused();
}

static void nested(void)
{
	set_map(&host.idmap.outer[IDMAP_UID], 0, 100000, 65536);
	set_map(&host.idmap.outer[IDMAP_GID], 0, 100000, 65536);
	map_refused();
}

static void nested_with_room(void)
{
	set_map(&host.idmap.outer[IDMAP_UID], 0, 100000, 200000);
	set_map(&host.idmap.outer[IDMAP_GID], 0, 100000, 200000);
}

static void from_sss(void)
{
	say(&host.idmap.source, "sss");
	set_ranges(IDMAP_UID, NULL, 0);
}

static void from_sss_untried(void)
{
	from_sss();
	host.probe.probes[PROBE_MAP].result = PROBE_UNABLE;
}

static void single(void)
{
	(void)text_copy(host.probe.probes[PROBE_MAP].text, 256, "0 1000 1");
}

static void bad_line_of_bob(void)
{
	struct idmap_file *file = &host.idmap.files[IDMAP_GID];

	file->bad_count = 1;
	file->bad[0] =
		(struct idmap_bad_line){ .line = 3, .column = 13, .why = "a field is missing" };
	(void)text_copy(file->bad[0].text, sizeof(file->bad[0].text), "bob:100000-165535");
}

static void file_of_root_alone(void)
{
	host.idmap.files[IDMAP_UID].at = file(S_IFREG | 0600, 0);
	map_refused();
}

static void file_of_a_group(void)
{
	host.idmap.files[IDMAP_UID].at = file(S_IFREG | 0640, 0);
	host.idmap.files[IDMAP_UID].at.gid = 42; /* may be one of his */
}

static void file_of_the_users_group(void)
{
	file_of_a_group();
	host.idmap.files[IDMAP_UID].at.gid = ALICE;
}

static void line_for(const char *owner)
{
	set_pair(200000, 65536, false);
	(void)text_copy(ranges[1].owner, sizeof(ranges[1].owner), owner);
	ranges[0] = ranges[1];
	host.idmap.files[IDMAP_UID].count = 1;
	map_refused();
}

static void line_in_another_case(void)
{
	line_for("Alice");
}

static void line_of_a_domain(void)
{
	line_for("CORP\\alice");
}

static void line_of_a_longer_name(void)
{
	line_for("alice2");
}

static void many_ranges(void)
{
	static struct idmap_range many[340];

	for (unsigned i = 0; i < 340; i++)
		many[i] = (struct idmap_range){ "alice", 100000 + i * 2000, 1000, i + 1, true };
	set_ranges(IDMAP_UID, many, 340);
	map_refused();
}

static void plugin_missing(void)
{
	say(&host.idmap.source, "sss");
	host.idmap.plugin = absent();
}

static struct lock *locked(enum fact_state holder)
{
	struct lock *lock = &host.idmap.locks[4];

	*lock = (struct lock){ .path = "/etc/subuid.lock", .state = FACT_KNOWN, .holder = holder };
	lock->pid = 4242;
	return lock;
}

static void lock_without_number(void)
{
	(void)locked(FACT_ABSENT);
}

static void lock_of_the_dead(void)
{
	locked(FACT_KNOWN)->command.state = FACT_ABSENT;
}

static void lock_of_usermod(void)
{
	say(&locked(FACT_KNOWN)->command, "usermod");
}

static void lock_of_another(void)
{
	say(&locked(FACT_KNOWN)->command, "sshd");
}

static void lock_for_roots_eyes(void)
{
	(void)locked(FACT_UNKNOWN);
}

static void pause_kept(void)
{
	host.idmap.pause = (struct pause){ number(77), "/run/user/1000/libpod/tmp/pause.pid",
		FACT_KNOWN, ALICE };
	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++) {
		struct idmap_map *map = &host.idmap.kept[kind];

		map->state = FACT_KNOWN;
		map->count = 2;
		map->extents[0] = (struct idmap_extent){ 0, ALICE, 1 };
		map->extents[1] = (struct idmap_extent){ 1, 100000, 65536 };
	}
}

static void pause_of_old_gids(void)
{
	pause_kept();
	host.idmap.kept[IDMAP_GID].extents[1].outside = 300000;
}

static void pause_without_ranges(void)
{
	pause_kept();
	host.idmap.kept[IDMAP_UID].count = 1;
}

static void pause_of_more_ranges(void)
{
	pause_kept();
	host.idmap.kept[IDMAP_UID].count = 3;
	host.idmap.kept[IDMAP_UID].extents[2] = (struct idmap_extent){ 65537, 200000, 65536 };
}

static void pause_gone(void)
{
	pause_kept();
	host.idmap.pause.process = FACT_ABSENT;
}

static void pause_of_init(void)
{
	pause_kept();
	host.idmap.pause.uid = 0;
	host.idmap.pause.pid = number(1);
}

static void pause_in_the_hosts_namespace(void)
{
	pause_kept();
	set_map(&host.idmap.kept[IDMAP_UID], 0, 0, 4294967295);
}

static void pause_hidden(void)
{
	pause_kept();
	host.idmap.pause.pid = (struct fact_number){ .error = EACCES };
}

static const struct fault faults[] = {
	{ "A07", helpers_missing, "idmap.newuidmap", VERDICT_FAIL, "apt-get install uidmap" },
	{ "A08", helper_bare, "idmap.newuidmap", VERDICT_FAIL, "mode 0755, owner 0" },
	{ "A08 by setup", helper_bare, "idmap.newuidmap", VERDICT_FAIL,
		"sudo rpod-setup --only idmap.newuidmap host" },
	{ "A08 both are one fault", helpers_bare, "idmap.newuidmap", VERDICT_FAIL,
		"sudo chmod u+s /usr/bin/newuidmap /usr/bin/newgidmap" },
	{ "capability is enough", helper_with_capability, "idmap.newuidmap", VERDICT_PASS,
		"file capability" },
	{ "setuid capability for gids", helper_with_wrong_capability, "idmap.newgidmap",
		VERDICT_FAIL, "cap_setgid" },
	{ "setuid of another", helper_setuid_of_another, "idmap.newuidmap", VERDICT_FAIL,
		"owner 5" },
	{ "A09", helper_on_nosuid, "idmap.newuidmap", VERDICT_FAIL, "nosuid" },
	{ "A10", no_new_privs, "idmap.no-new-privs", VERDICT_FAIL, "NoNewPrivs: 1" },
	{ "A11 no file", no_file, "idmap.subuid", VERDICT_FAIL, "no such file" },
	{ "A11 no line", no_line, "idmap.subgid", VERDICT_FAIL,
		"sudo rpod-setup --only idmap.subgid user alice" },
	{ "A11 both are one fault", no_lines, "idmap.subuid", VERDICT_FAIL, "no line for 'alice'" },
	{ "unreadable", unreadable, "idmap.subuid", VERDICT_SKIP, "Permission denied" },
	{ "A20 carriage return", carriage_return, "idmap.subuid", VERDICT_FAIL,
		"sed -i 's/\\r$//' /etc/subuid" },
	{ "A20 names the line", carriage_return, "idmap.subuid", VERDICT_FAIL, "/etc/subuid:4" },
	{ "A20 by uid", by_uid_malformed, "idmap.subuid", VERDICT_FAIL, "a field is missing" },
	{ "A20 of another", of_another_malformed, "idmap.subuid", VERDICT_FAIL, "mend line 4" },
	{ "A16", small, "idmap.subuid", VERDICT_WARN, "65535, >= 65536" },
	{ "A16 both are one fault", small_in_both, "idmap.subuid", VERDICT_WARN, "10, >= 65536" },
	{ "two ranges add up", two_small_ones, "idmap.subuid", VERDICT_PASS, "65536 ids" },
	{ "A18", overlap_at_the_last_id, "idmap.overlap", VERDICT_FAIL, "also given to 'bob'" },
	{ "A18 by a command that works while he is logged in", overlap_at_the_last_id,
		"idmap.overlap", VERDICT_FAIL,
		"sudo sed -i '1d' /etc/subuid && sudo rpod-setup user alice" },
	{ "neighbours", side_by_side, "idmap.overlap", VERDICT_PASS, "" },
	{ "A40", twice, "idmap.self-overlap", VERDICT_FAIL, "sed -i '2d' /etc/subuid" },
	{ "A40 by one id", own_overlap_of_one, "idmap.self-overlap", VERDICT_FAIL, "overlap" },
	{ "real user", over_a_real_user, "idmap.overlap", VERDICT_FAIL, "100500" },
	{ "A15 over himself", over_himself, "idmap.self-overlap", VERDICT_FAIL,
		"sudo sed -i '2d' /etc/subuid" },
	{ "A13", nested, "idmap.outer", VERDICT_FAIL, "0 100000 65536" },
	{ "A13 by a range inside", nested, "idmap.outer", VERDICT_FAIL,
		"a range inside: sudo sed -i '1d' /etc/subuid && sudo rpod-setup user alice" },
	{ "nested with room", nested_with_room, "idmap.outer", VERDICT_PASS, "" },
	{ "A24", from_sss, "idmap.source", VERDICT_PASS, "'sss'" },
	{ "A24 files do not matter", from_sss, "idmap.subuid", VERDICT_SKIP, "'sss'" },
	{ "A24 untried", from_sss_untried, "idmap.source", VERDICT_WARN, "subid: sss" },
	{ "refused for no known reason", map_refused, "idmap.map", VERDICT_FAIL, REFUSED },
	{ "one id only", single, "idmap.map", VERDICT_WARN, "one id only" },
	{ "A20 of another", bad_line_of_bob, "idmap.lines", VERDICT_WARN,
		"/etc/subgid:3:13: a field is missing: 'bob:100000-165535'" },
	{ "lines not known", unreadable, "idmap.lines", VERDICT_SKIP, "Permission denied" },
	{ "A21", file_of_root_alone, "idmap.subuid", VERDICT_FAIL, "sudo chmod 644 /etc/subuid" },
	{ "A21 perhaps by a group", file_of_a_group, "idmap.subuid", VERDICT_PASS, "65536" },
	{ "A21 by his group", file_of_the_users_group, "idmap.subuid", VERDICT_PASS, "65536" },
	{ "A25 case", line_in_another_case, "idmap.subuid", VERDICT_FAIL,
		"sudo sed -i '2s/^Alice:/alice:/' /etc/subuid" },
	{ "A25 domain", line_of_a_domain, "idmap.subuid", VERDICT_FAIL, "'CORP\\alice', alice" },
	{ "a longer name is another's", line_of_a_longer_name, "idmap.subuid", VERDICT_FAIL,
		"no line for 'alice' or 1000, NAME:START:65536" },
	{ "A40 too many", many_ranges, "idmap.self-overlap", VERDICT_FAIL, "340 ranges" },
	{ "A24 plugin", plugin_missing, "idmap.source", VERDICT_WARN, "no libsubid_sss.so" },
	{ "A24 plugin: files are read", plugin_missing, "idmap.subuid", VERDICT_PASS, "65536" },
	{ "A22", lock_without_number, "idmap.locks", VERDICT_WARN, "sudo rm /etc/subuid.lock" },
	{ "A22 shadow removes it", lock_of_the_dead, "idmap.locks", VERDICT_PASS, "" },
	{ "A22 in use", lock_of_usermod, "idmap.locks", VERDICT_PASS, "" },
	{ "A22 of another process", lock_of_another, "idmap.locks", VERDICT_WARN, "'sshd'" },
	{ "A22 not to be read", lock_for_roots_eyes, "idmap.locks", VERDICT_SKIP, "only root" },
	{ "a map kept", pause_kept, "idmap.pause", VERDICT_PASS, "process 77" },
	{ "A26", pause_of_old_gids, "idmap.pause", VERDICT_WARN,
		"/proc/77/gid_map: 0 1000 1, 1 300000 65536, as in /etc/subgid" },
	{ "A26 before the ranges", pause_without_ranges, "idmap.pause", VERDICT_WARN, "migrate" },
	{ "A26 a range taken back", pause_of_more_ranges, "idmap.pause", VERDICT_WARN, "200000" },
	{ "A28 gone", pause_gone, "idmap.pause", VERDICT_PASS, "another" },
	{ "A28", pause_of_init, "idmap.pause", VERDICT_WARN, "1, of uid 0" },
	{ "A28 reused", pause_in_the_hosts_namespace, "idmap.pause", VERDICT_WARN, "none of" },
	{ "pause.pid hidden", pause_hidden, "idmap.pause", VERDICT_SKIP, "Permission denied" },
};

static void each_fault_fails_its_own_check_and_no_other(void **state)
{
	(void)state;
	expect_each(faults, ARRAY_SIZE(faults));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_fails_its_own_check_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
