/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/out.h"
#include "checks/check.h"
#include "setup/args.h"
#include "setup/entry.h"
#include "setup/outcome.h"
#include "setup/prepare.h"

static struct json *change(const struct outcome *o)
{
	struct json *object = json_new_object();

	json_set_text(object, "check", o->check);
	json_set_text(object, "kind", o->kind);
	json_set_text(object, "path", o->path);
	json_set_text(object, "text", o->words);
	json_set_text(object, "state", outcome_word(o->state));
	json_set_text(object, "error", *o->error ? o->error : NULL);
	if (*o->note)
		json_set_text(object, "note", o->note);
	if (*o->hint && o->state == OUTCOME_PENDING)
		json_set_text(object, "hint", o->hint);
	return object;
}

static struct json *difference(const struct difference *d)
{
	struct json *object = json_new_object();

	json_set_text(object, "before", d->before ? d->before : "");
	json_set_text(object, "after", d->after ? d->after : "");
	json_set_text(object, "before_header", d->before ? d->path : "/dev/null");
	json_set_text(object, "after_header", d->after ? d->path : "/dev/null");
	return object;
}

static struct json *evidence(const struct evidence *e)
{
	struct json *object = json_new_object();

	json_set_text(object, "source", e->source);
	json_set_text(object, "found", e->found);
	json_set_text(object, "wanted", e->wanted);
	return object;
}

static struct json *verdict(const struct check *check, const struct verdict *v)
{
	struct json *object = json_new_object();
	struct json *found = json_new_array(), *fixes = json_new_array();

	json_set_text(object, "id", check->id);
	json_set_text(object, "title", check->title);
	json_set_text(object, "verdict", verdict_word(v->kind));
	json_set_text(object, "why", v->why);
	for (size_t i = 0; i < v->evidence_count; i++)
		json_add(found, evidence(&v->evidence[i]));
	json_set(object, "evidence", found);
	json_set_text(object, "effect", v->effect);
	for (size_t i = 0; i < v->fix_count; i++)
		json_add(fixes, json_new_text(v->fix[i]));
	json_set(object, "fix", fixes);
	json_set_text(object, "skipped_because", v->skipped_because);
	json_set_text(object, "see", check->see);
	json_set_number(object, "ms", 0);
	return object;
}

/* The checks of several users stand one after another; "user" tells them apart. */
static struct json *verdicts(const struct outcomes *outcomes)
{
	struct json *array = json_new_array();

	for (size_t n = 0; n < outcomes->judged_count; n++) {
		const struct judged *j = &outcomes->judged[n];

		for (size_t i = 0; i < check_count(); i++) {
			struct json *object;

			if (!j->wanted[i] || (n > 0 && check_at(i)->scope == CHECK_HOST))
				continue;
			object = verdict(check_at(i), &j->verdicts[i]);
			if (outcomes->judged_count > 1)
				json_set_text(object, "user",
					check_at(i)->scope == CHECK_HOST ? NULL : j->user);
			json_add(array, object);
		}
	}
	return array;
}

static void set_message(struct json *report, const struct args *args, int status,
	const struct outcomes *outcomes, const struct error *err)
{
	size_t would = outcome_count(outcomes, OUTCOME_WOULD);
	size_t done =
		outcome_count(outcomes, OUTCOME_DONE) + outcome_count(outcomes, OUTCOME_PENDING);
	_cleanup_text_ struct text message = { 0 };

	if (err && err->code)
		text_add(&message, err->text);
	else if (outcomes->configuration.length)
		text_add(&message, OUTCOME_CONFIGURE);
	else if (args->dry_run)
		text_addf(&message, "%zu changes to %s", would,
			outcomes->taken_back ? "take back" : "make");
	else if (*outcomes->run)
		text_addf(&message, "%zu changes %s run %s", done,
			outcomes->taken_back ? "taken back of" : "made in", outcomes->run);
	else if (status == EXIT_CANNOT_PREPARE)
		text_add(&message, OUTCOME_NOT_FROM_HERE);
	else
		text_addf(&message, "nothing to %s", outcomes->taken_back ? "take back" : "change");
	if (prepare_still_failing(outcomes) > 0 && !args->dry_run)
		text_addf(&message, "; %d checks still fail", prepare_still_failing(outcomes));
	json_set_text(report, "msg", text_get(&message));
}

struct json *report_new(const struct args *args, const struct outcomes *outcomes, int status,
	const struct error *err)
{
	struct json *report = json_new_object();
	struct json *changes = json_new_array(), *differences = json_new_array();
	bool changed = *outcomes->run || outcome_count(outcomes, OUTCOME_WOULD);

	json_set_text(report, "schema", "rpod-setup/1");
	json_set_bool(report, "changed", changed);
	json_set_bool(
		report, "failed", status != 0 && status != EXIT_CHANGED && status != EXIT_REBOOT);
	json_set_bool(report, "reboot_required", outcome_needs(outcomes, NEEDS_REBOOT));
	if (*outcomes->reboot_wanted)
		json_set_text(report, "reboot_wanted_by", outcomes->reboot_wanted);
	json_set_bool(report, "relogin_required", outcome_needs(outcomes, NEEDS_RELOGIN));
	json_set_text(report, "run", *outcomes->run ? outcomes->run : NULL);
	set_message(report, args, status, outcomes, err);
	if (outcomes->configuration.length)
		json_set_text(report, "configuration", text_get(&outcomes->configuration));
	for (size_t i = 0; i < outcomes->count; i++)
		json_add(changes, change(&outcomes->changes[i]));
	json_set(report, "changes", changes);
	for (size_t i = 0; i < outcomes->difference_count; i++)
		json_add(differences, difference(&outcomes->differences[i]));
	json_set(report, "diff", differences);
	json_set(report, "checks", verdicts(outcomes));
	return report;
}

int report_print(struct json *report)
{
	const char *text = json_print(report, true);

	if (!text || puts(text) == EOF)
		return -EIO;
	return out_finish();
}
