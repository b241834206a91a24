/* SPDX-License-Identifier: Apache-2.0 */
/* Values of options, as podman-run(1) takes them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "runtime/cli/command.h"

int read_bytes(const char *value, void *target, struct error *err)
{
	uint64_t bytes;
	int r = cli_size(value, &bytes, err);

	if (r < 0)
		return r;
	if (bytes > INT64_MAX)
		return error_say(err, -ERANGE, "too large");
	*(int64_t *)target = (int64_t)bytes;
	return 0;
}

int read_swap(const char *value, void *target, struct error *err)
{
	if (strcmp(value, "-1") != 0)
		return read_bytes(value, target, err);
	*(int64_t *)target = -1;
	return 0;
}

int read_count(const char *value, void *target, struct error *err)
{
	uint32_t count;

	if (strcmp(value, "-1") == 0) {
		*(int64_t *)target = -1;
		return 0;
	}
	if (parse_u32(value, &count) < 0)
		return error_say(err, -EINVAL, "a number, or -1 for no limit");
	*(int64_t *)target = count;
	return 0;
}

int read_seconds(const char *value, void *target, struct error *err)
{
	uint32_t seconds;

	if (parse_u32(value, &seconds) < 0 || seconds > 365 * 86400)
		return error_say(err, -EINVAL, "seconds, at most a year");
	*(int64_t *)target = seconds;
	return 0;
}

/* Up to three places after the dot: the kernel counts in microseconds of a period of 100 ms. */
int read_cpus(const char *value, void *target, struct error *err)
{
	enum {
		QUOTA_OF_ONE = 100000
	};
	size_t whole = strspn(value, "0123456789");
	int64_t quota = 0, unit = QUOTA_OF_ONE;
	const char *at = value;

	for (; at < value + whole && quota < INT32_MAX; at++)
		quota = quota * 10 + (*at - '0') * QUOTA_OF_ONE;
	if (*at == '.')
		for (at++; *at >= '0' && *at <= '9'; at++)
			quota += (*at - '0') * (unit /= 10);
	if (*at || at == value || quota < QUOTA_OF_ONE / 100)
		return error_say(
			err, -EINVAL, "a number of processors like 0.5 or 2, at least 0.01");
	*(int64_t *)target = quota;
	return 0;
}

static int add_pair(struct text_list *list, const char *pair, struct error *err)
{
	const char *value = strchr(pair, '=') ? NULL : getenv(pair);
	int r = 0;

	if (!*pair || *pair == '=')
		return error_say(err, -EINVAL, "NAME=VALUE, or the NAME of a variable of yours");
	if (value)
		r = text_list_addf(list, "%s=%s", pair, value);
	else if (strchr(pair, '='))
		r = text_list_add(list, pair);
	return r < 0 ? error_set(err, r, "cannot keep it") : 0;
}

int read_pair(const char *value, void *target, struct error *err)
{
	return add_pair(target, value, err);
}

int read_label(const char *value, void *target, struct error *err)
{
	int r;

	if (!*value || *value == '=')
		return error_say(err, -EINVAL, "NAME=VALUE, or NAME");
	r = strchr(value, '=') ? text_list_add(target, value)
			       : text_list_addf(target, "%s=", value);
	return r < 0 ? error_set(err, r, "cannot keep it") : 0;
}

/* podman: lines NAME=VALUE or NAME, blank ones and those that begin with # passed over. */
static int read_lines(const char *path, void *target, cli_read *read_line, struct error *err)
{
	enum {
		LIMIT = 1 << 20
	};
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	_cleanup_text_ struct text file = { 0 };
	size_t at = 0, length;
	const char *line;
	int r = fd < 0 ? -errno : io_read_all(fd, LIMIT, &file);

	if (r < 0)
		return error_set(err, r, "cannot read it");
	while (r >= 0 && (line = text_line(file.data, file.length, &at, &length))) {
		_cleanup_free_ char *copy = strndup(line, length);

		if (!copy)
			return error_set(err, -ENOMEM, "cannot read it");
		line = copy + strspn(copy, " \t");
		if (*line && *line != '#')
			r = read_line(line, target, err);
	}
	return r;
}

int read_pair_file(const char *value, void *target, struct error *err)
{
	return read_lines(value, target, read_pair, err);
}

int read_label_file(const char *value, void *target, struct error *err)
{
	return read_lines(value, target, read_label, err);
}
