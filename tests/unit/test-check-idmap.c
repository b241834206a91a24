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

static const struct fault faults[] = {
	{ "A07", helpers_missing, "idmap.newuidmap", VERDICT_FAIL, "apt-get install uidmap" },
	{ "A08", helper_bare, "idmap.newuidmap", VERDICT_FAIL, "mode 0755, owner 0" },
	{ "A08 by setup", helper_bare, "idmap.newuidmap", VERDICT_FAIL,
		"sudo rpod-setup --only idmap.newuidmap host" },
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
	{ "two ranges add up", two_small_ones, "idmap.subuid", VERDICT_PASS, "65536 ids" },
	{ "A18", overlap_at_the_last_id, "idmap.overlap", VERDICT_FAIL, "also given to 'bob'" },
	{ "A18 by a command that works while he is logged in", overlap_at_the_last_id,
		"idmap.overlap", VERDICT_FAIL,
		"sudo sed -i '1d' /etc/subuid && sudo rpod-setup user alice" },
	{ "neighbours", side_by_side, "idmap.overlap", VERDICT_PASS, "" },
	{ "A40", twice, "idmap.self-overlap", VERDICT_FAIL, "sed -i '2d' /etc/subuid" },
	{ "A40 by one id", own_overlap_of_one, "idmap.self-overlap", VERDICT_FAIL, "overlap" },
	{ "real user", over_a_real_user, "idmap.overlap", VERDICT_FAIL, "100500" },
	{ "A13", nested, "idmap.outer", VERDICT_FAIL, "0 100000 65536" },
	{ "A13 by a range inside", nested, "idmap.outer", VERDICT_FAIL,
		"a range inside: sudo sed -i '1d' /etc/subuid && sudo rpod-setup user alice" },
	{ "nested with room", nested_with_room, "idmap.outer", VERDICT_PASS, "" },
	{ "A24", from_sss, "idmap.source", VERDICT_PASS, "'sss'" },
	{ "A24 files do not matter", from_sss, "idmap.subuid", VERDICT_SKIP, "'sss'" },
	{ "A24 untried", from_sss_untried, "idmap.source", VERDICT_WARN, "subid: sss" },
	{ "refused for no known reason", map_refused, "idmap.map", VERDICT_FAIL, REFUSED },
	{ "one id only", single, "idmap.map", VERDICT_WARN, "one id only" },
};

static void each_fault_fails_its_own_check_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		expect(&faults[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_fails_its_own_check_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
