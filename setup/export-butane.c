/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Butane for Fedora CoreOS. Ignition lays all of it before the first boot, so what rpod-setup does
 * to a running host (reloads, live values, modules, managers) is done by that boot itself. What
 * needs the host's own tools is a unit of the first boot.
 */
#include <string.h>

#include "setup/export-quote.h"
#include "setup/export-step.h"
#include "setup/export.h"

#define SCRIPT_PATH "/etc/rpod/first-boot.sh"
#define DONE_PATH   "/var/lib/rpod/first-boot-done"

enum {
	INLINE_INDENT = 10
};

/* Kinds that the format has words for, or that the first boot does because of their files. */
static const step_kinds own = STEP(CHANGE_USER) | STEP(CHANGE_FILE) | STEP(CHANGE_USER_FILE) |
			      STEP(CHANGE_KERNEL_ARG) | STEP(CHANGE_LINGER) | STEP(CHANGE_SYSCTL) |
			      STEP(CHANGE_MODULE) | STEP(CHANGE_RELOAD) | STEP(CHANGE_DELEGATE) |
			      STEP(CHANGE_PACKAGE);

static const char unit[] = "[Unit]\n"
			   "Description=Finish preparing this host for containers without root\n"
			   "ConditionPathExists=!" DONE_PATH "\n"
			   "\n"
			   "[Service]\n"
			   "Type=oneshot\n"
			   "ExecStart=/bin/sh " SCRIPT_PATH "\n"
			   "ExecStartPost=/bin/mkdir -p /var/lib/rpod\n"
			   "ExecStartPost=/bin/touch " DONE_PATH "\n"
			   "\n"
			   "[Install]\n"
			   "WantedBy=multi-user.target\n";

static void key(bool *begun, const char *name, struct text *ret)
{
	if (!*begun)
		text_addf(ret, "%s\n", name);
	*begun = true;
}

static bool is_writable_there(const char *home)
{
	return !*home || text_starts(home, "/var/") || text_starts(home, "/home/");
}

static void users(struct export *x, struct text *ret)
{
	bool begun = false;

	for (size_t i = 0; i < x->plan->count; i++) {
		const struct change *c = &x->plan->changes[i];

		if (c->kind != CHANGE_USER)
			continue;
		if (!is_writable_there(c->path))
			export_cannot(x, c,
				"its home lies on the read-only root of such a host; "
				"give a --home below /var");
		key(&begun, "passwd:\n  users:", ret);
		text_add(ret, "    - name: ");
		quote_yaml(ret, c->name);
		if (*c->path) {
			text_add(ret, "\n      home_dir: ");
			quote_yaml(ret, c->path);
		}
		if (c->number)
			text_addf(ret, "\n      uid: %llu", (unsigned long long)c->number);
		if (c->count)
			text_add(ret, "\n      system: true");
		text_add(ret, "\n      shell: ");
		quote_yaml(ret, export_shell(x, c));
		text_add(ret, "\n");
	}
}

static void kernel_arguments(const struct export *x, struct text *ret)
{
	bool begun = false;

	for (size_t i = 0; i < x->plan->count; i++) {
		if (x->plan->changes[i].kind != CHANGE_KERNEL_ARG)
			continue;
		key(&begun, "kernel_arguments:\n  should_exist:", ret);
		text_add(ret, "    - ");
		quote_yaml(ret, x->plan->changes[i].name);
		text_add(ret, "\n");
	}
}

static void owner(struct text *ret, const char *user)
{
	if (!*user)
		return;
	text_add(ret, "\n      user:\n        name: ");
	quote_yaml(ret, user);
	text_add(ret, "\n      group:\n        name: ");
	quote_yaml(ret, user);
}

static void directory(bool *begun, const char *path, const char *user, struct text *ret)
{
	key(begun, "  directories:", ret);
	text_add(ret, "    - path: ");
	quote_yaml(ret, path);
	text_add(ret, "\n      mode: 0700");
	owner(ret, user);
	text_add(ret, "\n");
}

/* Homes, open to their users alone; and what Ignition makes above a file is root's: in a home each
 * directory is to be said. */
static void directories(const struct export *x, struct text *ret)
{
	_cleanup_text_list_ struct text_list said = { 0 };
	bool begun = false;

	for (size_t i = 0; i < x->plan->count; i++) {
		const struct change *c = &x->plan->changes[i];
		const char *from = c->kind == CHANGE_USER_FILE ? strstr(c->path, "/.") : NULL;

		if (c->kind == CHANGE_USER && *c->path)
			directory(&begun, c->path, c->name, ret);
		while (from && (from = strchr(from + 1, '/'))) {
			_cleanup_text_ struct text path = { 0 };

			text_add_bytes(&path, c->path, (size_t)(from - c->path));
			if (!text_list_has(&said, text_get(&path)) &&
				text_list_add(&said, text_get(&path)) == 0)
				directory(&begun, text_get(&path), c->name, ret);
		}
	}
}

static void file(
	struct text *ret, const char *path, mode_t mode, const char *user, const char *content)
{
	text_add(ret, "    - path: ");
	quote_yaml(ret, path);
	text_addf(ret, "\n      mode: %04o\n      overwrite: true", (unsigned)mode);
	owner(ret, user);
	text_add(ret, "\n      contents:\n        inline: ");
	quote_yaml_block(ret, INLINE_INDENT, content);
}

static void files(const struct export *x, const char *script, struct text *ret)
{
	bool begun = false;

	for (size_t i = 0; i < x->plan->count; i++) {
		const struct change *c = &x->plan->changes[i];
		_cleanup_text_ struct text linger = { 0 };

		if (STEP(c->kind) &
			(STEP(CHANGE_FILE) | STEP(CHANGE_USER_FILE) | STEP(CHANGE_LINGER)))
			key(&begun, "  files:", ret);
		text_addf(&linger, "/var/lib/systemd/linger/%s", c->name);
		if (c->kind == CHANGE_LINGER)
			file(ret, text_get(&linger), 0644, "", "");
		else if (c->kind == CHANGE_FILE || c->kind == CHANGE_USER_FILE)
			file(ret, c->path, c->mode, c->name, c->text);
	}
	if (!*script)
		return;
	key(&begun, "  files:", ret);
	file(ret, SCRIPT_PATH, 0755, "", script);
}

static void packages(struct export *x)
{
	for (size_t i = 0; x->packages && i < x->plan->count; i++)
		if (x->plan->changes[i].kind == CHANGE_PACKAGE)
			export_cannot(x, &x->plan->changes[i],
				"Butane installs none; layer it with rpm-ostree");
}

static void print(struct export *x, struct text *ret)
{
	_cleanup_text_ struct text script = { 0 }, body = { 0 }, storage = { 0 };

	step_script(x, STEP_ALL & ~own, "", &script);
	packages(x);
	users(x, &body);
	kernel_arguments(x, &body);
	directories(x, &storage);
	files(x, text_get(&script), &storage);
	if (storage.length)
		text_addf(&body, "storage:\n%s", text_get(&storage));
	if (script.length) {
		text_add(&body, "systemd:\n  units:\n    - name: rpod-first-boot.service\n"
				"      enabled: true\n      contents: ");
		quote_yaml_block(&body, 8, unit);
	}
	export_header(x, ret);
	export_missing(x, ret);
	text_addf(ret, "variant: fcos\nversion: 1.4.0\n%s", text_get(&body));
}

const struct format format_butane = {
	.word = "butane",
	.release = "ID=fedora\nVERSION_ID=42\nVARIANT_ID=coreos\nPRETTY_NAME=\"Fedora CoreOS\"\n",
	.print = print,
};
