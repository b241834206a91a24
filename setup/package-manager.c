/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/package-manager.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cli.h"
#include "host/os.h"
#include "setup/lock.h"
#include "setup/target.h"
#include "setup/tool.h"

enum {
	INSTALL_SECONDS = 1800, /* a slow mirror, a slow disk */
};

#define COMMAND(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* No question is ever asked, and files an admin changed are kept. */
#define APT                                                                                        \
	"apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=@", "-o",                                \
		"Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"

static const struct package_manager managers[] = {
	{
		.word = "apt",
		.typed = "apt-get install",
		.list = COMMAND("dpkg-query", "-W", "-f=${Status} ${Package}\\n"),
		.install = COMMAND(APT, "install"),
		.test = COMMAND("dpkg", "--no-act", "--remove"),
		.remove = COMMAND(APT, "remove"),
		.refresh = COMMAND("apt-get", "-q", "-o", "DPkg::Lock::Timeout=@", "update"),
		.locked = "Could not get lock",
		.stays = "configuration files of packages stay; 'apt-get purge' takes them",
	},
	{
		.word = "dnf",
		.typed = "dnf install",
		.list = COMMAND("rpm", "-qa", "--qf", "%{NAME}\\n"),
		.install = COMMAND("dnf", "-y", "install"),
		.test = COMMAND("rpm", "-e", "--test"),
		.remove = COMMAND(
			"dnf", "-y", "--setopt=clean_requirements_on_remove=False", "remove"),
		.locked = "Waiting for process with pid",
	},
	{
		.word = "zypper",
		.typed = "zypper install",
		.list = COMMAND("rpm", "-qa", "--qf", "%{NAME}\\n"),
		.install = COMMAND("zypper", "--non-interactive", "install"),
		.test = COMMAND("rpm", "-e", "--test"),
		.remove = COMMAND("zypper", "--non-interactive", "remove"),
		.locked = "System management is locked",
	},
	{
		.word = "pacman",
		.typed = "pacman -S",
		.list = COMMAND("pacman", "-Qq"),
		.install = COMMAND("pacman", "-S", "--noconfirm", "--needed"),
		.remove = COMMAND("pacman", "-R", "--noconfirm"),
		.locked = "unable to lock database",
	},
	{
		.word = "apk",
		.typed = "apk add",
		.list = COMMAND("apk", "info"),
		.install = COMMAND("apk", "--wait", "@", "add"),
		.remove = COMMAND("apk", "--wait", "@", "del"),
		.refresh = COMMAND("apk", "--wait", "@", "update"),
		.locked = "Unable to lock database",
	},
	{
		.word = "rpm-ostree",
		.typed = "rpm-ostree install",
		.list = COMMAND("rpm", "-qa", "--qf", "%{NAME}\\n"),
		.install = COMMAND("rpm-ostree", "install", "--idempotent", "--allow-inactive"),
		.remove = COMMAND("rpm-ostree", "uninstall", "--idempotent"),
		.locked = "Transaction in progress",
		.reboot = true,
	},
	{
		.word = "transactional-update",
		.typed = "transactional-update pkg install",
		.list = COMMAND("rpm", "-qa", "--qf", "%{NAME}\\n"),
		.install = COMMAND("transactional-update", "--non-interactive", "--continue", "pkg",
			"install"),
		.remove = COMMAND(
			"transactional-update", "--non-interactive", "--continue", "pkg", "remove"),
		.locked = "already running",
		.reboot = true,
	},
};

const struct package_manager *package_manager_find(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(managers); i++)
		if (strcmp(managers[i].word, word) == 0)
			return &managers[i];
	return NULL;
}

const struct package_manager *package_manager_of(const struct os *os)
{
	static const char *const words[OS_FAMILY_COUNT] = {
		[OS_DEBIAN] = "apt",
		[OS_REDHAT] = "dnf",
		[OS_SUSE] = "zypper",
		[OS_ARCH] = "pacman",
		[OS_ALPINE] = "apk",
	};

	if (os->ostree)
		return package_manager_find("rpm-ostree");
	if (os->transactional)
		return package_manager_find("transactional-update");
	return words[os->family] ? package_manager_find(words[os->family]) : NULL;
}

/* Run @command with @names after it; its output is kept in @ret, its last words in @err. */
static int run(const char *const *command, const char *names, unsigned wait_s, struct text *ret,
	struct error *err)
{
	_cleanup_text_list_ struct text_list argv = { 0 };
	int r = 0;

