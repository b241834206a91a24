/* SPDX-License-Identifier: Apache-2.0 */
/* The command without a name: read the host, judge it, print. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "doctor/args.h"
#include "doctor/choice.h"
#include "doctor/fix.h"
#include "host/root.h"

static enum report_detail detail(const struct args *args)
{
	if (args->verbose)
		return REPORT_ALL;
	return args->quiet ? REPORT_QUIET : REPORT_NORMAL;
}

static int look(const struct args *args, const struct out *out, bool may_fix, struct error *err)
{
	_cleanup_root_ struct root root = { 0 };
	_cleanup_report_ struct report report = { 0 };
	_cleanup_free_ bool *wanted = calloc(check_count(), sizeof(*wanted));
	int r, status;

	if (!wanted)
		return error_set(err, -ENOMEM, "cannot judge the host");
	r = choice_make(&args->check, &args->skip, wanted, err);
	if (r >= 0)
		r = root_open(args->root, &root, err);
	if (r >= 0 && args->record)
		r = root_record(&root, args->record, err);
	if (r >= 0)
		r = report_make(&report, &root, args->user, wanted,
			args->record ? HOST_ALL : check_sections(wanted), err);
	if (r >= 0 && args->record)
		r = root_record_finish(&root, err);
	if (r < 0)
		return r;
	report.root = args->root;
	status = report_status(&report, args->strict);
	if (args->json)
		return report_json(&report, out, NULL) < 0 ? EXIT_CANNOT_LOOK : status;
	report_text(&report, out, detail(args), status);
	r = may_fix ? fix_offer(&report, out, err) : 0;
	return r > 0 ? look(args, out, false, err) : r < 0 ? r : status;
}

int command_look(const struct args *args, const struct out *out, struct error *err)
{
	return look(args, out, args->fix, err);
}
