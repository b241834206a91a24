/* SPDX-License-Identifier: Apache-2.0 */
/* summary FILE...: every file is read, merged and forgotten; what is no report is named and counted. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "doctor/args.h"
#include "doctor/output.h"
#include "doctor/summary.h"

static int read_file(const char *path, struct text *ret, struct error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, -errno, "cannot read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return error_say(err, -EINVAL, "'%s' is no file", path);
	ret->length = 0;
	r = io_read_all(fd, SUMMARY_LIMIT, ret);
	return r < 0 ? error_set(err, r, "cannot read '%s'", path) : 0;
}

/* Only memory running out ends it all. @buffer is used again. */
static int add_file(struct summary *to, const char *path, struct text *buffer, struct error *err)
{
	struct error why = { 0 };
	int r = read_file(path, buffer, &why);

	if (r >= 0)
		r = summary_add(to, text_get(buffer), buffer->length, path, &why);
	if (r >= 0)
		return 0;
	if (r == -ENOMEM || text_list_add(&to->refused, why.text) < 0)
		return error_set(err, -ENOMEM, "cannot merge '%s'", path);
	out_warning("rpod-doctor", "%s", why.text);
	return 0;
}

static int add_names(struct summary *to, FILE *names, struct text *buffer, struct error *err)
{
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	ssize_t n;
	int r = 0;

	while (r >= 0 && (n = getline(&line, &room, names)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (*line)
			r = add_file(to, line, buffer, err);
	}
	return r;
}

static int print_page(const void *summary, const struct out *out)
{
	return summary_page(summary, out);
}

int command_summary(const struct args *args, char *files[], size_t count, const struct out *out,
	struct error *err)
{
	_cleanup_summary_ struct summary summary = { 0 };
	_cleanup_text_ struct text buffer = { 0 };
	bool page_only = args->html && strcmp(args->html, "-") == 0;
	int r = 0;

	for (size_t i = 0; i < count && r >= 0; i++)
		r = strcmp(files[i], "-") == 0 ? add_names(&summary, stdin, &buffer, err)
					       : add_file(&summary, files[i], &buffer, err);
	if (r < 0)
		return r;
	summary_group(&summary);
	if (!page_only)
		r = args->json ? summary_json(&summary, out)
			       : summary_text(&summary, out, args->verbose);
	if (r < 0)
		return error_set(err, r, "cannot print the summary");
	if (args->html)
		r = output_print_to(args->html, out, print_page, &summary, err);
	if (r < 0)
		return r;
	return summary.refused.count > 0 ? EXIT_CANNOT_LOOK : summary.failing > 0;
}