	for (; r >= 0 && *command; command++) {
		size_t n = strcspn(*command, "@");

		r = (*command)[n] ? text_list_addf(&argv, "%.*s%u", (int)n, *command, wait_s)
				  : text_list_add(&argv, *command);
	}
	while (r >= 0 && *(names += strspn(names, " "))) {
		size_t n = strcspn(names, " ");

		r = text_list_addf(&argv, "%.*s", (int)n, names);
		names += n;
	}
	return r < 0 ? error_set(err, r, "cannot run a package manager")
		     : tool_ask(INSTALL_SECONDS, (const char *const *)argv.items, ret, err);
}

int package_manager_list(const struct package_manager *manager, struct text *ret, struct error *err)
{
	static const char installed[] = "install ok installed ";
	_cleanup_text_ struct text output = { 0 };
	int r = run(manager->list, "", 0, &output, err);
	size_t at = 0, n;
	const char *line;

	if (r != 0)
		return r < 0 ? r : -EIO;
	while ((line = text_line(output.data, output.length, &at, &n))) {
		/* dpkg also lists what was removed; the others have no such word */
		if (manager->list[0][0] == 'd' && n > strlen(installed)) {
			if (memcmp(line, installed, strlen(installed)) != 0 &&
				memcmp(line, "hold", 4) != 0)
				continue;
			while (n > 0 && memchr(line, ' ', n)) {
				line++;
				n--;
			}
		}
		text_add_bytes(ret, line, n);
		text_add(ret, "\n");
	}
	return text_failed(ret) ? -ENOMEM : 0;
}

static int change(const struct package_manager *manager, const char *const *command,
	const char *names, unsigned wait_s, struct error *err)
{
	_cleanup_text_ struct text output = { 0 };
	int r = run(command, names, wait_s, &output, err);

	if (r == 0)
		return 0;
	if (err && strstr(text_get(&output), manager->locked))
		(void)error_exit(err, EXIT_BUSY);
	return r < 0 ? r : -EIO;
}

int package_manager_install(struct target *t, const struct package_manager *manager,
	const char *names, struct error *err)
{
	int r;

	target_progress(t, "installing packages");
	r = change(manager, manager->install, names, t->timeout_s, err);
	if (r == -EIO && manager->refresh && !(err && err->exit_status)) {
		target_progress(t, "fetching the lists of packages");
		/* without the lists its own last words are the better ones */
		if (change(manager, manager->refresh, "", t->timeout_s, NULL) == 0) {
			target_progress(t, "installing packages");
			r = change(manager, manager->install, names, t->timeout_s, err);
		}
	}
	target_progress(t, NULL);
	return r;
}

/* dpkg and rpm end with a list of what failed; why is said before it. */
static void tell_who(const struct text *output, struct error *err)
{
	size_t at = 0, n;
	const char *line;

	while ((line = text_line(output->data, output->length, &at, &n))) {
		_cleanup_text_ struct text words = { 0 };

		text_add_bytes(&words, line, n);
		if (strstr(text_get(&words), "depends on") ||
			strstr(text_get(&words), "needed by")) {
			line = text_get(&words);
			(void)error_say(err, -ECANCELED, "%s", line + strspn(line, " \t"));
			return;
		}
	}
}

int package_manager_test(
	const struct package_manager *manager, const char *names, struct error *err)
{
	_cleanup_text_ struct text output = { 0 };
	int r = manager->test ? run(manager->test, names, 0, &output, err) : 0;

	if (r > 0)
		tell_who(&output, err);
	return r > 0 ? 1 : r;
}

int package_manager_remove(struct target *t, const struct package_manager *manager,
	const char *names, struct error *err)
{
	int r;

	target_progress(t, "removing packages");
	r = change(manager, manager->remove, names, t->timeout_s, err);
	target_progress(t, NULL);
	return r;
}

static bool has_line(const char *list, const char *name, size_t length)
{
	size_t at = 0, n;
	const char *line;

	while ((line = text_line(list, strlen(list), &at, &n)))
		if (n == length && memcmp(line, name, n) == 0)
			return true;
	return false;
}

void package_names_in(const char *names, const char *list, bool in, struct text *ret)
{
	while (*(names += strspn(names, " \n"))) {
		size_t n = strcspn(names, " \n");

		if (has_line(list, names, n) == in)
			text_addf(ret, "%s%.*s", ret->length ? " " : "", (int)n, names);
		names += n;
	}
}
