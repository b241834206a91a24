/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cli.h"
#include "base/json.h"
#include "base/out.h"
#include "base/version.h"
#include "checks/dropin.h"
#include "checks/plan.h"
#include "host/os.h"
#include "host/root.h"
#include "host/stock.h"
#include "setup/args.h"
#include "setup/commands.h"
#include "setup/export-quote.h"
#include "setup/kind.h"
#include "setup/prepare.h"

/* In a file that no journal knows of the usual header would promise what 'undo' cannot do. */
#define HEADER "# Made by rpod-setup(8), export.\n"

static const struct format *const formats[] = {
	&format_cloud_init,
	&format_butane,
	&format_kickstart,
	&format_ansible,
	&format_shell,
};

static const struct format *find_format(const char *word)
{
	for (size_t i = 0; word && i < ARRAY_SIZE(formats); i++)
		if (strcmp(formats[i]->word, word) == 0)
			return formats[i];
	return NULL;
}

void export_cannot(struct export *x, const struct change *change, const char *why)
{
	_cleanup_text_ struct text words = { 0 };

	kind_of(change->kind)->words(change, &words);
	(void)!text_list_addf(&x->cannot, "not done: %s: %s", text_get(&words), why);
}

const char *export_shell(const struct export *x, const struct change *user)
{
	if (*user->text)
		return user->text;
	if (user->count)
		return x->os->family == OS_REDHAT ? "/sbin/nologin" : "/usr/sbin/nologin";
	return x->os->family == OS_ALPINE ? "/bin/sh" : "/bin/bash";
}

void export_packages(const struct export *x, struct text_list *ret)
{
	for (size_t i = 0; x->packages && i < x->plan->count; i++) {
		const struct change *c = &x->plan->changes[i];
		size_t n;

		if (c->kind != CHANGE_PACKAGE || strcmp(c->text, PLAN_NO_PACKAGE) == 0)
			continue;
		for (const char *at = c->name; *at; at += n) {
			_cleanup_text_ struct text name = { 0 };

			at += strspn(at, " ");
			n = strcspn(at, " ");
			text_add_bytes(&name, at, n);
			if (n > 0 && !text_list_has(ret, text_get(&name)))
				(void)!text_list_add(ret, text_get(&name));
		}
	}
}

/* Those that nobody asked to be installed, which the output takes to be there, and those that the
 * release has not. */
static void missing_packages(struct export *x)
{
	for (size_t i = 0; i < x->plan->count; i++) {
		const struct change *c = &x->plan->changes[i];

		if (c->kind != CHANGE_PACKAGE)
			continue;
		if (strcmp(c->text, PLAN_NO_PACKAGE) == 0)
			export_cannot(x, c, "this release has no such package");
		else if (!x->packages)
			export_cannot(x, c, "install it first, or give --packages");
	}
}

void export_header(const struct export *x, struct text *ret)
{
	_cleanup_text_ struct text line = { 0 };

	text_addf(&line, "Made by rpod-setup " RPOD_VERSION ": %s", x->command);
	quote_comment(ret, text_get(&line));
	text_addf(ret, "# For a new host of %s%s.\n", *x->os->pretty ? x->os->pretty : x->os->id,
		x->reboot ? "; it needs a reboot at the end" : "");
}

void export_missing(const struct export *x, struct text *ret)
{
	for (size_t i = 0; i < x->cannot.count; i++)
		quote_comment(ret, x->cannot.items[i]);
}

static int usage(struct error *err)
{
	return error_exit(err, CLI_USAGE);
}

static int check_format(const struct args *args, const struct format **ret, struct error *err)
{
	_cleanup_text_ struct text known = { 0 };

	*ret = find_format(args->format);
	if (*ret)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		text_addf(&known, "%s%s", i ? ", " : "", formats[i]->word);
	(void)error_say(err, -EINVAL, "%s%s%s; known formats are: %s",
		args->format ? "'--format " : "'export' needs --format F",
		args->format ? args->format : "", args->format ? "' is none" : "",
		text_get(&known));
	return usage(err);
}

