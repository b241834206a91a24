/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"

#include <errno.h>

#include "checks/subid.h"

static struct idmap idmap;
static struct idmap_range lines[IDMAP_KIND_COUNT][8];

/* Ranges as in the files: "u" or "g", then "NAME:START:COUNT" words; alice is ours. */
static void add_lines(const char *text)
{
	while (*text) {
		int kind = *text == 'u' ? IDMAP_UID : IDMAP_GID;
		struct idmap_file *to = &idmap.files[kind];
		struct idmap_range *r = &lines[kind][to->count];
		unsigned long long start, count;

		assert_int_equal(
			sscanf(text + 1, "%63[^:]:%llu:%llu", r->owner, &start, &count), 3);
		r->start = start;
		r->count = count;
		r->ours = strcmp(r->owner, "alice") == 0;
		to->count++;
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
}

static void begin(const char *text)
{
	static uint64_t ids[] = { 0, 1000, 65534 };

	idmap = (struct idmap){ 0 };
	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++) {
		idmap.files[kind].state = FACT_KNOWN;
		idmap.files[kind].ranges = lines[kind];
		idmap.real[kind] = (struct idmap_real){ .ids = ids, .count = ARRAY_SIZE(ids) };
		idmap.defs.min[kind] = 100000;
		idmap.defs.max[kind] = 600100000;
		set_map(&idmap.outer[kind], 0, 0, 4294967295);
	}
	add_lines(text);
}

static const struct {
	const char *lines;
	uint64_t wanted, start, count;
} rows[] = {
	{ "", 65536, 100000, 65536 },
	{ "ubob:100000:65536", 65536, 165536, 65536 },
	{ "gbob:100000:65536", 65536, 165536, 65536 },
	{ "ubob:100000:65536 gcarol:165536:65536", 65536, 231072, 65536 },
	{ "ubob:165536:65536", 65536, 100000, 65536 },
	{ "ubob:165535:65536", 65536, 231071, 65536 },
	{ "ubob:99999:2", 65536, 100001, 65536 },
	{ "ualice:100000:65536 galice:100000:65536", 65536, 0, 0 },
	{ "ualice:100000:65536", 65536, 100000, 65536 },
	{ "galice:300000:65536", 65536, 300000, 65536 },
	{ "ualice:100000:65536 gbob:100000:65536", 65536, 165536, 65536 },
	{ "ualice:100000:10 galice:100000:10", 65536, 100010, 65536 },
	{ "ualice:100000:65536 galice:100000:65536", 131072, 165536, 65536 },
	{ "ubob:100000:400000", 65536, 500000, 65536 }, /* only systemd's ranges are left */
	{ "", 1000, 100000, 1000 },
};

static void a_grant_is_the_lowest_free_range_of_both_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct subid_grant grant = { 7, 7 };
		int r;

		begin(rows[i].lines);
		r = subid_grant(&idmap, rows[i].wanted, &grant);
		if (r != 0 || grant.start != rows[i].start || grant.count != rows[i].count)
			fail_msg("'%s': %d, %llu:%llu", rows[i].lines, r,
				(unsigned long long)grant.start, (unsigned long long)grant.count);
	}
}

static void a_grant_keeps_away_from_real_ids(void **state)
{
	static uint64_t ids[] = { 0, 100000, 150000, 231072 };
	struct subid_grant grant;

	(void)state;
	begin("");
	idmap.real[IDMAP_GID] = (struct idmap_real){ .ids = ids, .count = ARRAY_SIZE(ids) };
	assert_int_equal(subid_grant(&idmap, 65536, &grant), 0);
	assert_int_equal(grant.start, 150001);
}

static void a_grant_stays_inside_login_defs(void **state)
{
	struct subid_grant grant;

	(void)state;
	begin("");
	idmap.defs.min[IDMAP_GID] = 200000;
	assert_int_equal(subid_grant(&idmap, 65536, &grant), 0);
	assert_int_equal(grant.start, 200000);
	idmap.defs.max[IDMAP_UID] = 265534;
	assert_int_equal(subid_grant(&idmap, 65536, &grant), -ENOSPC);
	idmap.defs.max[IDMAP_UID] = 265535;
	assert_int_equal(subid_grant(&idmap, 65536, &grant), 0);
}

