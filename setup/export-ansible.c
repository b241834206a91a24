/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A playbook of ansible.builtin modules. What these have no module for is a step of a script, told
 * apart by what it prints; the functions stand once, as a variable.
 */
#include <ctype.h>
#include <string.h>

#include "setup/export-quote.h"
#include "setup/export-step.h"
#include "setup/export.h"
#include "setup/kind.h"

enum {
	CALL_INDENT = 10,
	CONTENT_INDENT = 10,
	FUNCTIONS_INDENT = 6
};

static void name(const struct change *c, struct text *ret)
{
	_cleanup_text_ struct text words = { 0 };

	/* which ids are free is told apart on the host */
	if (c->kind == CHANGE_SUBID)
		text_addf(&words, "give subordinate ids to '%s'", c->name);
	else
		kind_of(c->kind)->words(c, &words);
	if (words.length)
		words.data[0] = (char)toupper((unsigned char)words.data[0]);
	text_add(ret, "\n    - name: ");
	quote_ansible(ret, text_get(&words));
	text_add(ret, "\n");
}

static void value(struct text *ret, const char *key, const char *s)
{
	text_addf(ret, "        %s: ", key);
	quote_ansible(ret, s);
	text_add(ret, "\n");
}

static void package(const struct export *x, const struct change *c, struct text *ret)
{
	(void)x;
	text_add(ret, "      ansible.builtin.package:\n");
	text_add(ret, "        name:");
	for (const char *at = c->name; *at; at += strcspn(at, " ")) {
		at += strspn(at, " ");
		text_addf(ret, "\n          - \"%.*s\"", (int)strcspn(at, " "), at);
	}
	text_add(ret, "\n        state: present\n");
}

static void user(const struct export *x, const struct change *c, struct text *ret)
{
	text_add(ret, "      ansible.builtin.user:\n");
	value(ret, "name", c->name);
	if (*c->path)
		value(ret, "home", c->path);
	value(ret, "shell", export_shell(x, c));
	if (c->number)
		text_addf(ret, "        uid: %llu\n", (unsigned long long)c->number);
	if (c->count)
		text_add(ret, "        system: true\n");
	text_add(ret, "      register: rpod_user\n"
		      "\n    - name: Close the home to others\n"
		      "      ansible.builtin.file:\n"
		      "        path: \"{{ rpod_user.home }}\"\n"
		      "        mode: \"0700\"\n"
		      "      when: rpod_user is not skipped and not ansible_check_mode\n");
}

static void mode(const struct export *x, const struct change *c, struct text *ret)
{
	(void)x;
	text_add(ret, "      ansible.builtin.file:\n");
	value(ret, "path", c->path);
	text_addf(ret, "        mode: \"%04o\"\n", (unsigned)c->mode);
}

/* The directories from the first hidden one on, or that of the file: copy makes none. */
static void directories(const struct change *c, struct text *ret)
{
	const char *from = *c->name ? strstr(c->path, "/.") : NULL;
	const char *slash = strrchr(c->path, '/');

	for (from = from ? strchr(from + 1, '/') : slash; from; from = strchr(from + 1, '/')) {
		_cleanup_text_ struct text path = { 0 }, words = { 0 };

		text_add_bytes(&path, c->path, (size_t)(from - c->path));
		text_addf(&words, "Make the directory '%s'", text_get(&path));
		text_add(ret, "\n    - name: ");
		quote_ansible(ret, text_get(&words));
		text_add(ret, "\n      ansible.builtin.file:\n        state: directory\n");
		value(ret, "path", text_get(&path));
		value(ret, "owner", *c->name ? c->name : "root");
		text_addf(ret, "        mode: \"%s\"\n", *c->name ? "0700" : "0755");
	}
}

static bool is_unit(const struct change *c)
{
	return c->kind == CHANGE_FILE && text_starts(c->path, "/etc/systemd/");
}

/* What the tasks of unit files are registered as: rpod_unit_0, rpod_unit_1 ... */
static size_t unit_number(const struct export *x, const struct change *c)
{
	size_t n = 0;

	for (const struct change *at = x->plan->changes; at < c; at++)
		n += is_unit(at);
	return n;
}

