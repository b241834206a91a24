/* SPDX-License-Identifier: Apache-2.0 */
/* host/home.h, lsm.h, probe.h, child.h and the whole of host.h */
#include "host/probe.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/helper.h"
#include "host/host.h"
#include "tree.h"

static const struct user alice = {
	.state = FACT_KNOWN, .name = "alice", .uid = 1000, .home = "/data/people/alice"
};

static int sleep_for_ever(void *arg, int out)
{
	(void)!io_write_all(out, arg, strlen(arg));
	return pause() < 0 ? -EINTR : 0;
}

static int answer_eperm(void *arg, int out)
{
	(void)!io_write_all(out, arg, strlen(arg));
	return -EPERM;
}

static void a_child_that_hangs_is_killed_and_its_words_kept(void **state)
{
	static char words[] = "so far";
	struct text got = { 0 };
	int r = helper_run(sleep_for_ever, words, 50, &got);

	(void)state;
	assert_string_equal(text_get(&got), "so far");
	text_done(&got);
	assert_int_equal(r, -ETIMEDOUT);
}

/* Its own limit is a month: the test would not end. */
static void who_comes_after_one_that_hung_gets_what_is_left(void **state)
{
	static char words[] = "so far";
	struct text got = { 0 };
	bool before, after;
	int first, second;

	(void)state;
	helper_budget(100);
	before = helper_has_hung();
	first = helper_run(sleep_for_ever, words, 50, &got);
	after = helper_has_hung();
	second = helper_run(sleep_for_ever, words, 2000000000, &got);
	text_done(&got);
	helper_budget(0);
	assert_false(before);
	assert_true(after);
	assert_int_equal(first, -ETIMEDOUT);
	assert_int_equal(second, -ETIMEDOUT);
	assert_false(helper_has_hung());
}

static void a_childs_errno_comes_back(void **state)
{
	static char words[] = "words";
	struct text got = { 0 };
	int r = helper_run(answer_eperm, words, 10000, &got);

	(void)state;
	assert_string_equal(text_get(&got), "words");
	text_done(&got);
	assert_int_equal(r, -EPERM);
}

static int write_much(void *arg, int out)
{
	char block[4096];
	size_t blocks = *(size_t *)arg;
	int r = 0;

	memset(block, 'x', sizeof(block));
	for (size_t i = 0; r >= 0 && i < blocks; i++)
		r = io_write_all(out, block, sizeof(block));
	return r;
}

/* Half a list of ids would be taken for all of it. */
static void a_child_that_says_too_much_is_not_half_heard(void **state)
{
	size_t fits = 1024, too_many = 1025;
	struct text got = { 0 };
	int r = helper_run(write_much, &fits, 10000, &got);
	size_t length = got.length;

	(void)state;
	text_done(&got);
	assert_int_equal(r, 0);
	assert_int_equal(length, 4 << 20);
	r = helper_run(write_much, &too_many, 10000, &got);
	text_done(&got);
	assert_int_equal(r, -EFBIG);
}

static void the_way_to_the_home_and_what_is_in_it_is_seen(void **state)
{
	struct tree t;
	struct home h;

	(void)state;
	tree_make(&t);
	home_read(&h,
		tree_host(&t,
			"stat /data\t0\tmode=040755\n"
			"stat /data/people\t0\tmode=040700 uid=5\n"
			"stat /data/people/alice\t0\tmode=040700 uid=1000 fs=6969 flags=noexec\n"
			"stat /data/people/alice/.local\t0\tmode=040755 uid=0\n"
			"stat /data/people/alice/.cache\tEACCES\t\n"),
		&alice);
	tree_done(&t);
	assert_int_equal(h.above_count, 2);
	assert_string_equal(h.above[1].path, "/data/people");
	assert_int_equal(h.above[1].file.uid, 5);
	assert_int_equal(h.home.uid, 1000);
	assert_string_equal(home_fs_name(h.home.fs_type), "nfs");
	assert_true(home_fs_is_network(h.home.fs_type));
	assert_string_equal(h.places[0].path, "/data/people/alice/.local");
	assert_int_equal(h.places[0].file.state, FACT_KNOWN);
	assert_int_equal(h.places[1].file.state, FACT_ABSENT);
	assert_int_equal(h.places[h.count - 1].file.error, EACCES);
	assert_false(h.hung);
}

