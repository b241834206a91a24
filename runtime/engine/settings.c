/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"

enum kind {
	KIND_TEXT,
	KIND_LIST,
	KIND_NUMBER,
	KIND_FLAG
};

struct row {
	const char *key;
	enum kind kind;
	size_t offset;
};

#define ROW(member, kind)                                                                          \
	{                                                                                          \
#member, kind, offsetof(struct settings, member)                                   \
	}

static const struct row rows[] = {
	ROW(name, KIND_TEXT),
	ROW(image, KIND_TEXT),
	ROW(image_id, KIND_TEXT),
	ROW(rootfs, KIND_TEXT),
	ROW(entrypoint, KIND_TEXT),
	ROW(workdir, KIND_TEXT),
	ROW(user, KIND_TEXT),
	ROW(hostname, KIND_TEXT),
	ROW(network, KIND_TEXT),
	ROW(userns, KIND_TEXT),
	ROW(log_driver, KIND_TEXT),
	ROW(stop_signal, KIND_TEXT),
	ROW(seccomp, KIND_TEXT),
	ROW(cidfile, KIND_TEXT),
	ROW(pidfile, KIND_TEXT),
	ROW(conmon_pidfile, KIND_TEXT),
	ROW(command, KIND_LIST),
	ROW(env, KIND_LIST),
	ROW(labels, KIND_LIST),
	ROW(layers, KIND_LIST),
	ROW(volumes, KIND_LIST),
	ROW(tmpfs, KIND_LIST),
	ROW(publish, KIND_LIST),
	ROW(add_host, KIND_LIST),
	ROW(dns, KIND_LIST),
	ROW(cap_add, KIND_LIST),
	ROW(cap_drop, KIND_LIST),
	ROW(security, KIND_LIST),
	ROW(ulimits, KIND_LIST),
	ROW(masks, KIND_LIST),
	ROW(unmasks, KIND_LIST),
	ROW(create_command, KIND_LIST),
	ROW(memory, KIND_NUMBER),
	ROW(memory_swap, KIND_NUMBER),
	ROW(pids_limit, KIND_NUMBER),
	ROW(cpu_quota, KIND_NUMBER),
	ROW(shm_size, KIND_NUMBER),
	ROW(stop_timeout, KIND_NUMBER),
	ROW(created, KIND_NUMBER),
	ROW(started, KIND_NUMBER),
	ROW(interactive, KIND_FLAG),
	ROW(tty, KIND_FLAG),
	ROW(detach, KIND_FLAG),
	ROW(remove, KIND_FLAG),
	ROW(read_only, KIND_FLAG),
	ROW(privileged, KIND_FLAG),
	ROW(init, KIND_FLAG),
	ROW(no_new_privileges, KIND_FLAG),
	ROW(no_cgroup, KIND_FLAG),
	ROW(no_monitor_cgroup, KIND_FLAG),
	ROW(resolved, KIND_FLAG),
};

enum {
	FILE_LIMIT = 4 << 20
};
static const char file_name[] = "config";

void settings_init(struct settings *settings)
{
	*settings = (struct settings){ .stop_timeout = 10 };
}

void settings_done(struct settings *settings)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].kind == KIND_LIST)
			text_list_done((void *)((char *)settings + rows[i].offset));
	text_list_done(&settings->kept);
	text_done(&settings->file);
	settings_init(settings);
}

static void add_record(struct text *file, const char *key, const char *value)
{
	text_addf(file, "%s=%s", key, value);
	text_add_bytes(file, "", 1);
}

static void add_row(struct text *file, const struct row *row, const void *member)
{
	const struct text_list *list = member;
	const char *text = row->kind == KIND_TEXT ? *(const char *const *)member : NULL;
	char number[24];

	switch (row->kind) {
	case KIND_TEXT:
		if (text)
			add_record(file, row->key, text);
		return;
	case KIND_LIST:
		for (size_t i = 0; i < list->count; i++)
			add_record(file, row->key, list->items[i]);
		return;
	case KIND_NUMBER:
		(void)snprintf(number, sizeof(number), "%" PRId64, *(const int64_t *)member);
		if (*(const int64_t *)member)
			add_record(file, row->key, number);
		return;
	case KIND_FLAG:
		if (*(const bool *)member)
			add_record(file, row->key, "1");
		return;
	}
}

int settings_write(const struct settings *settings, int dirfd)
{
	_cleanup_text_ struct text file = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		add_row(&file, &rows[i], (const char *)settings + rows[i].offset);
	if (text_failed(&file))
		return -ENOMEM;
	return io_replace_at(dirfd, file_name, file.data, file.length, 0600, IO_NO_SYNC);
}

static int read_row(const struct row *row, const char *value, void *member)
{
	char *end;

	switch (row->kind) {
	case KIND_TEXT:
		*(const char **)member = value;
		return 0;
	case KIND_LIST:
		return text_list_add(member, value);
	case KIND_NUMBER:
		errno = 0;
		*(int64_t *)member = strtoll(value, &end, 10);
		return *end || end == value || errno ? -EINVAL : 0;
	case KIND_FLAG:
		*(bool *)member = strcmp(value, "1") == 0;
		return 0;
	}
	return -EINVAL;
}

/* A key of a later rpod is passed over: an older one can still list and remove the container. */
static int read_record(struct settings *settings, const char *record)
{
	size_t n = strcspn(record, "=");

	if (record[n] != '=')
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strlen(rows[i].key) == n && memcmp(rows[i].key, record, n) == 0)
			return read_row(
				&rows[i], record + n + 1, (char *)settings + rows[i].offset);
	return 0;
}

int settings_parse(struct settings *ret)
{
	const char *at = ret->file.data;
	const char *end = at + ret->file.length;

	if (!at || ret->file.length == 0 || end[-1] != '\0')
		return -EINVAL;
	for (; at < end; at += strlen(at) + 1) {
		int r = read_record(ret, at);

		if (r < 0)
			return r;
	}
	return 0;
}

int settings_read(struct settings *ret, int dirfd)
{
	struct settings settings;
	int r;

	settings_init(&settings);
	r = io_read_file_at(dirfd, file_name, FILE_LIMIT, &settings.file);
	if (r >= 0)
		r = settings_parse(&settings);
	if (r < 0) {
		settings_done(&settings);
		return r;
	}
	*ret = settings;
	return 0;
}

static char **find_pair(const struct text_list *list, const char *name, size_t n)
{
	for (size_t i = list->count; i-- > 0;)
		if (strncmp(list->items[i], name, n) == 0 && list->items[i][n] == '=')
			return &list->items[i];
	return NULL;
}

const char *settings_value(const struct text_list *list, const char *name)
{
	char **pair = find_pair(list, name, strlen(name));

	return pair ? *pair + strlen(name) + 1 : NULL;
}

int settings_assign(struct text_list *list, const char *pair)
{
	char **old = find_pair(list, pair, strcspn(pair, "="));
	char *copy;

	if (!old)
		return text_list_add(list, pair);
	copy = strdup(pair);
	if (!copy)
		return -ENOMEM;
	free(*old);
	*old = copy;
	return 0;
}
