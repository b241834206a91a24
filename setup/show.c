/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/show.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/out.h"
#include "base/text.h"
#include "checks/check.h"
#include "setup/args.h"
#include "setup/diff.h"
#include "setup/entry.h"
#include "setup/outcome.h"

enum {
	ID_WIDTH = 19 /* of the longest, "session.runtime-dir" */
};

static void show_diff(const struct out *out, const struct difference *d)
{
	_cleanup_text_ struct text diff = { 0 };
	size_t at = 0, length;
	const char *line;

	diff_unified(d->before ? d->before : "", d->after ? d->after : "",
		d->before ? d->path : "/dev/null", d->after ? d->path : "/dev/null", &diff);
	while ((line = text_line(diff.data, diff.length, &at, &length))) {
		enum out_colour colour = line[0] == '+'   ? OUT_GREEN
					 : line[0] == '-' ? OUT_RED
					 : line[0] == '@' ? OUT_DIM
							  : OUT_PLAIN;

		out_print(out, colour, "%.*s", (int)length, line);
		out_print(out, OUT_PLAIN, "\n");
	}
}

static void show_change(
	const struct out *out, enum out_colour colour, const char *sign, const struct outcome *o)
{
	out_print(out, colour, "  %s ", sign);
	out_print(out, OUT_DIM, "%-*s", ID_WIDTH, o->check);
	out_print(out, OUT_PLAIN, " %s\n", o->words);
	if (*o->error || *o->note)
		out_print(
			out, colour, "    %-*s %s\n", ID_WIDTH, "", *o->error ? o->error : o->note);
}

void show_plan(const struct out *out, const struct args *args, const char *user,
	const struct outcomes *planned)
{
	size_t would = outcome_count(planned, OUTCOME_WOULD);

	if (args->json || args->quiet || (would == 0 && !args->verbose))
		return;
	if (would && (!user || *user))
		out_print(out, OUT_BOLD, "%s %s%s%s:\n",
			args->dry_run ? "would change for" : "changing for", user ? "'" : "",
			user ? user : "all users", user ? "'" : "");
	for (size_t i = 0; i < planned->count; i++) {
		const struct outcome *o = &planned->changes[i];

		if (o->state == OUTCOME_WOULD)
			show_change(out, OUT_GREEN, "+", o);
		else if (args->verbose && o->state != OUTCOME_FAILED)
			show_change(out, OUT_DIM, "=", o);
	}
	for (size_t i = 0; args->diff && i < planned->difference_count; i++)
		show_diff(out, &planned->differences[i]);
	(void)fflush(out->stream);
}

/* Does a check say what is amiss, and what mends it? */
static bool is_told_by_check(const struct outcomes *outcomes, const char *id)
{
	for (size_t n = 0; n < outcomes->judged_count; n++)
		for (size_t i = 0; i < check_count(); i++)
			if (strcmp(check_at(i)->id, id) == 0 && outcomes->judged[n].wanted[i] &&
				(outcomes->judged[n].verdicts[i].kind == VERDICT_FAIL ||
					outcomes->judged[n].verdicts[i].kind == VERDICT_WARN) &&
				outcomes->judged[n].verdicts[i].fix_count > 0)
				return true;
	return false;
}

static void show_failed_changes(
	const struct out *out, const struct args *args, const struct outcomes *outcomes)
{
	for (size_t i = 0; i < outcomes->count; i++) {
		const struct outcome *o = &outcomes->changes[i];

		if (o->state != OUTCOME_FAILED)
			continue;
		if (o->cannot && !args->dry_run && is_told_by_check(outcomes, o->check))
			continue;
		out_print(out, o->cannot ? OUT_YELLOW : OUT_RED, "%s",
			o->cannot ? "not done" : "failed");
		out_print(out, OUT_PLAIN, ": %s: %s", o->words, o->error);
		out_print(out, OUT_DIM, "  [%s]\n", o->check);
	}
}

