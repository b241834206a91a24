/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/nixos.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "checks/dropin.h"
#include "checks/plan.h"
#include "setup/kind.h"

static const struct change *find(const struct plan *plan, enum change_kind kind, const char *name)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->changes[i].kind == kind &&
			(!name || strcmp(plan->changes[i].name, name) == 0))
			return &plan->changes[i];
	return NULL;
}

/* The user that a plan is for: it has one at most. */
static const char *user_of(const struct plan *plan)
{
	static const enum change_kind his[] = { CHANGE_USER, CHANGE_SUBID, CHANGE_LINGER };
	const struct change *c = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(his) && !c; i++)
		c = find(plan, his[i], NULL);
	return c ? c->name : NULL;
}

/* A string of Nix: ${ } in it would be an expression. */
static void add_string(const char *option, const char *s, struct text *ret)
{
	text_addf(ret, "  %s = \"", option);
	for (; *s; s++)
		text_addf(ret, strchr("\"\\$", *s) ? "\\%c" : "%c", *s);
	text_add(ret, "\";\n");
}

static void add_user(const struct plan *plan, struct text *ret)
{
	const char *name = user_of(plan);
	const struct change *user = find(plan, CHANGE_USER, NULL);

	if (!name)
		return;
	text_addf(ret, "users.users.\"%s\" = {\n", name);
	if (user) {
		text_addf(ret, "  %s = true;\n", user->count ? "isSystemUser" : "isNormalUser");
		/* a system user of NixOS has no group of his own that he does not ask for */
		if (user->count)
			text_addf(ret, "  group = \"%s\";\n", name);
		if (user->number)
			text_addf(ret, "  uid = %" PRIu64 ";\n", user->number);
		if (*user->path) {
			add_string("home", user->path, ret);
			text_add(ret, "  createHome = true;\n");
		}
		if (*user->text)
			add_string("shell", user->text, ret);
	}
	if (find(plan, CHANGE_SUBID, NULL))
		text_add(ret, "  autoSubUidGidRange = true;\n");
	if (find(plan, CHANGE_LINGER, NULL))
		text_add(ret, "  linger = true;\n");
	text_add(ret, "};\n");
	if (user && user->count)
		text_addf(ret, "users.groups.\"%s\" = { };\n", name);
}

static void add_delegation(const struct change *c, struct text *ret)
{
	const char *words = strstr(c->text, "\nDelegate=");

	if (!words)
		return;
	words += strlen("\nDelegate=");
	text_addf(ret, "systemd.services.\"user@\".serviceConfig.Delegate = \"%.*s\";\n",
		(int)strcspn(words, "\n"), words);
}

/* The items that go into one list: an option may be given once in a file. */
static void add_list(const struct plan *plan, enum change_kind kind, const char *option,
	const char *before, const char *after, struct text *ret)
{
	_cleanup_text_ struct text items = { 0 };

	for (size_t i = 0; i < plan->count; i++) {
		const char *at = plan->changes[i].kind == kind ? plan->changes[i].name : "";

		while (*(at += strspn(at, " "))) {
			size_t n = strcspn(at, " ");

			/* it has an option of its own */
			if (kind != CHANGE_PACKAGE || n != 6 || strncmp(at, "podman", n) != 0)
				text_addf(&items, " %s%.*s%s", before, (int)n, at, after);
			at += n;
		}
	}
	if (items.length && !strstr(text_get(ret), option))
		text_addf(ret, "%s = [%s ];\n", option, text_get(&items));
}

static void add_ports(
	const struct plan *plan, const char *protocol, const char *option, struct text *ret)
{
	_cleanup_text_ struct text ports = { 0 };

	for (size_t i = 0; i < plan->count; i++) {
		const char *name = plan->changes[i].name;

		if (plan->changes[i].kind == CHANGE_PORT && text_ends(name, protocol))
			text_addf(&ports, " %.*s", (int)strcspn(name, "/"), name);
	}
	if (ports.length && !strstr(text_get(ret), option))
		text_addf(ret, "%s = [%s ];\n", option, text_get(&ports));
}

static void add_lists(const struct plan *plan, struct text *ret)
{
	static const char podman[] = "virtualisation.podman.enable = true;\n";

	for (size_t i = 0; i < plan->count; i++)
		if (plan->changes[i].kind == CHANGE_PACKAGE &&
			text_has_word(plan->changes[i].name, "podman") &&
			!strstr(text_get(ret), podman))
			text_add(ret, podman);
	add_list(plan, CHANGE_PACKAGE, "environment.systemPackages", "pkgs.", "", ret);
	add_list(plan, CHANGE_KERNEL_ARG, "boot.kernelParams", "\"", "\"", ret);
	add_list(plan, CHANGE_MODULE, "boot.kernelModules", "\"", "\"", ret);
	add_ports(plan, "/tcp", "networking.firewall.allowedTCPPorts", ret);
	add_ports(plan, "/udp", "networking.firewall.allowedUDPPorts", ret);
}

static bool is_drop_in(const struct change *c)
{
	return c->kind == CHANGE_FILE &&
	       (strcmp(c->path, DROPIN_SYSCTL) == 0 || strcmp(c->path, DROPIN_MODULES) == 0);
}

/* A setting of one number is a number there, one of two is a string. */
static void add_setting(const struct change *c, struct text *ret)
{
	const char *quote = strchr(c->text, ' ') ? "\"" : "";

	text_addf(ret, "boot.kernel.sysctl.\"%s\" = %s%s%s;\n", c->name, quote, c->text, quote);
}

/* What follows from the options of the user, from the lists, or from a file that is said itself. */
static const bool follows[CHANGE_KIND_COUNT] = {
	[CHANGE_USER] = true,
	[CHANGE_SUBID] = true,
	[CHANGE_LINGER] = true,
	[CHANGE_PACKAGE] = true,
	[CHANGE_KERNEL_ARG] = true,
	[CHANGE_MODULE] = true,
	[CHANGE_RELOAD] = true,
	[CHANGE_DELEGATE] = true,
	[CHANGE_LIMIT] = true,
	[CHANGE_APPARMOR] = true,
	[CHANGE_PORT] = true,
};

static void add_change(const struct change *c, struct text *ret)
{
	_cleanup_text_ struct text words = { 0 };

	if (c->kind == CHANGE_SYSCTL) {
		add_setting(c, ret);
	} else if (c->kind == CHANGE_FILE && strcmp(c->path, DROPIN_DELEGATE) == 0) {
		add_delegation(c, ret);
	} else if (!is_drop_in(c) && !follows[c->kind]) {
		kind_of(c->kind)->words(c, &words);
		text_addf(ret, "# not an option of NixOS: %s\n", text_get(&words));
	}
}

void nixos_configure(const struct plan *plan, struct text *ret)
{
	add_user(plan, ret);
	add_lists(plan, ret);
	for (size_t i = 0; i < plan->count; i++) {
		_cleanup_text_ struct text line = { 0 };

		add_change(&plan->changes[i], &line);
		if (!strstr(text_get(ret), text_get(&line)))
			text_add(ret, text_get(&line));
	}
}
