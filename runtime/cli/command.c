/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "runtime/oci/userns.h"

int command_enter(struct place *ret, struct error *err)
{
	int r;

	r = place_open(ret, err);
	if (r < 0)
		return r;
	r = userns_enter(NULL, err);
	if (r < 0) {
		place_close(ret);
		diagnose(err);
	}
	return r;
}

void subject_done(struct subject *subject)
{
	container_close(&subject->container);
	settings_done(&subject->settings);
}

int subject_open(
	struct subject *ret, const struct place *place, const char *word, struct error *err)
{
	struct subject subject = SUBJECT_NONE;
	int r;

	settings_init(&subject.settings);
	r = container_open(&subject.container, place, word, err);
	if (r < 0)
		return r;
	subject.broken = settings_read(&subject.settings, subject.container.dir_fd) < 0;
	state_read(&subject.container, subject.settings.started, &subject.state);
	*ret = subject;
	return 0;
}

static int newer_first(const void *a, const void *b)
{
	const struct subject *x = a, *y = b;

	return (x->settings.created < y->settings.created) -
	       (x->settings.created > y->settings.created);
}

int subjects_open(struct subjects *ret, const struct place *place, struct error *err)
{
	_cleanup_text_list_ struct text_list ids = { 0 };
	struct subjects subjects = { 0 };
	int r;

	r = container_list(place, &ids, err);
	if (r < 0)
		return r;
	subjects.items = calloc(ids.count + 1, sizeof(*subjects.items));
	if (!subjects.items)
		return error_set(err, -ENOMEM, "cannot list the containers");
	for (size_t i = 0; i < ids.count; i++) {
		struct error gone = { 0 }; /* removed meanwhile */

		if (subject_open(&subjects.items[subjects.count], place, ids.items[i], &gone) >= 0)
			subjects.count++;
	}
	qsort(subjects.items, subjects.count, sizeof(*subjects.items), newer_first);
	*ret = subjects;
	return 0;
}

void subjects_done(struct subjects *subjects)
{
	for (size_t i = 0; i < subjects->count; i++)
		subject_done(&subjects->items[i]);
	free(subjects->items);
	*subjects = (struct subjects){ 0 };
}

int command_need(const char *program, int operands, int least, int most, struct error *err)
{
	if (operands >= least && (most < 0 || operands <= most))
		return 0;
	(void)error_say(err, -EINVAL, "%s; see '%s --help'",
		operands < least ? "missing argument" : "too many arguments", program);
	return error_exit(err, EXIT_RPOD);
}

struct outcome {
	const char *program;
	int code;
};

/* Earlier failures are printed as they happen; main prints the last. */
static void note(struct outcome *outcome, struct error *last, const struct error *err)
{
	if (outcome->code < 0)
		out_error(outcome->program, last);
	*last = *err;
	outcome->code = err->code;
}

static void act_on_all(const struct command_each *each, const struct place *place,
	struct outcome *outcome, struct error *last)
{
	_cleanup_subjects_ struct subjects subjects = { 0 };
	struct error err = { 0 };

	if (subjects_open(&subjects, place, &err) < 0) {
		note(outcome, last, &err);
		return;
	}
	for (size_t i = 0; i < subjects.count; i++) {
		struct subject *subject = &subjects.items[i];

		err = (struct error){ 0 };
		if (each->running_only && subject->state.kind != STATE_RUNNING)
			continue;
		if (each->act(subject, place, each->arg, &err) < 0)
			note(outcome, last, &err);
	}
}

static void act_on_word(const struct command_each *each, const struct place *place,
	const char *word, struct outcome *outcome, struct error *last)
{
	_cleanup_subject_ struct subject subject = SUBJECT_NONE;
	struct error err = { 0 };
	int r;

	settings_init(&subject.settings);
	r = subject_open(&subject, place, word, &err);
	if (r == -ENOENT && each->ignore_missing)
		return;
	if (r >= 0)
		r = each->act(&subject, place, each->arg, &err);
	if (r < 0)
		note(outcome, last, &err);
}

int command_each(const struct command_each *each, const struct place *place, struct error *err)
{
	struct outcome outcome = { .program = each->program };

	if (each->all)
		act_on_all(each, place, &outcome, err);
	for (int i = 0; !each->all && i < each->count; i++)
		act_on_word(each, place, each->words[i], &outcome, err);
	return outcome.code;
}