/* The distribution the output is for: the format's own, or the tree's. */
static int read_os(const struct args *args, const struct format *format, struct os *ret,
	struct text *release, struct error *err)
{
	_cleanup_root_ struct root root = { .fd = -1, .record_fd = -1 };
	int r;

	if (format->release) {
		*ret = (struct os){ .state = FACT_KNOWN, .ostree = true };
		text_add(release, format->release);
		os_parse(ret, format->release, strlen(format->release));
		return 0;
	}
	r = root_open(args->root, &root, err);
	if (r < 0)
		return r;
	os_read(ret, &root);
	r = root_read(&root, "/etc/os-release", ROOT_READ_LIMIT, release);
	if (r == -ENOENT)
		r = root_read(&root, "/usr/lib/os-release", ROOT_READ_LIMIT, release);
	return r < 0 ? error_set(err, r, "cannot read the os-release of '%s'", args->root) : 0;
}

static int open_stock(const struct args *args, const struct format *format, struct os *ret_os,
	struct root *ret, struct error *err)
{
	_cleanup_text_ struct text release = { 0 };
	const char *why;
	int r = read_os(args, format, ret_os, &release, err);

	if (r < 0)
		return r;
	why = format->refuses ? format->refuses(ret_os) : NULL;
	if (why)
		r = error_say(err, -EOPNOTSUPP, "cannot export '%s' for %s: %s", format->word,
			ret_os->pretty, why);
	else
		r = stock_open(ret_os, text_get(&release), ret, err);
	return r == -EOPNOTSUPP ? error_exit(err, EXIT_CANNOT_PREPARE) : r;
}

/* What of a plan the next one has to count with. */
static int note(struct root *stock, const struct change *c)
{
	switch (c->kind) {
	case CHANGE_FILE:
		return stock_add_file(stock, c->path, c->text);
	case CHANGE_SUBID:
		return stock_add_range(stock, c->name, c->number, c->count);
	default:
		return 0;
	}
}

static int make_user(const struct args *args, struct root *stock, const char *name)
{
	_cleanup_text_ struct text home = { 0 };

	if (args->request.home)
		text_add(&home, args->request.home);
	else
		text_addf(&home, "/home/%s", name);
	return text_failed(&home) ? -ENOMEM : stock_add_user(stock, name, text_get(&home));
}

/* As prepare_user() does it: first the user alone, then, on the host that has him, all that is his. */
static int plan_user_of(struct prepare *p, const char *user, struct plan *plan, struct error *err)
{
	_cleanup_plan_ struct plan first = { 0 }, all = { 0 };
	int r = user ? prepare_plan(p, user, &first, err) : 0;

	plan_keep(&first, CHANGE_USER);
	if (r >= 0 && user && make_user(p->args, p->root, user) < 0)
		r = error_set(err, -ENOMEM, "cannot describe a new host");
	if (r >= 0)
		r = prepare_plan(p, user, &all, err);
	if (r < 0)
		return r;
	for (size_t i = 0; r >= 0 && i < all.count; i++)
		r = note(p->root, &all.changes[i]);
	plan_join(plan, &first);
	plan_join(plan, &all);
	return r < 0 || plan->failed ? error_set(err, -ENOMEM, "cannot keep the plan") : 0;
}

/* The files of a plan under the header that is true there. */
static int put_header(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct change *c = &plan->changes[i];
		_cleanup_text_ struct text content = { 0 };

		if (!text_starts(c->text, DROPIN_HEADER))
			continue;
		text_addf(&content, HEADER "%s", c->text + strlen(DROPIN_HEADER));
		if (text_failed(&content))
			return -ENOMEM;
		free(c->text);
		c->text = text_take(&content);
	}
	return 0;
}

