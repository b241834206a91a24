/* SPDX-License-Identifier: Apache-2.0 */
#include "host/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/answers.h"
#include "host/mask.h"
#include "host/pack.h"
#include "host/redact.h"

static void failed(struct root *root, int r)
{
	if (r < 0 && !root->record_failed)
		root->record_failed = r;
}

/* What goes into the record: without secrets, and without names where that was asked for. */
static void add(struct root *root, struct text *to, const char *s, size_t n)
{
	_cleanup_text_ struct text masked = { 0 };

	if (!root->redact) {
		mask_secrets(s, n, to);
		return;
	}
	mask_secrets(s, n, &masked);
	to->failed |= text_failed(&masked);
	redact_bytes(root->redact, text_get(&masked), masked.length, to);
}

void record_answer(
	struct root *root, const char *what, const char *path, int result, const char *answer)
{
	_cleanup_text_ struct text question = { 0 }, said = { 0 };

	add(root, &question, what, strlen(what));
	if (path) {
		text_add(&question, " ");
		add(root, &question, path, strlen(path));
	}
	if (answer)
		add(root, &said, answer, strlen(answer));
	failed(root, answers_put(root->noted, text_get(&question), result, text_get(&said)));
}

void record_list(struct root *root, const char *path, int result, const struct text_list *names)
{
	_cleanup_text_ struct text joined = { 0 };

	for (size_t i = 0; i < names->count && result >= 0; i++)
		text_addf(&joined, "%s/", names->items[i]);
	record_answer(root, "list", path, result, text_get(&joined));
}

void record_stat(struct root *root, const char *path, const struct fact_file *file)
{
	_cleanup_text_ struct text line = { 0 };
	int result = file->state == FACT_ABSENT ? -ENOENT : -file->error;
	char question[PATH_MAX + 8];

	/* what is free changes from one look to the next: the first is what was judged */
	(void)snprintf(question, sizeof(question), "stat %s", path);
	if (answers_get(root->noted, question, &line) != -ENODATA)
		return;
	if (file->state == FACT_KNOWN)
		fact_file_print(file, &line);
	record_answer(root, "stat", path, result, text_get(&line));
}

int record_open_parent(int fd, const char *path, const char **ret_name)
{
	_cleanup_close_ int at = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	while (at >= 0) {
		char name[NAME_MAX + 1];
		size_t length;
		int next;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (!path[length]) {
			*ret_name = path;
			return take_fd(&at);
		}
		if (length > NAME_MAX || (length == 2 && memcmp(path, "..", 2) == 0))
			return -EINVAL;
		(void)snprintf(name, sizeof(name), "%.*s", (int)length, path);
		if (mkdirat(at, name, 0755) < 0 && errno != EEXIST)
			return -errno;
		next = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		cleanup_close(&at);
		at = next;
		path += length;
	}
	return -errno;
}

static int copy(struct root *root, const char *path, const struct text *content)
{
	_cleanup_text_ struct text masked = { 0 };
	bool is_passwd = text_ends(path, "/passwd");
	_cleanup_close_ int parent = -1, fd = -1;
	const char *name = NULL;

	parent = record_open_parent(root->record_fd, path, &name);
	if (parent < 0)
		return parent;
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	(is_passwd ? mask_passwd : mask_secrets)(text_get(content), content->length, &masked);
	return text_failed(&masked) ? -ENOMEM : io_write_all(fd, text_get(&masked), masked.length);
}

void record_read(struct root *root, const char *path, int result, const struct text *content)
{
	_cleanup_text_ struct text to = { 0 }, place = { 0 };

	if (result >= 0 || result == -EFBIG) {
		add(root, &place, path, strlen(path));
		if (root->redact && text_ends(path, "/passwd"))
			redact_passwd(root->redact, text_get(content), content->length, &to);
		else
			add(root, &to, text_get(content), content->length);
		failed(root, text_failed(&to) ? -ENOMEM : copy(root, text_get(&place), &to));
	}
	/* a success needs no line: the copy is the answer */
	if (result < 0)
		record_answer(root, "read", path, result, "");
}

static int make_empty(const char *dir, struct error *err)
{
	_cleanup_close_ int fd = -1;
	_cleanup_closedir_ DIR *entries = NULL;
	struct dirent *entry;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return error_set(err, -errno, "cannot make '%s'", dir);
	entries = opendir(dir);
	if (!entries)
		return error_set(err, -errno, "cannot open '%s'", dir);
	while ((entry = readdir(entries)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return error_say(err, -ENOTEMPTY,
				"'%s' is not empty; name a new directory for the record", dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, -errno, "cannot open '%s'", dir);
	return take_fd(&fd);
}

/* The directory that is packed, or was unpacked: nobody else may look into it meanwhile. */
int record_scratch(char ret[PATH_MAX])
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	(void)snprintf(
		ret, PATH_MAX, "%.3900s/rpod-record-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
	if (!mkdtemp(ret)) {
		*ret = '\0';
		return -errno;
	}
	fd = open(ret, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int make_pack(struct root *root, const char *path, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_set(err, -errno, "cannot make '%s'", path);
	root->pack_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	(void)close(fd);
	fd = record_scratch(root->scratch);
	return fd < 0 ? error_set(err, fd, "cannot make a directory to record in") : fd;
}

int root_record(struct root *root, const char *dir, struct error *err)
{
	int fd, r;

	fd = text_ends(dir, ".tar") ? make_pack(root, dir, err) : make_empty(dir, err);
	if (fd < 0)
		return fd;
	r = answers_new(&root->noted);
	if (r < 0) {
		(void)close(fd);
		return error_set(err, r, "cannot record to '%s'", dir);
	}
	root->record_fd = fd;
	record_answer(root, RECORD_OTHERWISE, NULL, 0, "unknown");
	return 0;
}

int root_record_finish(struct root *root, struct error *err)
{
	_cleanup_text_ struct text data = { 0 };
	_cleanup_close_ int dir = -1;
	const char *name = NULL;
	int r = root->record_failed;

	text_add(&data, "# a host as rpod-doctor --record saw it: question, result, answer\n");
	if (r >= 0)
		r = answers_print(root->noted, &data);
	if (r >= 0)
		r = dir = record_open_parent(root->record_fd, ".rpod/answers", &name);
	if (r >= 0)
		r = io_replace_at(dir, name, data.data, data.length, 0644, IO_NO_SYNC);
	if (r >= 0 && root->pack_fd > 0)
		r = pack_write(root->record_fd, root->pack_fd);
	return r < 0 ? error_set(err, r, "cannot write the record") : 0;
}
