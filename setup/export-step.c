/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/export-step.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "gen/export-steps.h"
#include "setup/export-quote.h"
#include "setup/export.h"

/* Arguments as letters: n name, w its words, p path, t text, m mode, # number, s count, c how many
 * ids the user is to have in the end: what is free is the host's to say. */
static const struct step {
	const char *function;
	const char *arguments;
} steps[] = {
	[CHANGE_USER] = { "rpod_user", "npt#s" },
	[CHANGE_PACKAGE] = { "rpod_package", "w" },
	[CHANGE_SUBID] = { "rpod_subid", "nc" },
	[CHANGE_FILE] = { "rpod_file", "pmt" },
	[CHANGE_USER_FILE] = { "rpod_user_file", "npmt" },
	[CHANGE_MODE] = { "rpod_mode", "pm" },
	[CHANGE_CAPS] = { "rpod_caps", "pt" },
	[CHANGE_SYSCTL] = { "rpod_sysctl", "nt" },
	[CHANGE_MODULE] = { "rpod_module", "n" },
	[CHANGE_SHARE] = { "rpod_share", "" },
	[CHANGE_KERNEL_ARG] = { "rpod_kernel_arg", "n" },
	[CHANGE_LINGER] = { "rpod_linger", "n" },
	[CHANGE_RELOAD] = { "rpod_reload", "" },
	[CHANGE_DELEGATE] = { "rpod_delegate", "nt" },
	[CHANGE_LIMIT] = { "rpod_limit", "nt#" },
	[CHANGE_DIRECTORY] = { "rpod_directory", "npm" },
	[CHANGE_LABEL] = { "rpod_label", "pt" },
	[CHANGE_APPARMOR] = { "rpod_apparmor", "p" },
	[CHANGE_PORT] = { "rpod_port", "n" },
	[CHANGE_USER_UNIT] = { "rpod_user_file", "npmt" },
};
_Static_assert(ARRAY_SIZE(steps) == CHANGE_KIND_COUNT, "every kind of change has its step");
_Static_assert(CHANGE_KIND_COUNT <= 64, "step_kinds has a bit for each");

static void add_argument(
	const struct export *x, const struct change *c, char letter, struct text *ret)
{
	text_add(ret, " ");
	switch (letter) {
	case 'w': /* names of packages: nothing in them needs quotes */
		text_add(ret, c->name);
		break;
	case 'n':
		quote_shell(ret, c->name);
		break;
	case 'p':
		quote_shell(ret, c->path);
		break;
	case 't':
		quote_shell(ret, c->text);
		break;
	case 'm':
		text_addf(ret, "%04o", (unsigned)c->mode);
		break;
	case 's':
		text_addf(ret, "%llu", (unsigned long long)c->count);
		break;
	case '#':
		text_addf(ret, "%llu", (unsigned long long)c->number);
		break;
	default:
		text_addf(ret, "%llu", (unsigned long long)x->ids);
	}
}

bool step_call(const struct export *x, const struct change *change, struct text *ret)
{
	const struct step *step = &steps[change->kind];

	if (!step->function)
		return false;
	if (change->kind == CHANGE_PACKAGE && strcmp(change->text, PLAN_NO_PACKAGE) == 0)
		return true; /* told already: no release has it */
	text_add(ret, change->kind == CHANGE_PACKAGE && !x->packages ? "rpod_needs_package"
								     : step->function);
	for (const char *letter = step->arguments; *letter; letter++)
		add_argument(x, change, *letter, ret);
	text_add(ret, "\n");
	return true;
}

/* A paragraph of export-steps.sh with a function; its name and length. NULL at the end. */
static const char *next_function(const char *at, char name[64], size_t *ret_length)
{
	while (*(at += strspn(at, "\n"))) {
		const char *end = strstr(at, "\n\n"), *parens = strstr(at, "() {"), *start;

		end = end ? end + 1 : at + strlen(at);
		if (parens && parens < end) {
			for (start = parens; start > at && start[-1] != '\n'; start--)
				;
			(void)snprintf(name, 64, "%.*s", (int)(parens - start), start);
			*ret_length = (size_t)(end - at);
			return at;
		}
		at = *end ? end + 1 : end;
	}
	return NULL;
}

/* As a word by itself: rpod_subid is not in rpod_subid_range. */
static bool calls_it(const char *script, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = script; (at = strstr(at, name)); at += length)
		if (at[length] != '_' && !isalnum((unsigned char)at[length]) &&
			(at == script || (at[-1] != '_' && !isalnum((unsigned char)at[-1]))))
			return true;
	return false;
}

void step_functions(const char *calls, struct text *ret)
{
	const char *all = (const char *)export_steps;
	_cleanup_text_ struct text used = { 0 };
	size_t before, length;
	char name[64];

	text_add(&used, calls);
	/* what a function calls is found by looking again, until nothing new comes */
	do {
		before = ret->length;
		for (const char *at = all; (at = next_function(at, name, &length)); at += length) {
			_cleanup_text_ struct text body = { 0 };

			text_add_bytes(&body, at, length);
			text_add(&body, "\n");
			if (!calls_it(text_get(&used), name) ||
				strstr(text_get(ret), text_get(&body)))
				continue;
			text_add(ret, text_get(&body));
			text_add(&used, text_get(&body));
		}
	} while (ret->length != before);
}

static bool has(const struct plan *plan, enum change_kind kind)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->changes[i].kind == kind)
			return true;
	return false;
}

void step_script(struct export *x, step_kinds kinds, const char *begin, struct text *ret)
{
	_cleanup_text_ struct text calls = { 0 };
	size_t before;

	text_addf(&calls, "rpod_begin\n%s", begin);
	/* units that the format has written itself */
	if (!(kinds & STEP(CHANGE_FILE)) && has(x->plan, CHANGE_RELOAD))
		text_add(&calls, "units=changed\n");
	before = calls.length;
	for (size_t i = 0; i < x->plan->count; i++) {
		const struct change *c = &x->plan->changes[i];

		if (kinds & STEP(c->kind) && !step_call(x, c, &calls))
			export_cannot(x, c, "no script can do it");
	}
	if (calls.length == before)
		return;
	text_add(&calls, "rpod_end\n");
	step_functions(text_get(&calls), ret);
	text_add(ret, text_get(&calls));
}