static void a_recorded_home_that_hung_hangs_on_replay(void **state)
{
	struct tree t;
	struct home h;

	(void)state;
	tree_make(&t);
	home_read(&h, tree_host(&t, "stat /data/people/alice\tETIMEDOUT\t\n"), &alice);
	tree_done(&t);
	assert_true(h.hung);
}

static void a_live_home_is_seen_through_a_child(void **state)
{
	struct tree t;
	struct root live;
	struct error err = { 0 };
	struct home h;
	struct user user = alice;
	struct fact_file direct;
	char path[512];

	(void)state;
	tree_make(&t);
	tree_dir(&t, "/.config");
	(void)snprintf(user.home, sizeof(user.home), "%s", t.path);
	assert_int_equal(root_open("/", &live, &err), 0);
	home_read(&h, &live, &user);
	tree_path(&t, "/.config", path);
	root_stat(&live, path, &direct);
	root_close(&live);
	tree_done(&t);
	assert_int_equal(h.home.state, FACT_KNOWN);
	assert_int_equal(h.home.uid, getuid());
	for (size_t i = 0; i < h.count; i++)
		if (strcmp(h.places[i].path, path) == 0) {
			/* free space may change between two looks */
			direct.fs_free = h.places[i].file.fs_free;
			direct.fs_files = h.places[i].file.fs_files;
			assert_memory_equal(&h.places[i].file, &direct, sizeof(direct));
			return;
		}
	fail_msg("'%s' was not looked at", path);
}

static void security_modules_are_told_apart(void **state)
{
	struct tree t;
	struct lsm l;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/sys/fs/selinux/enforce", "1");
	tree_file(&t, "/etc/selinux/config", "# x\nSELINUX=enforcing\nSELINUXTYPE=targeted\n");
	tree_file(&t, "/etc/selinux/targeted/contexts/files/file_contexts.subs",
		"/data/people /home\n");
	tree_file(&t, "/sys/module/apparmor/parameters/enabled", "N\n");
	lsm_read(&l,
		tree_host(&t, "label /data/people/alice\t0\tu:object_r:default_t:s0\n"
			      "wanted label /data/people/alice\t0\tu:object_r:user_home_dir_t:s0\n"
			      "type container_t\tENOENT\t\n"
			      "wanted label /srv/c/overlay\t0\tu:object_r:var_t:s0\n"
			      "label /data\t0\tu:object_r:default_t:s0\n"),
		&alice, "/srv/c");
	tree_done(&t);
	assert_int_equal(l.selinux, SELINUX_ENFORCING);
	assert_string_equal(l.selinux_policy.value, "targeted");
	assert_int_equal(l.selinux_boots, SELINUX_ENFORCING);
	assert_int_equal(l.container_type, FACT_ABSENT);
	assert_string_equal(l.home_model, "/home/alice");
	assert_string_equal(l.home[0].path, "/data/people/alice");
	assert_string_equal(l.home[0].as, "/home/alice");
	assert_string_equal(l.home[0].has.value, "u:object_r:default_t:s0");
	assert_string_equal(l.home[0].wanted.value, "u:object_r:user_home_dir_t:s0");
	assert_string_equal(l.home[1].as, "/home/alice/.local/share/containers/storage/overlay");
	assert_string_equal(l.storage[1].path, "/srv/c/overlay");
	assert_string_equal(l.storage[1].wanted.value, "u:object_r:var_t:s0");
	assert_string_equal(l.above.path, "/data");
	assert_true(l.home_is_alone);
	assert_int_equal(l.apparmor, FACT_ABSENT);
}