static void file(const struct export *x, const struct change *c, struct text *ret)
{
	text_add(ret, "      ansible.builtin.copy:\n");
	value(ret, "dest", c->path);
	text_add(ret, "        content: ");
	quote_ansible_block(ret, CONTENT_INDENT, c->text);
	value(ret, "owner", *c->name ? c->name : "root");
	text_addf(ret, "        mode: \"%04o\"\n        follow: false\n", (unsigned)c->mode);
	if (is_unit(c))
		text_addf(ret, "      register: rpod_unit_%zu\n", unit_number(x, c));
}

typedef void print_module(const struct export *x, const struct change *c, struct text *ret);

static print_module *const modules[] = {
	[CHANGE_PACKAGE] = package,
	[CHANGE_USER] = user,
	[CHANGE_MODE] = mode,
	[CHANGE_FILE] = file,
	[CHANGE_USER_FILE] = file,
	[CHANGE_KIND_COUNT] = NULL,
};

static void when_written(size_t units, struct text *ret)
{
	text_add(ret, "      when: ");
	for (size_t i = 0; i < units; i++)
		text_addf(ret, "%srpod_unit_%zu is changed", i ? " or " : "", i);
	text_add(ret, units ? "\n" : "true\n");
}

static void step(const struct export *x, const struct change *c, const char *call, struct text *ret)
{
	text_add(ret, "      ansible.builtin.command:\n"
		      "        argv: [sh, -c, \"{{ rpod_functions }}{{ rpod_call }}\"]\n"
		      "      vars:\n        rpod_call: ");
	quote_ansible_block(ret, CALL_INDENT, call);
	text_add(ret, "      register: rpod_step\n"
		      "      changed_when: \"'changed: ' in rpod_step.stdout\"\n"
		      "      failed_when: rpod_step.rc not in [0, 3]\n");
	if (c->kind == CHANGE_KERNEL_ARG)
		text_add(ret, "      notify: Reboot\n");
	if (c->kind == CHANGE_RELOAD)
		when_written(unit_number(x, c), ret);
}

static void task(struct export *x, const struct change *c, struct text *calls, struct text *ret)
{
	print_module *module = modules[c->kind];
	_cleanup_text_ struct text call = { 0 };

	if (c->kind == CHANGE_PACKAGE && !x->packages)
		return;
	if (c->kind == CHANGE_FILE || c->kind == CHANGE_USER_FILE)
		directories(c, ret);
	if (module) {
		name(c, ret);
		module(x, c, ret);
		return;
	}
	text_add(&call, "rpod_begin\n");
	if (c->kind == CHANGE_RELOAD) /* only when one is */
		text_add(&call, "units=changed\n");
	if (!step_call(x, c, &call)) {
		export_cannot(x, c, "neither a module nor a script can do it");
		return;
	}
	text_add(&call, "rpod_end\n");
	text_add(calls, text_get(&call));
	name(c, ret);
	step(x, c, text_get(&call), ret);
}

static const char handlers[] = "\n  handlers:\n"
			       "    # with -e rpod_reboot=false it is left to you\n"
			       "    - name: Reboot\n"
			       "      ansible.builtin.reboot:\n"
			       "      when: rpod_reboot | default(true) | bool\n";

static void print(struct export *x, struct text *ret)
{
	_cleanup_text_ struct text tasks = { 0 }, calls = { 0 }, functions = { 0 };

	for (size_t i = 0; i < x->plan->count; i++)
		task(x, &x->plan->changes[i], &calls, &tasks);
	step_functions(text_get(&calls), &functions);
	export_header(x, ret);
	export_missing(x, ret);
	text_add(ret, "---\n- name: Prepare hosts for containers without root\n"
		      "  hosts: all\n  become: true\n  gather_facts: false\n");
	if (functions.length) {
		functions.data[--functions.length] = '\0'; /* a block ends in one newline */
		text_add(ret, "  vars:\n    rpod_functions: ");
		quote_ansible_block(ret, FUNCTIONS_INDENT, text_get(&functions));
	}
	text_addf(ret, "  tasks:%s%s", tasks.length ? "\n" : " []\n", text_get(&tasks));
	if (x->reboot)
		text_add(ret, handlers);
}

const struct format format_ansible = { .word = "ansible", .print = print };
