/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/wanted.h"

#include <errno.h>
#include <string.h>

#include "base/cli.h"
#include "base/text.h"
#include "checks/check.h"
#include "setup/args.h"

static bool matches_any(const struct check *check, const struct text_list *patterns)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (check_matches(check, patterns->items[i]))
			return true;
	return false;
}

static bool is_of_subject(const struct check *check, const struct subject *subject)
{
	if (!subject->patterns)
		return subject->takes_users || check->scope == CHECK_HOST;
	for (const char *const *pattern = subject->patterns; *pattern; pattern++)
		if (check_matches(check, *pattern))
			return true;
	return false;
}

bool wanted_check(const struct args *args, const struct subject *subject, const struct check *check)
{
	/* engines are their own packages' business: the doctor looks at them */
	if (check->scope == CHECK_ENGINE || !is_of_subject(check, subject))
		return false;
	if (args->only.count && !matches_any(check, &args->only))
		return false;
	return !matches_any(check, &args->skip);
}

static bool any_wanted(const struct args *args, const struct subject *subject, const char *pattern)
{
	for (size_t i = 0; subject && i < check_count(); i++)
		if ((!pattern || check_matches(check_at(i), pattern)) &&
			wanted_check(args, subject, check_at(i)))
			return true;
	return false;
}

/* The first option that is given and says nothing to any check of this call, or NULL. */
static const char *find_idle(const struct args *args, const struct subject *subject)
{
	const struct request *request = &args->request;
	const struct {
		const char *option, *check;
		bool given;
	} rows[] = {
		{ "--subids", "idmap.subuid", args->subids != 0 },
		{ "--ports-from", "net.ports", args->ports_from != ARGS_NOT_GIVEN },
		{ "--ping", "net.ping", request->ping },
		{ "--open-port", "net.firewall", args->open_ports.count > 0 },
		{ "--features", "kernel.features", args->features != NULL },
		{ "--nofile", "limits.nofile", request->nofile != 0 },
		{ "--tasks", "limits.tasks", request->tasks != 0 },
		{ "--shared-mounts", "mounts.shared", request->shared_mounts },
		{ "--controllers", "cgroup.delegation", args->controllers != NULL },
		{ "--per-user", "cgroup.delegation", request->per_user },
		{ "--allow-weaken apparmor-userns", "userns.apparmor",
			(request->weaken & REQUEST_APPARMOR_USERNS) != 0 },
		{ "--allow-weaken low-ports", "net.ports",
			(request->weaken & REQUEST_LOW_PORTS) != 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].given && !any_wanted(args, subject, rows[i].check))
			return rows[i].option;
	if (request->storage && !any_wanted(args, subject, "config.storage") &&
		!any_wanted(args, subject, "selinux.storage"))
		return "--storage";
	return NULL;
}

/* Those of commands that prepare nothing, and those that only some of these know. */
static const char *find_foreign(const struct args *args, const struct subject *subject)
{
	const struct request *request = &args->request;

	if (args->engine)
		return "--engine";
	if (args->for_user)
		return "--for";
	if (subject)
		return NULL;
	return request->home       ? "--home"
	       : args->uid_given   ? "--uid"
	       : request->shell    ? "--shell"
	       : request->system   ? "--system"
	       : request->packages ? "--packages"
	       : args->only.count  ? "--only"
	       : args->skip.count  ? "--skip"
	       : args->format      ? "--format"
				   : NULL;
}

int wanted_no_use(const char *command, const char *option, struct error *err)
{
	(void)error_say(err, -EINVAL,
		"'%s' has no use for '%s'; leave it out, or see 'man rpod-setup'", command, option);
	return error_exit(err, CLI_USAGE);
}

int wanted_options(const struct args *args, const struct subject *subject, const char *command,
	struct error *err)
{
	const char *option = find_foreign(args, subject);

	if (!option)
		option = find_idle(args, subject);
	if (option)
		return wanted_no_use(command, option, err);
	if (!subject || any_wanted(args, subject, NULL))
		return 0;
	(void)error_say(err, -EINVAL,
		"'%s' has none of the checks that --only and --skip leave; 'user' and 'host' have "
		"more",
		command);
	return error_exit(err, CLI_USAGE);
}