static void a_quota_without_limits_is_none(void **state)
{
	static const struct {
		const char *words;
		int r;
		enum fact_state state;
		uint64_t hard;
	} rows[] = {
		{ "10 0 100 3 0 0", 0, FACT_KNOWN, 100 },
		{ "10 0 0 3 0 7", 0, FACT_KNOWN, 0 },
		{ "10 0 0 3 0 0", 0, FACT_ABSENT, 0 },
		{ "18446744073709551615 0 1 0 0 0", 0, FACT_KNOWN, 1 },
		{ "10 0 100", -EINVAL, FACT_UNKNOWN, 0 },
		{ "", -EINVAL, FACT_UNKNOWN, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct quota got = { 0 };
		int r = quota_parse(rows[i].words, &got);

		if (r != rows[i].r || got.state != rows[i].state || got.bytes.hard != rows[i].hard)
			fail_msg("'%s': %d", rows[i].words, r);
	}
}

static void no_selinux_asks_for_no_labels(void **state)
{
	struct tree t;
	struct lsm l;

	(void)state;
	tree_make(&t);
	lsm_read(&l, tree_host(&t, ""), &alice, "");
	tree_done(&t);
	assert_int_equal(l.selinux, SELINUX_DISABLED);
	assert_int_equal(l.home[0].has.state, FACT_UNKNOWN);
	assert_string_equal(l.home[0].path, "");
}

static void recorded_probes_are_read_back(void **state)
{
	static const struct host host = { .user = { .state = FACT_KNOWN, .name = "alice" } };
	struct tree t;
	struct probes p;

	(void)state;
	tree_make(&t);
	probe_read(&p,
		tree_host(&t,
			"probe userns alice\t0\tok 0 3 ;\n"
			"probe map alice\t0\tfailed EPERM 12 newuidmap;write to uid_map; failed\n"
			"probe overlay alice\t0\thung ETIMEDOUT 700 mount overlay;\n"
			"probe tun alice\t0\tnonsense\n"
			"probe fuse bob\t0\tok 0 1 ;\n"),
		&host, PROBE_ALL);
	tree_done(&t);
	assert_int_equal(p.probes[PROBE_USERNS].result, PROBE_OK);
	assert_int_equal(p.probes[PROBE_MAP].result, PROBE_FAILED);
	assert_int_equal(p.probes[PROBE_MAP].error, EPERM);
	assert_int_equal(p.probes[PROBE_MAP].ms, 12);
	assert_string_equal(p.probes[PROBE_MAP].step, "newuidmap");
	assert_string_equal(p.probes[PROBE_MAP].text, "write to uid_map; failed");
	assert_int_equal(p.probes[PROBE_OVERLAY].result, PROBE_HUNG);
	assert_string_equal(p.probes[PROBE_OVERLAY].step, "mount overlay");
	assert_int_equal(p.probes[PROBE_TUN].result, PROBE_NOT_RUN);
	assert_int_equal(p.probes[PROBE_FUSE].result, PROBE_NOT_RUN);
}

static void an_image_runs_no_probe(void **state)
{
	static const struct host host = { .user = { .state = FACT_KNOWN, .name = "alice" } };
	struct tree t;
	struct probes p;

	(void)state;
	tree_make(&t);
	probe_read(&p, tree_open(&t), &host, PROBE_ALL);
	tree_done(&t);
	for (size_t i = 0; i < PROBE_COUNT; i++)
		assert_int_equal(p.probes[i].result, PROBE_NOT_RUN);
}

static bool left_behind(const char *dir)
{
	struct root live;
	struct error err = { 0 };
	struct text_list names = { 0 };
	bool found = false;

	if (root_open("/", &live, &err) < 0 || root_list(&live, dir, &names) < 0)
		return true;
	for (size_t i = 0; i < names.count; i++)
		found |= text_starts(names.items[i], ".rpod-probe");
	root_close(&live);
	text_list_done(&names);
	return found;
}

/* As whoever runs the test, in a home of the test's own. What the machine forbids is not judged:
 * that each probe ends with a result, and leaves nothing behind, is. */
static void live_probes_end_and_leave_nothing_behind(void **state)
{
	struct tree t;
	struct root live;
	struct error err = { 0 };
	struct host *host = calloc(1, sizeof(*host));
	struct probes p;

	(void)state;
	tree_make(&t);
	host->user = (struct user){ .state = FACT_KNOWN, .uid = geteuid(), .gid = getegid() };
	(void)snprintf(host->user.name, sizeof(host->user.name), "tester");
	(void)snprintf(host->user.home, sizeof(host->user.home), "%s", t.path);
	assert_int_equal(root_open("/", &live, &err), 0);
	probe_read(&p, &live, host, PROBE_ALL);
	root_close(&live);
	free(host);
	assert_false(left_behind(t.path));
	tree_done(&t);
	for (size_t i = 0; i < PROBE_COUNT; i++) {
		assert_true(p.probes[i].result != PROBE_UNABLE);
		if (p.probes[i].result == PROBE_FAILED)
			assert_true(p.probes[i].error > 0 && *p.probes[i].step);
	}
	assert_int_equal(p.probes[PROBE_HOME_WRITE].result, PROBE_OK);
	assert_int_equal(p.probes[PROBE_SECCOMP].result, PROBE_OK);
	/* what it builds on is missing in this model */
	assert_int_equal(p.probes[PROBE_MAP].result, PROBE_NOT_RUN);
	assert_int_equal(p.probes[PROBE_BUS].result, PROBE_NOT_RUN);
}

/* The record of this machine, read back, is the same host. */
static void the_record_of_a_live_host_replays_to_the_same_model(void **state)
{
	struct tree record;
	struct root live, replay;
	struct error err = { 0 };
	struct host *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));

	(void)state;
	tree_make(&record);
	assert_int_equal(root_open("/", &live, &err), 0);
	assert_int_equal(root_record(&live, record.path, &err), 0);
	assert_int_equal(host_read(a, &live, NULL, HOST_WHOLE, &err), 0);
	assert_int_equal(root_record_finish(&live, &err), 0);
	assert_int_equal(root_open(record.path, &replay, &err), 0);
	assert_int_equal(host_read(b, &replay, NULL, HOST_WHOLE, &err), 0);
	root_close(&live);
	root_close(&replay);
	tree_done(&record);
	assert_memory_equal(&a->os, &b->os, sizeof(a->os));
	assert_memory_equal(&a->kernel, &b->kernel, sizeof(a->kernel));
	assert_memory_equal(&a->user, &b->user, sizeof(a->user));
	assert_memory_equal(&a->context, &b->context, sizeof(a->context));
	assert_memory_equal(&a->sysctl, &b->sysctl, sizeof(a->sysctl));
	assert_memory_equal(&a->tool, &b->tool, sizeof(a->tool));
	assert_memory_equal(&a->cgroup, &b->cgroup, sizeof(a->cgroup));
	assert_memory_equal(&a->session, &b->session, sizeof(a->session));
	assert_memory_equal(&a->device, &b->device, sizeof(a->device));
	assert_memory_equal(&a->home, &b->home, sizeof(a->home));
	assert_memory_equal(&a->lsm, &b->lsm, sizeof(a->lsm));
	assert_memory_equal(&a->config, &b->config, sizeof(a->config));
	assert_memory_equal(&a->mounts, &b->mounts, sizeof(a->mounts));
	assert_memory_equal(&a->probe, &b->probe, sizeof(a->probe));
	for (size_t k = 0; k < IDMAP_KIND_COUNT; k++) {
		assert_int_equal(a->idmap.files[k].state, b->idmap.files[k].state);
		assert_int_equal(a->idmap.files[k].count, b->idmap.files[k].count);
		assert_int_equal(a->idmap.real[k].count, b->idmap.real[k].count);
		assert_memory_equal(
			&a->idmap.outer[k], &b->idmap.outer[k], sizeof(a->idmap.outer[k]));
	}
	host_done(a);
	host_done(b);
	free(a);
	free(b);
}

