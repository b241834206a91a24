/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"

#include <errno.h>

#define DEFAULT_T "system_u:object_r:default_t:s0"
#define HOME_T    "unconfined_u:object_r:user_home_dir_t:s0"
#define OVERLAY_T "unconfined_u:object_r:container_ro_file_t:s0"

static void place(struct label_place *place, const char *path, const char *has, const char *wanted,
	const char *model)
{
	(void)text_copy(place->path, sizeof(place->path), path);
	(void)text_copy(place->as, sizeof(place->as), path);
	place->has.state = FACT_ABSENT;
	if (has)
		say(&place->has, has);
	say(&place->wanted, wanted);
	say(&place->model, model);
}

/* Nothing made for containers yet, in a home at @home whose policy says @wanted of it. */
static void enforcing(const char *home, const char *has, const char *wanted)
{
	bool known = strcmp(wanted, HOME_T) == 0;

	host.lsm.selinux = SELINUX_ENFORCING;
	host.lsm.container_type = FACT_KNOWN;
	(void)text_copy(host.user.home, sizeof(host.user.home), home);
	(void)text_copy(host.lsm.home_model, sizeof(host.lsm.home_model), "/home/alice");
	place(&host.lsm.home[0], home, has, wanted, HOME_T);
	place(&host.lsm.home[1], "/overlay", NULL, known ? OVERLAY_T : wanted, OVERLAY_T);
	place(&host.lsm.home[2], "/volumes", NULL, wanted, known ? wanted : HOME_T);
}

static void unlabelled(void)
{
	enforcing("/data/alice", DEFAULT_T, DEFAULT_T);
}

/* By chcon(1), or before it was moved. */
static void labelled_for_now(void)
{
	enforcing("/data/alice", HOME_T, DEFAULT_T);
}

static void mislabelled_below_home(void)
{
	enforcing("/home/alice", DEFAULT_T, HOME_T);
}

static void images_mislabelled(void)
{
	enforcing("/home/alice", HOME_T, HOME_T);
	place(&host.lsm.home[1], "/home/alice" LABEL_STORAGE "/overlay",
		"unconfined_u:object_r:user_home_t:s0", OVERLAY_T, OVERLAY_T);
}

/* An engine has labelled a volume itself, for one container. */
static void labelled_by_an_engine(void)
{
	images_mislabelled();
	say(&host.lsm.home[1].has, "system_u:object_r:container_file_t:s0:c7,c12");
}

static void behind_nothings_directory(void)
{
	enforcing("/data/alice", HOME_T, HOME_T);
	place(&host.lsm.above, "/data", DEFAULT_T, DEFAULT_T, "system_u:object_r:home_root_t:s0");
}

static void no_policy_to_ask(void)
{
	enforcing("/data/alice", DEFAULT_T, DEFAULT_T);
	for (size_t i = 0; i < LABEL_PLACES; i++) {
		host.lsm.home[i].wanted = (struct fact_text){ .error = ENOSYS };
		host.lsm.home[i].model = (struct fact_text){ .error = ENOSYS };
	}
}

static void storage_outside(const char *has, const char *wanted)
{
	enforcing("/home/alice", HOME_T, HOME_T);
	for (size_t i = 0; i < LABEL_PLACES; i++)
		place(&host.lsm.storage[i], "/srv/c", i == 0 ? has : NULL, wanted, OVERLAY_T);
}

static void storage_unlabelled(void)
{
	storage_outside("system_u:object_r:var_t:s0", "system_u:object_r:var_t:s0");
}

static void storage_not_there(void)
{
	storage_outside(NULL, "system_u:object_r:var_t:s0");
}

static void storage_labelled(void)
{
	storage_outside("unconfined_u:object_r:container_data_home_t:s0", OVERLAY_T);
}

static void storage_in_the_home(void)
{
	enforcing("/home/alice", HOME_T, HOME_T);
}

static void unlabelled_but_permissive(void)
{
	unlabelled();
	host.lsm.selinux = SELINUX_PERMISSIVE;
}

static void labelled(void)
{
	enforcing("/data/alice", HOME_T, HOME_T);
}

static void policy_without_containers(void)
{
	labelled();
	host.lsm.container_type = FACT_ABSENT;
}

static void policy_closed(void)
{
	labelled();
	host.lsm.container_type = FACT_UNKNOWN;
	host.lsm.container_type_error = EACCES;
}

static void selinux_off(void)
{
	host.lsm.selinux = SELINUX_DISABLED;
}

static const struct fault faults[] = {
	{ "G12", policy_without_containers, "selinux.policy", VERDICT_WARN, "container_t" },
	{ "a policy with them", labelled, "selinux.policy", VERDICT_PASS, "" },
	{ "a policy that was not asked", policy_closed, "selinux.policy", VERDICT_SKIP,
		"Permission denied" },
	{ "SELinux is off", selinux_off, "selinux.policy", VERDICT_PASS, "off" },
	{ "E24", unlabelled, "selinux.home", VERDICT_FAIL, "-e /home/alice /data/alice" },
	{ "E24 permissive", unlabelled_but_permissive, "selinux.home", VERDICT_WARN, "permissive" },
	{ "labelled", labelled, "selinux.home", VERDICT_PASS, "user_home_dir_t" },
	{ "labelled for now", labelled_for_now, "selinux.home", VERDICT_WARN,
		"-e /home/alice /data/alice" },
	{ "H15", mislabelled_below_home, "selinux.home", VERDICT_FAIL,
		"sudo restorecon -RF /home/alice" },
	{ "images mislabelled", images_mislabelled, "selinux.home", VERDICT_FAIL,
		"storage/overlay: unconfined_u:object_r:user_home_t:s0, container_ro_file_t" },
	{ "labelled by an engine", labelled_by_an_engine, "selinux.home", VERDICT_PASS, "" },
	{ "behind a directory of nothing's", behind_nothings_directory, "selinux.home",
		VERDICT_WARN, "fcontext -a -t home_root_t /data" },
	{ "no policy to ask", no_policy_to_ask, "selinux.home", VERDICT_FAIL, "default_t" },
	{ "storage unlabelled", storage_unlabelled, "selinux.storage", VERDICT_FAIL,
		"-e /home/alice/.local/share/containers/storage /srv/c" },
	{ "storage not there", storage_not_there, "selinux.storage", VERDICT_WARN,
		"does not know" },
	{ "storage labelled", storage_labelled, "selinux.storage", VERDICT_PASS, "data_home_t" },
	{ "storage in the home", storage_in_the_home, "selinux.storage", VERDICT_PASS,
		"in the home" },
};

static void each_fault_fails_its_own_check_and_no_other(void **state)
{
	(void)state;
	expect_each(faults, ARRAY_SIZE(faults));
}

/* Half a path would be another place. */
static void a_command_that_does_not_fit_is_not_said(void **state)
{
	const char *words;

	(void)state;
	fine_host();
	enforcing("/data/a-directory-whose-name-is-so-long-that-no-fix-has-room-for-it/alice",
		DEFAULT_T, DEFAULT_T);
	words = all_words(judged("selinux.home"));
	if (strstr(words, "restorecon") || !strstr(words, "sudo rpod-setup"))
		fail_msg("%s", words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_fails_its_own_check_and_no_other),
		cmocka_unit_test(a_command_that_does_not_fit_is_not_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
