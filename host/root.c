/* SPDX-License-Identifier: Apache-2.0 */
#include "host/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/answers.h"
#include "host/look.h"
#include "host/pack.h"
#include "host/record.h"

#define ANSWERS_PATH "/.rpod/answers"

enum {
	ANSWERS_LIMIT = 16 << 20,
	PATIENT_MS = 15000
};

static int load_answers(struct root *root, struct error *err)
{
	_cleanup_text_ struct text data = { 0 };
	char name[PATH_MAX + sizeof(ANSWERS_PATH)];
	int r;

	r = look_read(root, ANSWERS_PATH, ANSWERS_LIMIT, NULL, &data);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	(void)snprintf(name, sizeof(name), "%s%s", root->path, ANSWERS_PATH);
	if (r < 0)
		return error_set(err, r, "cannot read '%s'", name);
	r = answers_new(&root->answers);
	if (r < 0)
		return error_set(err, r, "cannot read '%s'", name);
	root->kind = ROOT_RECORDED;
	return answers_parse(root->answers, data.data, data.length, name, err);
}

/* An archive is laid out where root_close() takes it away. */
static int unpack(struct root *root, const char *path, struct error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_close_ int dir = -1;
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, -errno, "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, -ENOTDIR, "cannot open '%s'", path);
	dir = record_scratch(root->scratch);
	if (dir < 0)
		return error_set(err, dir, "cannot make a directory to unpack in");
	r = pack_read(fd, dir);
	if (r == -EINVAL)
		return error_say(err, r,
			"'%s' is neither a directory nor a record that was packed by --record",
			path);
	return r < 0 ? error_set(err, r, "cannot unpack '%s'", path) : take_fd(&dir);
}

int root_open(const char *path, struct root *ret, struct error *err)
{
	char real[PATH_MAX];
	int r;

	*ret = (struct root){ .kind = ROOT_IMAGE, .fd = -1, .record_fd = -1 };
	if (!realpath(path, real))
		return error_set(err, -errno, "cannot open '%s'", path);
	(void)text_copy(ret->path, sizeof(ret->path), real);
	ret->fd = open(real, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ret->fd < 0)
		ret->fd = errno == ENOTDIR ? unpack(ret, path, err)
					   : error_set(err, -errno, "cannot open '%s'", path);
	if (ret->fd < 0) {
		r = ret->fd;
		root_close(ret);
		return r;
	}
	if (strcmp(real, "/") == 0) {
		ret->kind = ROOT_LIVE;
		return 0;
	}
	r = load_answers(ret, err);
	if (r < 0)
		root_close(ret);
	return r;
}

void root_close(struct root *root)
{
	/* a struct root that is all zeros was never opened: descriptor 0 is not ours */
	if (root->path[0]) {
		cleanup_close(&root->fd);
		cleanup_close(&root->record_fd);
	}
	if (root->pack_fd > 0)
		cleanup_close(&root->pack_fd);
	if (root->scratch[0])
		(void)!io_remove_tree_at(AT_FDCWD, root->scratch);
	answers_free(root->answers);
	answers_free(root->noted);
	*root = (struct root){ .fd = -1, .record_fd = -1 };
}

bool root_is_live(const struct root *root)
{
	return root->kind == ROOT_LIVE && !root->next_boot;
}

bool root_is_still(const struct root *root)
{
	return root->kind == ROOT_IMAGE || root->next_boot;
}

void root_at_next_boot(struct root *root)
{
	root->next_boot = root->kind != ROOT_IMAGE;
}

