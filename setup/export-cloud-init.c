/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User data for cloud-init. Files are written before users are made, so a file in a home is a step
 * of the script; the script runs last, once per instance, when packages and users are there. Nothing
 * in it waits for D-Bus without a limit: logind may be waiting for the boot that waits for us.
 */
#include "setup/export-quote.h"
#include "setup/export-step.h"
#include "setup/export.h"

enum {
	CONTENT_INDENT = 6
};

/* The first of a list is preceded by its key. */
static void key(bool *begun, const char *name, struct text *ret)
{
	if (!*begun)
		text_addf(ret, "\n%s\n", name);
	*begun = true;
}

static void users(const struct export *x, struct text *ret)
{
	bool begun = false;

	for (size_t i = 0; i < x->plan->count; i++) {
		const struct change *c = &x->plan->changes[i];

		/* cloud-init makes no home for a service account: the script makes both */
		if (c->kind != CHANGE_USER || c->count)
			continue;
		/* without it the image's own user, and with him the way in, would be gone */
		key(&begun, "users:\n  - default", ret);
		text_add(ret, "  - name: ");
		quote_yaml(ret, c->name);
		if (*c->path) {
			text_add(ret, "\n    homedir: ");
			quote_yaml(ret, c->path);
		}
		if (c->number)
			text_addf(ret, "\n    uid: %llu", (unsigned long long)c->number);
		text_add(ret, "\n    shell: ");
		quote_yaml(ret, export_shell(x, c));
		text_add(ret, "\n    lock_passwd: true\n");
	}
}

static void packages(const struct export *x, struct text *ret)
{
	_cleanup_text_list_ struct text_list names = { 0 };
	bool begun = false;

	export_packages(x, &names);
	for (size_t i = 0; i < names.count; i++) {
		key(&begun, "package_update: true\npackages:", ret);
		text_add(ret, "  - ");
		quote_yaml(ret, names.items[i]);
		text_add(ret, "\n");
	}
}

static void files(const struct export *x, struct text *ret)
{
	bool begun = false;

	for (size_t i = 0; i < x->plan->count; i++) {
		const struct change *c = &x->plan->changes[i];

		if (c->kind != CHANGE_FILE)
			continue;
		key(&begun, "write_files:", ret);
		text_add(ret, "  - path: ");
		quote_yaml(ret, c->path);
		text_addf(ret, "\n    owner: root:root\n    permissions: \"%04o\"\n    content: ",
			(unsigned)c->mode);
		quote_yaml_block(ret, CONTENT_INDENT, c->text);
	}
}

/* useradd's defaults leave a home open to all on some hosts; those of the script are closed by it. */
static void close_homes(const struct export *x, struct text *ret)
{
	for (size_t i = 0; i < x->plan->count; i++)
		if (x->plan->changes[i].kind == CHANGE_USER && !x->plan->changes[i].count)
			text_addf(ret, "  - [sh, -c, \"chmod 0700 ~%s\"]\n",
				x->plan->changes[i].name);
}

static void commands(struct export *x, struct text *ret)
{
	step_kinds own = STEP(CHANGE_FILE) | (x->packages ? STEP(CHANGE_PACKAGE) : 0);
	_cleanup_text_ struct text script = { 0 };

	step_script(x, STEP_ALL & ~own, "", &script);
	if (script.length == 0)
		return;
	/* a reboot is power_state's, and no failure */
	text_add(&script, "[ $? -ne 1 ]\n");
	text_add(ret, "\nruncmd:\n");
	close_homes(x, ret);
	text_add(ret, "  - - sh\n    - -c\n    - ");
	quote_yaml_block(ret, CONTENT_INDENT, text_get(&script));
}

static void print(struct export *x, struct text *ret)
{
	_cleanup_text_ struct text body = { 0 };

	users(x, &body);
	packages(x, &body);
	files(x, &body);
	commands(x, &body);
	if (x->reboot)
		text_add(&body, "\npower_state:\n  mode: reboot\n  message: kernel arguments for "
				"containers become effective\n");
	text_add(ret, "#cloud-config\n");
	export_header(x, ret);
	export_missing(x, ret);
	text_add(ret, text_get(&body));
}

const struct format format_cloud_init = { .word = "cloud-init", .print = print };
