/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/commands.h"

#include <assert.h>
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/cli.h"
#include "base/json.h"
#include "base/out.h"
#include "host/root.h"
#include "host/user.h"
#include "setup/args.h"
#include "setup/journal.h"
#include "setup/lock.h"
#include "setup/outcome.h"
#include "setup/prepare.h"
#include "setup/report.h"
#include "setup/show.h"
#include "setup/target.h"
#include "setup/undo.h"
#include "setup/wanted.h"

static struct out text_out; /* standard output, for people */

static int usage(struct error *err)
{
	return error_exit(err, CLI_USAGE);
}

/* A user who is not root acts in his own home alone, and remembers there what he did. */
static void keep_own_state(struct target *t, enum command_journals whose)
{
	bool apart = geteuid() != 0 && t->live && whose != JOURNALS_HOST;
	const struct passwd *self = apart ? getpwuid(geteuid()) : NULL;
	char path[PATH_MAX];

	if (self &&
		snprintf(path, sizeof(path), "%s/.local/state/rpod/setup", self->pw_dir) <
			(int)sizeof(path) &&
		(whose == JOURNALS_OWN || access(path, F_OK) == 0))
		(void)text_copy(t->state, sizeof(t->state), path);
}

int command_open(const struct args *args, enum command_journals whose, struct root *root,
	struct target *t, struct error *err)
{
	int r;

	(void)out_open(&text_out, stdout, "auto");
	r = root_open(args->root, root, err);
	if (r < 0)
		return r;
	root->patient = true;
	r = target_open(args->root, root_is_live(root), t, err);
	if (r < 0)
		return r;
	keep_own_state(t, whose);
	t->root = root;
	t->timeout_s = args->lock_timeout;
	t->packages = args->request.packages;
	t->progress = args->json || args->quiet ? NULL : show_progress;
	return 0;
}

int command_begin(const struct args *args, struct target *t, struct error *err)
{
	if (args->dry_run)
		return -1;
	if (geteuid() != 0 && strcmp(t->state, TARGET_STATE) == 0) {
		(void)error_say(err, -EPERM, "needs root; run 'sudo %s'", args->command);
		return error_exit(err, EXIT_NEEDS_ROOT);
	}
	return lock_take(t, args->lock_timeout, err);
}

/* Debian's and Ubuntu's packages say so when they want it; it is told, and changes nothing. */
static void note_reboot(struct target *t, struct outcomes *outcomes)
{
	_cleanup_text_ struct text names = { 0 };
	struct stat st;

	if (!t->live || target_stat(t, "/run/reboot-required", &st) < 0)
		return;
	if (target_read(t, "/run/reboot-required.pkgs", &names, NULL) < 0 || names.length == 0)
		text_add(&names, "unknown");
	for (char *c = names.data; c && *c; c++)
		*c = *c == '\n' ? (c[1] ? ' ' : '\0') : *c;
	(void)text_copy(outcomes->reboot_wanted, sizeof(outcomes->reboot_wanted), text_get(&names));
}

static void show_round(
	struct prepare *p, const char *user, int round, const struct outcomes *planned)
{
	show_plan(&text_out, p->args, round == 0 ? user : "", planned);
}

static const struct subject *find_subject(const char *word)
{
	for (size_t i = 0; i < subject_count; i++)
		if (strcmp(subjects[i].word, word) == 0)
			return &subjects[i];
	return NULL;
}

/* Names are looked at before anything is: nothing half done for the first of two. */
static int check_names(const struct subject *subject, int argc, char *argv[], struct error *err)
{
	assert(subject); /* main.c has no command that is no row there */
	if (subject->takes_users && argc < 2)
		(void)error_say(err, -EINVAL, "'%s' needs the name of a user", subject->word);
	else if (!subject->takes_users && argc > 1)
		(void)error_say(err, -EINVAL, "'%s' takes no name: '%s'", subject->word, argv[1]);
	else
		for (int i = 1; i < argc; i++)
			if (!user_name_is_valid(argv[i])) {
				(void)error_say(err, -EINVAL,
					"'%s' can be no user's name: it begins with a-z "
					"or _, goes on with a-z 0-9 _ -, and has at most 32",
					argv[i]);
				return usage(err);
			}
	if (subject->takes_users == (argc > 1))
		return 0;
	return usage(err);
}

/* What is said of one user cannot hold for two. */
static int check_options(
	const struct args *args, const struct subject *subject, int argc, struct error *err)
{
	const struct request *request = &args->request;
	const char *option = request->home      ? "--home"
			     : request->uid     ? "--uid"
			     : request->storage ? "--storage"
						: NULL;

	if (!option && (request->shell || request->system))
		option = request->shell ? "--shell" : "--system";
	if (!option)
		return 0;
	if (!subject->takes_users)
		(void)error_say(err, -EINVAL, "'%s' makes no user, so '%s' says nothing to it",
			subject->word, option);
	else if (argc > 2 && (request->home || request->uid || request->storage))
		(void)error_say(err, -EINVAL, "'%s' is for one user, not for %d", option, argc - 1);
	else
		return 0;
	return usage(err);
}