/* What we could do we have just done. A call with an option besides is one that was not made. */
static bool is_done_by_us(const char *fix)
{
	return text_starts(fix, "sudo rpod-setup --only ") ||
	       text_starts(fix, "sudo rpod-setup --root ") ||
	       text_starts(fix, "sudo rpod-setup user ");
}

static void show_check(const struct out *out, const struct judged *j, size_t i, bool failing)
{
	const struct verdict *v = &j->verdicts[i];
	const struct check *check = check_at(i);

	out_print(out, failing ? OUT_RED : OUT_YELLOW, "%s", failing ? "still failing" : "warning");
	out_print(out, OUT_PLAIN, ": %s: %s", check->id, *v->why ? v->why : check->title);
	if (*j->user && check->scope == CHECK_USER)
		out_print(out, OUT_PLAIN, " (user '%s')", j->user);
	out_print(out, OUT_PLAIN, "\n");
	if (*v->effect && !failing)
		out_print(out, OUT_DIM, "  effect: %s\n", v->effect);
	for (size_t f = 0; f < v->fix_count; f++)
		if (!is_done_by_us(v->fix[f]))
			out_print(out, OUT_PLAIN, "  to mend it: %s\n", v->fix[f]);
}

static void show_checks(
	const struct out *out, const struct args *args, const struct outcomes *outcomes)
{
	for (size_t n = 0; n < outcomes->judged_count; n++) {
		const struct judged *j = &outcomes->judged[n];

		for (size_t i = 0; i < check_count(); i++) {
			bool pending = outcome_is_pending(outcomes, check_at(i)->id);
			enum verdict_kind kind = j->verdicts[i].kind;

			if (!j->wanted[i] || pending)
				continue;
			/* what all users share is said once */
			if (n > 0 && check_at(i)->scope == CHECK_HOST)
				continue;
			if (kind == VERDICT_FAIL && !args->dry_run)
				show_check(out, j, i, true);
			else if (kind == VERDICT_WARN && !args->quiet &&
				 (!args->dry_run || args->boot_alone))
				show_check(out, j, i, false);
		}
	}
}

static const char *when(unsigned needs)
{
	if (needs & NEEDS_HINT)
		return "this was run in the tree";
	return needs & NEEDS_REBOOT ? "a reboot" : "the user's next login";
}

static void show_pending(const struct out *out, const struct outcomes *outcomes)
{
	for (size_t i = 0; i < outcomes->count; i++) {
		const struct outcome *o = &outcomes->changes[i];

		if (o->state != OUTCOME_PENDING)
			continue;
		out_print(out, OUT_YELLOW, "pending");
		out_print(out, OUT_PLAIN, ": %s: effective after %s", o->words, when(o->needs));
		if (*o->hint && o->needs & NEEDS_HINT)
			out_print(out, OUT_PLAIN, ": %s", o->hint);
		else if (*o->hint)
			out_print(out, OUT_PLAIN, ", or now with: %s", o->hint);
		out_print(out, OUT_DIM, "  [%s]\n", o->check);
	}
}

static void show_configuration(const struct out *out, const struct outcomes *outcomes)
{
	out_print(out, OUT_PLAIN, "%s:\n\n%s\n", OUTCOME_CONFIGURE,
		text_get(&outcomes->configuration));
	out_print(out, OUT_PLAIN, "nothing was changed\n");
}

