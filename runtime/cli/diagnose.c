/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container that does not start for the host's sake names the check that explains it. Which step
 * failed is known where it failed (error_see); why, the checks of that subject know: they are
 * judged now, causes before effects, and the first that fails gets its word in.
 *
 * It must be the user who is judged: once this process has joined the user namespace its eyes are
 * another's, and the step's own check is all that is named.
 */
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "checks/check.h"
#include "host/host.h"
#include "host/root.h"
#include "runtime/cli/command.h"
#include "runtime/oci/userns.h"

/* Subjects that explain one another. */
static const char *const together[] = { "kernel", "userns", "idmap" };

static bool is_together(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(together); i++)
		if (text_starts(id, together[i]) && id[strlen(together[i])] == '.')
			return true;
	return false;
}

static bool same_group(const char *a, const char *b)
{
	size_t n = strcspn(a, ".");

	return n == strcspn(b, ".") && memcmp(a, b, n) == 0;
}

static const struct check *first_failed(const struct verdict *verdicts, const bool *wanted)
{
	for (size_t i = 0; i < check_count(); i++)
		if (wanted[i] && verdicts[i].kind == VERDICT_FAIL)
			return check_at(i);
	return NULL;
}

static void judge(struct error *err, bool *wanted, struct verdict *verdicts)
{
	_cleanup_host_ struct host host = { 0 };
	_cleanup_root_ struct root root = { .fd = -1, .record_fd = -1 };
	const struct check *check;
	struct error ignored = { 0 };
	size_t n;

	for (size_t i = 0; i < check_count(); i++)
		wanted[i] = same_group(check_at(i)->id, err->see) ||
			    (is_together(err->see) && is_together(check_at(i)->id));
	if (root_open("/", &root, &ignored) < 0 ||
		host_read(&host, &root, NULL, check_parts(wanted), &ignored) < 0)
		return;
	check_judge(&host, wanted, verdicts);
	check = first_failed(verdicts, wanted);
	if (!check)
		return;
	(void)error_see(err, check->id);
	n = strlen(err->text);
	for (size_t i = 0; i < check_count(); i++)
		if (check_at(i) == check && n + 3 < sizeof(err->text))
			(void)snprintf(
				err->text + n, sizeof(err->text) - n, " (%s)", verdicts[i].why);
}

void diagnose(struct error *err)
{
	_cleanup_free_ struct verdict *verdicts = NULL;
	_cleanup_free_ bool *wanted = NULL;

	if (!err->see[0] || getuid() != userns_owner())
		return;
	verdicts = calloc(check_count(), sizeof(*verdicts));
	wanted = calloc(check_count(), sizeof(*wanted));
	if (verdicts && wanted)
		judge(err, wanted, verdicts);
}