/* What is among the files of a running host, and the same after its next boot. */
static bool outlives_boot(const char *path)
{
	static const char *const paths[] = { "/proc/self/gid_map", "/proc/self/uid_map",
		"/proc/sys/fs/binfmt_misc/WSLInterop", "/proc/sys/kernel/hostname",
		"/proc/sys/kernel/osrelease", "/proc/vz", "/run/.containerenv",
		"/run/host/container-manager", "/run/ostree-booted", "/run/systemd/container",
		"/run/systemd/system" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (strcmp(path, paths[i]) == 0)
			return true;
	return false;
}

static bool ends_with_boot(const struct root *root, const char *path)
{
	return root->next_boot && look_is_of_running(path) && !outlives_boot(path);
}

/* Directories of names, and the kernel that runs where nobody says which one comes. */
static bool answer_outlives_boot(const char *key)
{
	static const char *const keys[] = { "account ", "group ", "list group", "list passwd",
		"passwd ", "uname" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (text_starts(key, keys[i]))
			return true;
	return strcmp(key, "user") == 0;
}

unsigned root_limit(const struct root *root, unsigned ms)
{
	return root->patient && ms < PATIENT_MS ? PATIENT_MS : ms;
}

/* Does a recorded host say something of "@verb @path"? Then @ret_result is what it said. */
static bool answered(const struct root *root, const char *verb, const char *path, struct text *ret,
	int *ret_result)
{
	char question[PATH_MAX + 16];
	int r;

	if (!root->answers)
		return false;
	(void)snprintf(question, sizeof(question), "%s %s", verb, path);
	r = answers_get(root->answers, question, ret);
	*ret_result = r;
	return r != -ENODATA || ret->length > 0;
}

/* Neither the answers nor the tree have it: absent, or nobody looked. */
static int otherwise(const struct root *root, int r)
{
	_cleanup_text_ struct text unused = { 0 };

	if (!root->answers || (r != -ENOENT && r != -ENOTDIR))
		return r;
	return answers_get(root->answers, RECORD_OTHERWISE, &unused) == 0 ? -ENODATA : r;
}

static int read_somehow(
	struct root *root, const char *path, size_t limit, const uid_t *owner, struct text *ret)
{
	_cleanup_text_ struct text said = { 0 };
	int result = 0, r;

	if (path[0] != '/')
		return -EINVAL;
	if (ends_with_boot(root, path))
		return -ENODATA;
	if (answered(root, "read", path, &said, &result)) {
		if (result == -EFBIG) {
			r = look_read(root, path, limit, owner, ret);
			return r < 0 ? r : result;
		}
		text_add_bytes(ret, text_get(&said), MIN(said.length, limit));
		return result < 0 || said.length <= limit ? result : -EFBIG;
	}
	return otherwise(root, look_read(root, path, limit, owner, ret));
}

static int read_noted(
	struct root *root, const char *path, size_t limit, const uid_t *owner, struct text *ret)
{
	_cleanup_text_ struct text whole = { 0 };
	int r;

	if (!root->noted)
		return read_somehow(root, path, limit, owner, ret);
	/* the copy must serve whoever reads it later with a higher limit */
	r = read_somehow(root, path, MAX(limit, (size_t)ROOT_READ_LIMIT), owner, &whole);
	record_read(root, path, r, &whole);
	text_add_bytes(ret, text_get(&whole), MIN(whole.length, limit));
	return r >= 0 && whole.length > limit ? -EFBIG : r;
}

int root_read(struct root *root, const char *path, size_t limit, struct text *ret)
{
	return read_noted(root, path, limit, NULL, ret);
}

int root_read_owned(
	struct root *root, const char *path, size_t limit, uid_t owner, struct text *ret)
{
	/* who owns a record's copies says nothing of who owned the files */
	return read_noted(root, path, limit, root->kind == ROOT_RECORDED ? NULL : &owner, ret);
}

int root_read_line(struct root *root, const char *path, char *ret, size_t size)
{
	_cleanup_text_ struct text data = { 0 };
	size_t length;
	int r;

	r = root_read(root, path, MAX(size, (size_t)4096), &data);
	if (r < 0 && r != -EFBIG)
		return r;
	length = strcspn(text_get(&data), "\n");
	(void)snprintf(ret, size, "%.*s", (int)MIN(length, size - 1), text_get(&data));
	return 0;
}

void root_read_number(struct root *root, const char *path, struct fact_number *ret)
{
	char line[64], *end = line;
	int r = root_read_line(root, path, line, sizeof(line));

	*ret = (struct fact_number){ .state = fact_state_of(r) };
	if (ret->state == FACT_UNKNOWN)
		ret->error = -r;
	if (ret->state != FACT_KNOWN)
		return;
	errno = 0;
	ret->value = strcmp(line, "max") == 0 ? INT64_MAX : strtoll(line, &end, 10);
	if (strcmp(line, "max") != 0 && (errno || end == line || end[strspn(end, " \t\r")]))
		*ret = (struct fact_number){ .state = FACT_UNKNOWN, .error = EINVAL };
}

void root_read_text(struct root *root, const char *path, struct fact_text *ret)
{
	int r;

	*ret = (struct fact_text){ 0 };
	r = root_read_line(root, path, ret->value, sizeof(ret->value));
	ret->state = fact_state_of(r);
	ret->error = ret->state == FACT_UNKNOWN ? -r : 0;
}

/* Names each ended by a slash, the one byte no name can have. */
static int split_names(const char *joined, struct text_list *ret)
{
	while (*joined) {
		size_t length = strcspn(joined, "/");
		int r = text_list_addf(ret, "%.*s", (int)length, joined);

		if (r < 0)
			return r;
		joined += length;
		joined += *joined == '/';
	}
	return 0;
}

int root_list(struct root *root, const char *path, struct text_list *ret)
{
	_cleanup_text_ struct text said = { 0 };
	int result = 0, r;

	if (path[0] != '/')
		return -EINVAL;
	if (ends_with_boot(root, path))
		return -ENODATA;
	if (answered(root, "list", path, &said, &result))
		r = result < 0 ? result : split_names(text_get(&said), ret);
	else
		r = otherwise(root, look_list(root, path, ret));
	if (root->noted)
		record_list(root, path, r, ret);
	return r;
}

void root_stat(struct root *root, const char *path, struct fact_file *ret)
{
	_cleanup_text_ struct text said = { 0 };
	int result = 0, r;

	*ret = (struct fact_file){ 0 };
	if (path[0] != '/')
		r = -EINVAL;
	else if (ends_with_boot(root, path))
		r = -ENODATA;
	else if (answered(root, "stat", path, &said, &result))
		r = result < 0 ? result : fact_file_parse(text_get(&said), ret);
	else
		r = otherwise(root, look_stat(root, path, ret));
	ret->state = fact_state_of(r);
	ret->error = ret->state == FACT_UNKNOWN ? -r : 0;
	root_note_stat(root, path, ret);
}

void root_note_stat(struct root *root, const char *path, const struct fact_file *file)
{
	if (root->noted)
		record_stat(root, path, file);
}

int root_readlink(struct root *root, const char *path, char *ret, size_t size)
{
	_cleanup_text_ struct text said = { 0 };
	char target[PATH_MAX] = "";
	int result = 0, r;

	if (path[0] != '/')
		return -EINVAL;
	if (ends_with_boot(root, path))
		return -ENODATA;
	if (answered(root, "link", path, &said, &result)) {
		(void)text_copy(target, sizeof(target), text_get(&said));
		r = result;
	} else {
		r = otherwise(root, look_link(root, path, target, sizeof(target)));
	}
	if (root->noted)
		record_answer(root, "link", path, r, target);
	if (r < 0)
		return r;
	return text_copy(ret, size, target) ? 0 : -ENAMETOOLONG;
}

int root_ask(struct root *root, const char *key, root_look *look, void *arg, struct text *ret)
{
	_cleanup_text_ struct text said = { 0 };
	int r = -ENODATA;

	if (root->next_boot && !answer_outlives_boot(key))
		return r;
	if (root->kind == ROOT_LIVE)
		r = look(arg, &said);
	else if (root->answers)
		r = answers_get(root->answers, key, &said);
	if (root->noted && r != -ENODATA)
		record_answer(root, key, NULL, r, text_get(&said));
	text_add_bytes(ret, text_get(&said), said.length);
	return text_failed(ret) ? -ENOMEM : r;
}