static void sections_bring_what_they_need(void **state)
{
	struct tree t;
	struct error err = { 0 };
	struct host *host = calloc(1, sizeof(*host));

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/passwd", "alice:x:1000:1000::/home/alice:/bin/sh\n");
	assert_int_equal(
		host_read(host, tree_open(&t), "alice", (struct host_parts){ HOST_OS, 0 }, &err),
		0);
	assert_int_equal(host->sections, HOST_OS);
	assert_int_equal(host->user.state, FACT_UNKNOWN);
	assert_int_equal(
		host_read(host, &t.root, "alice", (struct host_parts){ HOST_IDMAP, 0 }, &err), 0);
	assert_int_equal(host->user.state, FACT_KNOWN);
	assert_false(host->live);
	host_done(host);
	tree_done(&t);
	free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_that_hangs_is_killed_and_its_words_kept),
		cmocka_unit_test(who_comes_after_one_that_hung_gets_what_is_left),
		cmocka_unit_test(a_childs_errno_comes_back),
		cmocka_unit_test(a_child_that_says_too_much_is_not_half_heard),
		cmocka_unit_test(the_way_to_the_home_and_what_is_in_it_is_seen),
		cmocka_unit_test(a_recorded_home_that_hung_hangs_on_replay),
		cmocka_unit_test(a_live_home_is_seen_through_a_child),
		cmocka_unit_test(security_modules_are_told_apart),
		cmocka_unit_test(a_quota_without_limits_is_none),
		cmocka_unit_test(no_selinux_asks_for_no_labels),
		cmocka_unit_test(recorded_probes_are_read_back),
		cmocka_unit_test(an_image_runs_no_probe),
		cmocka_unit_test(live_probes_end_and_leave_nothing_behind),
		cmocka_unit_test(the_record_of_a_live_host_replays_to_the_same_model),
		cmocka_unit_test(sections_bring_what_they_need),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
