/* SPDX-License-Identifier: Apache-2.0 */
/* `unit`: writes a container's unit for a user. Enabling it is his decision: how is printed. */
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/cli.h"
#include "base/json.h"
#include "base/out.h"
#include "host/cgroup.h"
#include "host/root.h"
#include "host/user.h"
#include "setup/account.h"
#include "setup/apply.h"
#include "setup/args.h"
#include "setup/commands.h"
#include "setup/journal.h"
#include "setup/outcome.h"
#include "setup/prepare.h"
#include "setup/report.h"
#include "setup/show.h"
#include "setup/target.h"
#include "setup/unit.h"

enum {
	MACHINE_VERSION = 248 /* of systemd: systemctl --user --machine=USER@ */
};

static int usage(struct error *err)
{
	return error_exit(err, CLI_USAGE);
}

/* Whose unit it is: as root --for says it, anybody else acts for himself. */
static int find_user(
	const struct args *args, struct target *t, struct account *ret, struct error *err)
{
	uid_t uid = geteuid();
	const struct passwd *self = uid == 0 && args->for_user ? NULL : getpwuid(uid);

	if (uid == 0 && !args->for_user) {
		(void)error_say(
			err, -EINVAL, "whose unit? name the user: rpod-setup unit --for USER ...");
		return usage(err);
	}
	if (uid == 0)
		return account_find(t, args->for_user, ret, err);
	if (!self)
		return error_say(err, -ENOENT, "there is no user with the id %u", (unsigned)uid);
	if (args->for_user && strcmp(args->for_user, self->pw_name) != 0) {
		(void)error_say(err, -EPERM, "a unit for '%s' needs root; run 'sudo %s'",
			args->for_user, args->command);
		return error_exit(err, EXIT_NEEDS_ROOT);
	}
	return account_find(t, self->pw_name, ret, err);
}

static int find_program(
	struct target *t, const char *name, char *ret, size_t size, struct error *err)
{
	static const char *const dirs[] = { "/usr/local/bin", "/usr/bin", "/bin" };
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		(void)snprintf(ret, size, "%s/%s", dirs[i], name);
		if (target_stat(t, ret, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0111)
			return 0;
	}
	return error_say(
		err, -ENOENT, "'%s' is not installed; install it, or choose an --engine", name);
}

/* A unit of that name which somebody wrote by hand is his; so is one that cannot be read. */
static int check_foreign(
	struct target *t, const struct account *who, const char *path, struct error *err)
{
	_cleanup_text_ struct text there = { 0 };
	struct target strict = *t;
	int r;

	strict.strict = true;
	strict.strict_from = strlen(who->home);
	strict.owner = who->uid;
	r = target_read(&strict, path, &there, NULL);
	if (r == -ENOENT || (r >= 0 && text_starts(text_get(&there), UNIT_HEADER)))
		return 0;
	return error_say(err, -EEXIST,
		"'%s' is there and was not written by rpod-setup; remove it, or take another name",
		path);
}

/* One in the home goes before those of the host: "dbus" would be the end of the user's bus. */
static int check_hidden(struct target *t, const char *name, struct error *err)
{
	static const char *const dirs[] = { "/etc/systemd/user", "/usr/local/lib/systemd/user",
		"/usr/lib/systemd/user", "/lib/systemd/user" };
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s.service", dirs[i], name);
		if (target_stat(t, path, &st) == 0)
			return error_say(err, -EEXIST,
				"'%s' would no longer be seen by this user; take another name",
				path);
	}
	return 0;
}

/* How the user's manager is spoken to, up to the verb. */
static void manager_words(struct target *t, const struct account *who, struct text *ret)
{
	struct cgroup cgroup;

	if (geteuid() == who->uid) {
		text_add(ret, "systemctl --user");
		return;
	}
	cgroup_read(&cgroup, t->root, &(struct user){ 0 });
	if (cgroup.systemd_version >= MACHINE_VERSION)
		text_addf(ret, "systemctl --user --machine=%s@", who->name);
	else
		text_addf(ret, "runuser -u %s -- env XDG_RUNTIME_DIR=/run/user/%u systemctl --user",
			who->name, (unsigned)who->uid);
}

