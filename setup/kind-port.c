/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A port opened in the firewall that runs, now and for the next boot. A published port is an ordinary
 * listening socket, and no engine may change rules for a user; the admin does it here. The entry
 * notes what was not open before, and of firewalld in which zone: undo closes that and no more.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"
#include "setup/tool.h"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "open port %s%s%s", c->name, *c->text ? " in " : "", c->text);
}

/* @verb: "add", "remove", "query". 1: the answer to a query is no. */
static int firewalld(
	const char *verb, const char *zone, const char *port, bool permanent, struct error *err)
{
	char zone_option[80], port_option[80];
	const char *const argv[] = { "firewall-cmd", "--quiet", zone_option, port_option,
		permanent ? "--permanent" : NULL, NULL };
	int r;

	(void)snprintf(zone_option, sizeof(zone_option), "--zone=%.64s", zone);
	(void)snprintf(port_option, sizeof(port_option), "--%s-port=%.40s", verb, port);
	r = tool_status(TOOL_SECONDS, err, argv);
	if (r == 1 && strcmp(verb, "query") == 0)
		return 1;
	return r > 0 ? -EIO : r;
}

static int default_zone(char *ret, size_t size, struct error *err)
{
	const char *const argv[] = { "firewall-cmd", "--get-default-zone", NULL };
	_cleanup_text_ struct text output = { 0 };
	int r = tool_ask(TOOL_SECONDS, argv, &output, err);

	if (r != 0)
		return r < 0 ? r : -EIO;
	(void)snprintf(
		ret, size, "%.*s", (int)strcspn(text_get(&output), " \n"), text_get(&output));
	return *ret ? 0 : error_say(err, -EINVAL, "firewalld has no default zone");
}

/* The note: the zone, and what is to be added in it, "now", "boot" or both. */
static int look_firewalld(const char *port, struct entry *entry, struct error *err)
{
	char zone[64];
	int r = default_zone(zone, sizeof(zone), err), now = 0, boot = 0;

	if (r >= 0)
		r = now = firewalld("query", zone, port, false, err);
	if (r >= 0)
		r = boot = firewalld("query", zone, port, true, err);
	if (r < 0)
		return error_prefix(err, "cannot ask firewalld for port %s", port);
	if (entry_note(&entry->words, "open port %s in firewalld, zone '%s'", port, zone) < 0)
		return -ENOMEM;
	if (!now && !boot)
		return LOOK_DONE;
	return entry_note(&entry->live, "%s%s%s", zone, now ? " now" : "", boot ? " boot" : "") < 0
		       ? -ENOMEM
		       : LOOK_TODO;
}

/* The note as it was written: the zone and the words that follow it. */
static int change_firewalld(const char *verb, const struct entry *entry, struct error *err)
{
	char zone[64];
	int r = 0;

	if (sscanf(entry->live, "%63s", zone) != 1)
		return 0;
	if (text_has_word(entry->live + strlen(zone), "now"))
		r = firewalld(verb, zone, entry->name, false, err);
	if (r >= 0 && text_has_word(entry->live + strlen(zone), "boot"))
		r = firewalld(verb, zone, entry->name, true, err);
	return r;
}

/* Its own list of what was added: a line "ufw allow 8080/tcp" for each. */
static int look_ufw(const char *port, struct entry *entry, struct error *err)
{
	const char *const argv[] = { "ufw", "show", "added", NULL };
	_cleanup_text_ struct text output = { 0 };
	int r = tool_ask(TOOL_SECONDS, argv, &output, err);
	char rule[64];
	const char *line;
	size_t at = 0, n;

	/* a dry run of somebody else is told what root would be: it answers root alone */
	if (r != 0 && geteuid() != 0)
		return LOOK_TODO;
	if (r != 0)
		return error_prefix(err, "cannot ask ufw for port %s", port);
	(void)snprintf(rule, sizeof(rule), "ufw allow %.40s", port);
	while ((line = text_line(output.data, output.length, &at, &n)))
		if (n >= strlen(rule) && memcmp(line, rule, strlen(rule)) == 0 &&
			(n == strlen(rule) || line[strlen(rule)] == ' '))
			return LOOK_DONE;
	return entry_note(&entry->live, "added") < 0 ? -ENOMEM : LOOK_TODO;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	if (!t->live)
		return error_say(err, -EOPNOTSUPP,
			"no firewall runs in a tree; open it after the first boot");
	if (strcmp(c->text, "firewalld") == 0)
		return look_firewalld(c->name, entry, err);
	if (strcmp(c->text, "ufw") == 0)
		return look_ufw(c->name, entry, err);
	return error_say(err, -EOPNOTSUPP,
		"neither firewalld nor ufw runs here; rules of your own, if there are any, are "
		"yours to change");
}

static int ufw(bool add, const char *port, struct error *err)
{
	const char *const allow[] = { "ufw", "allow", port, NULL };
	const char *const delete[] = { "ufw", "delete", "allow", port, NULL };

	return tool_run(TOOL_SECONDS, err, add ? allow : delete);
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	(void)t;
	return strcmp(c->text, "ufw") == 0 ? ufw(true, c->name, err)
					   : change_firewalld("add", entry, err);
}

/* A rule that is gone is no failure: both tools then say so, and succeed. */
static int undo(struct target *t, struct entry *entry, struct error *err)
{
	const char *program = strcmp(entry->text, "ufw") == 0 ? "ufw" : "firewall-cmd";

	if (!t->live || !*entry->live)
		return UNDO_ALL;
	if (!tool_is_here(program)) {
		(void)error_say(err, -ECANCELED,
			"port %s stays as it is: '%s' is not here any more", entry->name, program);
		return UNDO_LEFT;
	}
	return strcmp(entry->text, "ufw") == 0 ? ufw(false, entry->name, err)
					       : change_firewalld("remove", entry, err);
}

const struct kind kind_port = {
	.word = "port",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