static bool is_sayable(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct change *c = &plan->changes[i];

		if (!text_is_utf8(c->path, strlen(c->path)) ||
			!text_is_utf8(c->text, strlen(c->text)))
			return false;
	}
	return true;
}

static int check_home(const struct args *args, struct error *err)
{
	const char *home = args->request.home;

	if (!home || (!strpbrk(home, ":\n") && !text_ends(home, "/")))
		return 0;
	(void)error_say(err, -EINVAL,
		"'%s' can be no home: it must be an absolute path without ':' and without '/' at "
		"its end",
		home);
	return usage(err);
}

static int plan_all(struct prepare *p, int argc, char *argv[], struct plan *plan, struct error *err)
{
	int r = p->subject->takes_users ? 0 : plan_user_of(p, NULL, plan, err);

	for (int i = 1; r >= 0 && p->subject->takes_users && i < argc; i++)
		r = plan_user_of(p, argv[i], plan, err);
	if (r < 0)
		return r;
	if (put_header(plan) < 0)
		return error_set(err, -ENOMEM, "cannot keep the plan");
	if (is_sayable(plan))
		return 0;
	(void)error_say(err, -EILSEQ, "a path in the plan is not UTF-8: no format can hold it");
	return usage(err);
}

static int print_json(const struct format *format, const struct export *x, const char *content)
{
	_cleanup_json_ struct json *all = json_new_object(), *warnings = json_new_array();

	for (size_t i = 0; i < x->cannot.count; i++)
		json_add(warnings, json_new_text(x->cannot.items[i]));
	json_set_text(all, "schema", "rpod-setup-export/1");
	json_set_text(all, "format", format->word);
	json_set_bool(all, "reboot_required", x->reboot);
	json_set(all, "warnings", warnings);
	warnings = NULL;
	json_set_text(all, "content", content);
	return printf("%s\n", json_print(all, true)) < 0 ? -EIO : 0;
}

static int print(const struct args *args, const struct format *format, const struct plan *plan,
	const struct os *os, struct error *err)
{
	_cleanup_text_ struct text content = { 0 };
	struct export x = {
		.plan = plan,
		.os = os,
		.command = args->command,
		.ids = args->request.subid_count,
		.packages = args->request.packages,
	};

	for (size_t i = 0; i < plan->count; i++)
		x.reboot = x.reboot || plan->changes[i].kind == CHANGE_KERNEL_ARG;
	missing_packages(&x);
	format->print(&x, &content);
	if (text_failed(&content)) {
		text_list_done(&x.cannot);
		return error_set(err, -ENOMEM, "cannot write the export");
	}
	if (args->json)
		(void)print_json(format, &x, text_get(&content));
	else
		(void)fputs(text_get(&content), stdout);
	for (size_t i = 0; i < x.cannot.count; i++)
		out_warning("rpod-setup", "%s", x.cannot.items[i]);
	text_list_done(&x.cannot);
	return 0;
}

int command_export(const struct args *args, int argc, char *argv[], struct error *err)
{
	_cleanup_root_ struct root stock = { .fd = -1, .record_fd = -1 };
	_cleanup_plan_ struct plan plan = { 0 };
	struct prepare p = { .args = args, .root = &stock };
	const struct format *format;
	struct os os;
	int r = check_format(args, &format, err);

	if (r < 0)
		return r;
	if (argc < 2) {
		(void)error_say(err, -EINVAL,
			"'export' needs what is to be exported: user NAME..., host, or a step");
		return usage(err);
	}
	r = command_subject(args, argc - 1, argv + 1, &p.subject, err);
	if (r >= 0)
		r = check_home(args, err);
	if (r >= 0)
		r = open_stock(args, format, &os, &stock, err);
	if (r >= 0)
		r = plan_all(&p, argc - 1, argv + 1, &plan, err);
	return r < 0 ? r : print(args, format, &plan, &os, err);
}