static bool lingers(struct target *t, const struct account *who)
{
	char path[128];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/var/lib/systemd/linger/%s", who->name);
	return target_stat(t, path, &st) == 0;
}

static void show_next(const struct args *args, struct target *t, const struct account *who,
	const char *name, const struct outcomes *outcomes)
{
	_cleanup_text_ struct text manager = { 0 };
	struct out out;

	if (args->json || args->quiet || args->dry_run ||
		outcome_count(outcomes, OUTCOME_FAILED) > 0)
		return;
	(void)out_open(&out, stdout, "auto");
	manager_words(t, who, &manager);
	out_print(&out, OUT_PLAIN, "to start it now, and with every boot:\n");
	out_print(&out, OUT_PLAIN, "  %s start %s.service\n", text_get(&manager), name);
	out_print(&out, OUT_PLAIN, "  %s enable %s.service\n", text_get(&manager), name);
	if (!lingers(t, who))
		out_print(&out, OUT_YELLOW,
			"until '%s' lingers, that is while he is logged in: sudo rpod-setup linger "
			"%s\n",
			who->name, who->name);
}

static int write_unit(const struct args *args, struct target *t, const struct account *who,
	const struct unit *unit, struct outcomes *outcomes, struct error *err)
{
	_cleanup_outcomes_ struct outcomes planned = { 0 };
	_cleanup_journal_ struct journal journal = { 0 };
	_cleanup_text_ struct text path = { 0 }, content = { 0 };
	_cleanup_plan_ struct plan plan = { .check = "unit" };
	struct applier a = { .args = args,
		.target = t,
		.journal = &journal,
		.outcomes = &planned,
		.kinds = 1u << CHANGE_USER_UNIT };
	struct out out;
	int r;

	text_addf(&path, "%s/.config/systemd/user/%s.service", who->home, unit->name);
	unit_print(unit, &content);
	r = check_foreign(t, who, text_get(&path), err);
	if (r >= 0)
		r = check_hidden(t, unit->name, err);
	if (r < 0)
		return r;
	plan_user_unit(&plan, who->name, text_get(&path), text_get(&content));
	r = apply_show(&a, &plan, err);
	if (r < 0)
		return r;
	(void)out_open(&out, stdout, "auto");
	show_plan(&out, args, who->name, &planned);
	if (args->dry_run)
		return outcomes_take(outcomes, &planned);
	r = outcomes_take_differences(outcomes, &planned);
	a.outcomes = outcomes;
	return r < 0 ? r : apply_plan(&a, &plan, err);
}

int command_unit(const struct args *args, int argc, char *argv[], struct error *err)
{
	_cleanup_outcomes_ struct outcomes outcomes = { 0 };
	_cleanup_target_ struct target t = { .fd = -1 };
	_cleanup_root_ struct root root = { .fd = -1, .record_fd = -1 };
	_cleanup_close_ int lock = -1;
	struct unit unit = { .engine = unit_engine_find(args->engine ? args->engine : "rpod") };
	char program[PATH_MAX];
	struct account who = { .uid = (uid_t)-1 };
	int r;

	unit.program = program;
	if (!unit.engine) {
		(void)error_say(
			err, -EINVAL, "'--engine %s' is neither rpod nor podman", args->engine);
		return usage(err);
	}
	if (unit_parse(argc, argv, &unit, err) < 0)
		return usage(err);
	r = command_open(args, JOURNALS_OWN, &root, &t, err);
	if (r >= 0)
		r = find_user(args, &t, &who, err);
	if (r >= 0)
		r = find_program(&t, unit.engine->word, program, sizeof(program), err);
	if (r >= 0)
		lock = r = command_begin(args, &t, err);
	if (r >= -1 && !err->code)
		r = write_unit(args, &t, &who, &unit, &outcomes, err);
	if (r < 0)
		return command_finish(args, &outcomes, r, err);
	r = command_finish(args, &outcomes, r, err);
	show_next(args, &t, &who, unit.name, &outcomes);
	return r;
}
