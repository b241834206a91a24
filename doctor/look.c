/* SPDX-License-Identifier: Apache-2.0 */
/* The command without a name: read the host, judge it, print. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "doctor/args.h"
#include "doctor/choice.h"
#include "doctor/fix.h"
#include "doctor/ignore.h"
#include "doctor/output.h"
#include "doctor/page.h"
#include "doctor/redact-report.h"
#include "host/fstab.h"
#include "host/root.h"

enum {
	FILES = 1024
};

static enum report_detail detail(const struct args *args)
{
	if (args->verbose)
		return REPORT_ALL;
	return args->quiet ? REPORT_QUIET : REPORT_NORMAL;
}

/* What to read: what the checks take, and what is shown or kept beside. */
static struct host_parts parts_of(const struct args *args, const bool *wanted)
{
	struct host_parts parts = args->record ? HOST_WHOLE : check_parts(wanted);

	parts.sections |= args->html ? PAGE_SECTIONS : 0;
	parts.probes |= args->html ? PAGE_PROBES : 0;
	parts.probes |= 1u << PROBE_BUS; /* elsewhere_look() goes by it */
	return parts;
}

/* The host's own file where none is named: a record keeps it. */
static int read_ignore(
	const struct args *args, struct root *root, struct ignore *ret, struct error *err)
{
	_cleanup_text_ struct text data = { 0 };
	const char *path = args->ignore ? args->ignore : IGNORE_PATH;
	int r = args->ignore ? io_read_file_at(AT_FDCWD, path, IGNORE_LIMIT, &data)
			     : root_read(root, path, IGNORE_LIMIT, &data);

	if (!args->ignore && (r == -ENOENT || r == -ENODATA))
		return 0;
	if (r < 0)
		return error_set(err, r, "cannot read '%s'", path);
	return ignore_parse(ret, data.data, data.length, path, err);
}

static int ignore(const struct ignore *ignore, struct report *report, struct error *err)
{
	_cleanup_text_list_ struct text_list warnings = { 0 };
	char today[sizeof("YYYY-MM-DD")];
	struct tm tm = { 0 };

	(void)localtime_r(&report->at, &tm);
	(void)strftime(today, sizeof(today), "%F", &tm);
	if (ignore_apply(ignore, today, report, &warnings) < 0)
		return error_set(err, -ENOMEM, "cannot judge the host");
	for (size_t i = 0; i < warnings.count; i++)
		out_warning("rpod-doctor", "%s", warnings.items[i]);
	return 0;
}

struct printing {
	const struct report *report;
	const struct report_view *view;
	int (*print)(
		const struct report *report, const struct report_view *view, const struct out *out);
};

static int print(const void *what, const struct out *out)
{
	const struct printing *p = what;

	return p->print(p->report, p->view, out);
}

static int show(const struct args *args, const struct report *report, int status,
	const struct out *out, struct error *err)
{
	struct report_view view = { detail(args), args->strict, status };
	struct printing text = { report, &view, report_format_find(args->format)->print };
	struct printing page = { report, &view, page_print };
	bool page_only = args->html && strcmp(args->html, "-") == 0;
	int r = 0;

	if (!page_only)
		r = output_print_to(args->output, out, print, &text, err);
	if (r >= 0 && args->html)
		r = output_print_to(args->html, out, print, &page, err);
	return r;
}

static int read_and_judge(const struct args *args, const bool *wanted, struct ignore *ignored,
	const struct redact *redact, struct root *root, struct report *ret, struct error *err)
{
	int r = 0;

	if (args->record)
		r = root_record(root, args->record, err);
	if (r >= 0 && args->record)
		fstab_record(root);
	if (r >= 0)
		r = read_ignore(args, root, ignored, err);
	if (r >= 0)
		r = report_make(ret, root, args->user, wanted, parts_of(args, wanted), err);
	if (r >= 0 && args->record)
		r = root_record_finish(root, err);
	if (r < 0 && args->record && root->pack_fd > 0)
		(void)unlink(args->record); /* ours, and no record */
	if (r < 0)
		return r;
	ret->root = args->root;
	if (r >= 0)
		r = ignore(ignored, ret, err);
	if (r >= 0 && !args->record)
		elsewhere_look(&ret->elsewhere, ret, args->patient);
	return r >= 0 && args->redact ? redact_report(redact, ret, err) : r;
}

/* Our own need, not the host's state: a session's soft limit may be far below what it is allowed. */
static void take_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= FILES)
		return;
	limit.rlim_cur = MIN(limit.rlim_max, (rlim_t)FILES);
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int look(const struct args *args, const struct out *out, bool may_fix, struct error *err)
{
	_cleanup_redact_ struct redact redact = { 0 };
	_cleanup_ignore_ struct ignore ignored = { 0 };
	_cleanup_root_ struct root root = { 0 };
	_cleanup_report_ struct report report = { 0 };
	const struct fix_request fix = { args->yes, &args->weaken };
	_cleanup_free_ bool *wanted = calloc(check_count(), sizeof(*wanted));
	int r, status;

	if (!wanted)
		return error_set(err, -ENOMEM, "cannot judge the host");
	r = choice_make(&args->check, &args->skip, wanted, err);
	if (r >= 0)
		r = root_open(args->root, &root, err);
	root.patient = args->patient;
	if (r >= 0 && args->after_reboot)
		root_at_next_boot(&root);
	if (r >= 0 && args->redact) {
		r = redact_learn(&redact, &root, args->user, err);
		root.redact = &redact;
	}
	if (r >= 0)
		r = read_and_judge(args, wanted, &ignored, &redact, &root, &report, err);
	if (r < 0)
		return r;
	status = report_status(&report, args->strict);
	r = show(args, &report, status, out, err);
	if (r >= 0)
		r = may_fix ? fix_offer(&report, &fix, out, err) : 0;
	return r > 0 ? look(args, out, false, err) : r < 0 ? r : status;
}

int command_look(const struct args *args, const struct out *out, struct error *err)
{
	take_files();
	return look(args, out, args->fix, err);
}