static void show_sum(
	const struct out *out, const struct args *args, const struct outcomes *outcomes, int status)
{
	size_t done =
		outcome_count(outcomes, OUTCOME_DONE) + outcome_count(outcomes, OUTCOME_PENDING);

	if (args->dry_run && outcome_count(outcomes, OUTCOME_WOULD))
		out_print(out, OUT_PLAIN, "nothing was changed: this was a dry run\n");
	else if (*outcomes->run && done == 0)
		out_print(out, OUT_PLAIN,
			"no change was completed; 'rpod-setup undo %s' takes back "
			"what was begun\n",
			outcomes->run);
	else if (*outcomes->run)
		out_print(out, OUT_PLAIN,
			"%zu change%s made; 'rpod-setup undo %s' takes them back\n", done,
			done == 1 ? "" : "s", outcomes->run);
	else if (status == EXIT_CANNOT_PREPARE)
		out_print(out, OUT_PLAIN,
			"nothing was changed: what is amiss cannot be mended from within this "
			"host\n");
	else
		out_print(out, OUT_PLAIN, "nothing to change\n");
}

void show_result(
	const struct out *out, const struct args *args, const struct outcomes *outcomes, int status)
{
	show_failed_changes(out, args, outcomes);
	show_checks(out, args, outcomes);
	if (outcomes->configuration.length) {
		show_configuration(out, outcomes);
		return;
	}
	if (args->quiet)
		return;
	show_pending(out, outcomes);
	if (*outcomes->reboot_wanted)
		out_print(out, OUT_PLAIN, "a reboot is wanted by others too: %s\n",
			outcomes->reboot_wanted);
	show_sum(out, args, outcomes, status);
}

static const struct {
	const char *sign;
	enum out_colour colour;
} undone[OUTCOME_STATE_COUNT] = {
	[OUTCOME_DONE] = { "-", OUT_GREEN },
	[OUTCOME_ALREADY] = { "=", OUT_YELLOW },
	[OUTCOME_PENDING] = { "-", OUT_GREEN },
	[OUTCOME_FAILED] = { "!", OUT_RED },
	[OUTCOME_WOULD] = { "-", OUT_GREEN },
};

static void show_undone_sum(
	const struct out *out, const struct args *args, const struct outcomes *outcomes)
{
	size_t done = outcome_count(outcomes, OUTCOME_DONE);
	size_t failed = outcome_count(outcomes, OUTCOME_FAILED);
	size_t left = outcome_count(outcomes, OUTCOME_ALREADY);

	if (args->dry_run) {
		out_print(out, OUT_PLAIN, "nothing was changed: this was a dry run\n");
		return;
	}
	out_print(out, OUT_PLAIN, "%zu change%s taken back", done, done == 1 ? "" : "s");
	if (left)
		out_print(
			out, OUT_PLAIN, ", %zu left as %s", left, left == 1 ? "it is" : "they are");
	if (failed)
		out_print(out, OUT_PLAIN, ", %zu still to be taken back: 'rpod-setup undo %s'",
			failed, outcomes->run);
	else if (outcomes->earlier)
		out_print(out, OUT_PLAIN, "; 'rpod-setup undo' again takes back the run before it");
	out_print(out, OUT_PLAIN, "\n");
}

void show_undone(const struct out *out, const struct args *args, const struct outcomes *outcomes)
{
	if (!args->quiet && outcomes->count)
		out_print(out, OUT_BOLD, "%s run %s:\n",
			args->dry_run ? "would take back" : "taking back", outcomes->run);
	for (size_t i = 0; i < outcomes->count; i++) {
		const struct outcome *o = &outcomes->changes[i];

		if (!args->quiet || o->state == OUTCOME_FAILED)
			show_change(out, undone[o->state].colour, undone[o->state].sign, o);
	}
	for (size_t i = 0; args->diff && !args->quiet && i < outcomes->difference_count; i++)
		show_diff(out, &outcomes->differences[i]);
	if (!args->quiet && outcomes->count)
		show_undone_sum(out, args, outcomes);
	else if (!args->quiet)
		out_print(out, OUT_PLAIN, "nothing to take back: all of it was before\n");
}

void show_progress(const char *words)
{
	if (isatty(STDERR_FILENO) != 1)
		return;
	/* carriage return, and erase to the end of the line */
	(void)fprintf(stderr, words ? "\r\033[K%s ...\r" : "\r\033[K", words ? words : "");
	(void)fflush(stderr);
}