int command_subject(const struct args *args, int argc, char *argv[], const struct subject **ret,
	struct error *err)
{
	int r;

	*ret = find_subject(argv[0]);
	if (!*ret) {
		(void)error_say(err, -EINVAL,
			"'%s' is nothing that prepares a host; 'rpod-setup --help' lists what is",
			argv[0]);
		return usage(err);
	}
	r = check_names(*ret, argc, argv, err);
	if (r >= 0)
		r = check_options(args, *ret, argc, err);
	return r < 0 ? r : wanted_options(args, *ret, argv[0], err);
}

static int prepare_all(struct prepare *p, int argc, char *argv[], struct error *err)
{
	int r = 0;

	if (!p->subject->takes_users)
		return prepare_user(p, NULL, err);
	for (int i = 1; r >= 0 && i < argc; i++)
		r = prepare_user(p, argv[i], err);
	return r;
}

int command_finish(
	const struct args *args, const struct outcomes *outcomes, int r, struct error *err)
{
	int status = r < 0 ? (err->exit_status ? err->exit_status : EXIT_FAILED)
			   : prepare_status(args, outcomes);
	_cleanup_json_ struct json *report = NULL;

	if (!args->json) {
		if (r >= 0 || *outcomes->run)
			show_result(&text_out, args, outcomes, status);
		return r < 0 ? r : status;
	}
	report = report_new(args, outcomes, status, err);
	if (report_print(report) < 0)
		return error_say(err, -EIO, "cannot print the result");
	if (r < 0)
		out_error("rpod-setup", err);
	return status;
}

int command_prepare(const struct args *args, int argc, char *argv[], struct error *err)
{
	_cleanup_outcomes_ struct outcomes outcomes = { 0 };
	_cleanup_journal_ struct journal journal = { 0 };
	_cleanup_target_ struct target t = { .fd = -1 };
	_cleanup_root_ struct root root = { .fd = -1, .record_fd = -1 };
	_cleanup_close_ int lock = -1;
	struct prepare p = { .args = args,
		.root = &root,
		.target = &t,
		.journal = &journal,
		.outcomes = &outcomes,
		.show = show_round };
	int r = command_subject(args, argc, argv, &p.subject, err);

	if (r >= 0 && args->format)
		r = wanted_no_use(argv[0], "--format", err);
	if (r >= 0)
		r = command_open(args, JOURNALS_HOST, &root, &t, err);
	if (r >= 0)
		lock = r = command_begin(args, &t, err);
	if (r >= -1 && !err->code)
		r = prepare_all(&p, argc, argv, err);
	if (r >= 0)
		note_reboot(&t, &outcomes);
	return command_finish(args, &outcomes, r, err);
}

int command_undo(const struct args *args, int argc, char *argv[], struct error *err)
{
	_cleanup_outcomes_ struct outcomes outcomes = { .taken_back = true };
	_cleanup_target_ struct target t = { .fd = -1 };
	_cleanup_root_ struct root root = { .fd = -1, .record_fd = -1 };
	_cleanup_close_ int lock = -1;
	int r = wanted_options(args, NULL, argv[0], err);

	if (r >= 0 && argc > 2) {
		(void)error_say(
			err, -EINVAL, "'undo' takes one run; 'rpod-setup history' lists them");
		r = usage(err);
	}
	if (r >= 0)
		r = command_open(args, JOURNALS_FOUND, &root, &t, err);
	if (r >= 0)
		lock = r = command_begin(args, &t, err);
	if (r >= -1 && !err->code)
		r = undo_run(&t, args, argc > 1 ? argv[1] : NULL, &outcomes, err);
	if (!args->json) {
		if (r >= 0 || outcomes.count)
			show_undone(&text_out, args, &outcomes);
		return r < 0 ? r : prepare_status(args, &outcomes);
	}
	return command_finish(args, &outcomes, r, err);
}

int command_history(const struct args *args, int argc, char *argv[], struct error *err)
{
	_cleanup_json_ struct json *report = args->json ? json_new_object() : NULL;
	_cleanup_target_ struct target t = { .fd = -1 };
	_cleanup_root_ struct root root = { .fd = -1, .record_fd = -1 };
	int r, damaged = 0;

	if (argc > 1) {
		(void)error_say(err, -EINVAL, "'history' takes nothing more: '%s'", argv[1]);
		return usage(err);
	}
	r = wanted_options(args, NULL, argv[0], err);
	if (r >= 0)
		r = command_open(args, JOURNALS_FOUND, &root, &t, err);
	if (report)
		json_set_text(report, "schema", "rpod-setup-history/1");
	if (r >= 0)
		damaged = r = undo_history(&t, &text_out, report, err);
	if (r >= 0 && report)
		r = report_print(report);
	return r < 0 ? r : damaged ? EXIT_FAILED : 0;
}

int command_failed(const struct args *args, const struct error *err)
{
	int status = err->exit_status ? err->exit_status : EXIT_FAILED;
	_cleanup_json_ struct json *report = NULL;
	struct outcomes nothing = { 0 };

	out_error("rpod-setup", err);
	if (!args->json)
		return status;
	report = report_new(args, &nothing, status, err);
	(void)!report_print(report);
	return status;
}
