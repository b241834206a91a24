/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "doctor/args.h"
#include "doctor/explain.h"
#include "doctor/explained.h"
#include "host/root.h"

static int read_file(struct explainer *e, const char *path, struct error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return error_set(err, -errno, "cannot open '%s'", path);
	return explain_fd(e, fd, err);
}

static int read_text(
	const struct args *args, struct explainer *e, const char *text, struct error *err)
{
	if (args->file)
		return read_file(e, args->file, err);
	if (!text || strcmp(text, "-") == 0)
		return explain_fd(e, STDIN_FILENO, err);
	return explain_bytes(e, text, strlen(text)) < 0
		       ? error_set(err, -ENOMEM, "cannot read the text")
		       : 0;
}

/* Only the checks that tell the causes apart are judged, with what they need. */
static int judge(const struct args *args, const struct explainer *e, bool *wanted,
	struct report *ret, struct error *err)
{
	_cleanup_root_ struct root root = { 0 };
	int r;

	if (!explain_wanted(e, wanted))
		return 0;
	r = root_open(args->root, &root, err);
	root.patient = args->patient;
	if (r >= 0)
		r = report_make(ret, &root, args->user, wanted, check_parts(wanted), err);
	if (r < 0)
		return r;
	ret->root = args->root;
	return 1;
}

int explained_print(
	const struct args *args, struct explainer *e, const struct out *out, struct error *err)
{
	_cleanup_report_ struct report report = { 0 };
	_cleanup_free_ bool *wanted = calloc(check_count(), sizeof(*wanted));
	const struct report *judged;
	int r;

	if (!wanted || explain_end(e) < 0)
		return error_set(err, -ENOMEM, "cannot explain the text");
	r = judge(args, e, wanted, &report, err);
	if (r < 0)
		return r;
	judged = r == 1 ? &report : NULL;
	if (args->json)
		return explain_json(e, judged, out) < 0 ? EXIT_CANNOT_LOOK
							: explain_status(e, judged);
	explain_text(e, judged, out);
	return explain_status(e, judged);
}

int command_explain(
	const struct args *args, const char *text, const struct out *out, struct error *err)
{
	_cleanup_explainer_ struct explainer *e = NULL;
	int r = explainer_new(&e);

	if (r < 0)
		return error_set(err, r, "cannot explain the text");
	r = read_text(args, e, text, err);
	return r < 0 ? r : explained_print(args, e, out, err);
}