static void a_grant_is_never_below_65536_on_a_host(void **state)
{
	struct subid_grant grant;

	(void)state;
	begin("");
	idmap.defs.min[0] = idmap.defs.min[1] = 1;
	assert_int_equal(subid_grant(&idmap, 65536, &grant), 0);
	assert_int_equal(grant.start, 65536);
}

static void a_grant_takes_what_systemd_gives_out_only_where_nothing_else_is_left(void **state)
{
	struct subid_grant grant;

	(void)state;
	begin("ubob:100000:380000");
	assert_int_equal(subid_grant(&idmap, 65536, &grant), 0);
	assert_int_equal(grant.start, 480000);
	idmap.defs.max[0] = idmap.defs.max[1] = 4000000000;
	assert_int_equal(subid_grant(&idmap, 65536, &grant), 0);
	assert_int_equal(grant.start, 1879048192);
}

static void a_guest_with_few_ids_gets_a_smaller_range(void **state)
{
	struct subid_grant grant;

	(void)state;
	begin("");
	set_map(&idmap.outer[IDMAP_UID], 0, 100000, 65536);
	set_map(&idmap.outer[IDMAP_GID], 0, 100000, 65536);
	assert_int_equal(subid_grant(&idmap, 65536, &grant), 0);
	assert_int_equal(grant.start, 2000);
	assert_int_equal(grant.count, 32768);
	set_map(&idmap.outer[IDMAP_UID], 0, 1000, 1);
	assert_int_equal(subid_grant(&idmap, 65536, &grant), -ENOSPC);
}

static void a_guest_with_many_ids_gets_a_whole_range_inside(void **state)
{
	struct subid_grant grant;

	(void)state;
	begin("ubob:100000:65536");
	set_map(&idmap.outer[IDMAP_UID], 0, 1000000, 300000);
	set_map(&idmap.outer[IDMAP_GID], 0, 1000000, 300000);
	assert_int_equal(subid_grant(&idmap, 65536, &grant), 0);
	assert_int_equal(grant.start, 165536);
}

static void nothing_is_granted_beside_what_nobody_can_read(void **state)
{
	struct subid_grant grant;

	(void)state;
	begin("");
	idmap.files[IDMAP_GID].bad_count = 1;
	assert_int_equal(subid_grant(&idmap, 65536, &grant), -EINVAL);
	begin("");
	idmap.files[IDMAP_UID].state = FACT_UNKNOWN;
	assert_int_equal(subid_grant(&idmap, 65536, &grant), -EINVAL);
	begin("");
	idmap.files[IDMAP_UID].state = FACT_ABSENT;
	assert_int_equal(subid_grant(&idmap, 65536, &grant), 0);
}

/* uid 1002 with 100000 + 2 * 65536, or none: never another one. */
static void a_rule_gives_its_range_or_none(void **state)
{
	struct subid_grant grant = { 0, 0 };
	int at_all, taken, system;

	(void)state;
	begin("");
	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++)
		idmap.defs.count[kind] = 65536;
	idmap.defs.uid_min = 1000;
	at_all = subid_grant_by_rule(&idmap, 1002, 65536, &grant);
	system = subid_grant_by_rule(&idmap, 999, 65536, &(struct subid_grant){ 0, 0 });
	add_lines("gbob:231080:10");
	taken = subid_grant_by_rule(&idmap, 1002, 65536, &(struct subid_grant){ 0, 0 });
	assert_int_equal(at_all, 0);
	assert_int_equal(grant.start, 231072);
	assert_int_equal(grant.count, 65536);
	assert_int_equal(system, -ENOSPC);
	assert_int_equal(taken, -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_gives_its_range_or_none),
		cmocka_unit_test(a_grant_is_the_lowest_free_range_of_both_files),
		cmocka_unit_test(a_grant_keeps_away_from_real_ids),
		cmocka_unit_test(a_grant_stays_inside_login_defs),
		cmocka_unit_test(a_grant_is_never_below_65536_on_a_host),
		cmocka_unit_test(
			a_grant_takes_what_systemd_gives_out_only_where_nothing_else_is_left),
		cmocka_unit_test(a_guest_with_few_ids_gets_a_smaller_range),
		cmocka_unit_test(a_guest_with_many_ids_gets_a_whole_range_inside),
		cmocka_unit_test(nothing_is_granted_beside_what_nobody_can_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
