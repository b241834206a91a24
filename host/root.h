/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only door to a host's files, and to what else it can be asked. It reads and never writes.
 *
 * A root is one of three:
 *   live      "/" of the machine we run on: files are opened plainly, questions are answered by
 *             the kernel and by probes;
 *   image     a tree (--root DIR): links cannot lead out of it (openat2(2) RESOLVE_IN_ROOT, or a
 *             walk by components where the kernel or a sandbox has no openat2), and questions that
 *             only a running machine could answer are -ENODATA, "unknown", as is what is below
 *             /proc, /sys, /dev and /run, even where a builder has mounted his own there;
 *   recorded  a tree with the file .rpod/answers, made by `rpod-doctor --record`: files are in the
 *             tree, every other answer (stat of a device node, a probe's result, an error) is in
 *             the file. A replay sees what the recorder saw. Questions are "read PATH",
 *             "list PATH" (names, each ended by a slash), "stat PATH" (fact_file_print()),
 *             "link PATH" and the keys of root_ask(); the file is asked before the tree. What
 *             neither has is absent; in a record, which answers "anything else" with "unknown",
 *             it is what nobody looked at.
 *
 * A live or recorded host can also be seen as its next boot will find it: root_at_next_boot().
 *
 * Reading is defensive: regular files only (no FIFO or device is opened, no terminal acquired), up
 * to a limit, never blocking.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "host/fact.h"

struct redact;
struct answers; /* of a recorded host, or of one being recorded: host/answers.h */

enum root_kind {
	ROOT_LIVE,
	ROOT_IMAGE,
	ROOT_RECORDED
};

struct root {
	enum root_kind kind;
	int fd;
	int record_fd;           /* directory a copy of every file read goes to, or -1 */
	bool patient;            /* a slow host must not pass for a broken one: see root_limit() */
	bool next_boot;          /* see root_at_next_boot() */
	bool without_openat2;    /* use the fallback walk: set by a first ENOSYS, and by tests */
	struct answers *answers; /* what a recorded host says; NULL on the two others */
	struct answers *noted;   /* what is being written down for root_record(), or NULL */
	const struct redact *redact; /* what a record is to be without, or NULL: host/redact.h */
	int pack_fd;                 /* the archive the record becomes; 0: none */
	char scratch[PATH_MAX];      /* a directory to remove at root_close(), or "" */
	int record_failed;           /* the first error of doing so */
	char path[PATH_MAX];
};

enum {
	ROOT_READ_LIMIT = 1 << 20
}; /* no file a host is configured by is larger */

/* "/" is the live root; a tree with .rpod/answers, or a tar archive of one, is a recorded one. */
int root_open(const char *path, struct root *ret, struct error *err) MUST_CHECK;
void root_close(struct root *root);
#define _cleanup_root_ CLEANUP(root_close)
bool root_is_live(const struct root *root);
/* Nothing runs in it: an image, or a host before its next boot. */
bool root_is_still(const struct root *root);

/*
 * From now on answer for what will be there when the host has booted anew. What ends with this boot
 * is -ENODATA, "unknown": what is below /proc, /sys, /dev and /run, and every question but those
 * whose answer outlives it (who the users are). An image is that already.
 */
void root_at_next_boot(struct root *root);

/* From now on copy what is read, and write down what is answered, to @dir (made, must be empty). */
int root_record(struct root *root, const char *dir, struct error *err) MUST_CHECK;
/* Write the answers. Without it the record is incomplete. */
int root_record_finish(struct root *root, struct error *err) MUST_CHECK;

/*
 * Append the file at the absolute @path to @ret. 0, or -ENOENT, -EACCES, -ELOOP, -EINVAL (not a
 * regular file), -EFBIG (longer than @limit: what was read up to there is in @ret), -ENODATA (a
 * recorded host does not say).
 */
int root_read(struct root *root, const char *path, size_t limit, struct text *ret) MUST_CHECK;

/* The same for files below a home, whose owner may point them anywhere: what neither belongs to
 * @owner nor is readable by everybody is -EACCES, also for root. */
int root_read_owned(struct root *root, const char *path, size_t limit, uid_t owner,
	struct text *ret) MUST_CHECK;

/* First line, without newline. Longer lines are cut to @size - 1. Negative errno as root_read. */
int root_read_line(struct root *root, const char *path, char *ret, size_t size) MUST_CHECK;
/* The file is one decimal number (kernel files: "max" is INT64_MAX). */
void root_read_number(struct root *root, const char *path, struct fact_number *ret);
void root_read_text(struct root *root, const char *path, struct fact_text *ret);

/*
 * How long to wait for a child that asks what may hang: @ms, for who answers a person at once; on a
 * patient root much longer, for who would write to the host because of a wrong answer, and on a slow
 * machine.
 */
unsigned root_limit(const struct root *root, unsigned ms);

/* Names in a directory, sorted as bytes, without "." and "..". */
int root_list(struct root *root, const char *path, struct text_list *ret) MUST_CHECK;

/* Follows links, inside the root. With a live root this may hang on a dead network file system:
 * call it on such paths only from a probe child. */
void root_stat(struct root *root, const char *path, struct fact_file *ret);

/* Write down what another way (a child with a time limit) found at @path. */
void root_note_stat(struct root *root, const char *path, const struct fact_file *file);

/* Target of the symbolic link at @path. */
int root_readlink(struct root *root, const char *path, char *ret, size_t size) MUST_CHECK;

/* @path with every link in it followed, inside the root: what the kernel calls the file. */
int root_real_path(struct root *root, const char *path, char ret[PATH_MAX]) MUST_CHECK;

/*
 * Ask what no file answers: uname, an environment variable, a probe. @key names the question in
 * words without tabs or newlines ("uname", "probe userns alice"). On a live root @look answers (0
 * and text in @ret, or a negative errno); on a recorded one the record does; on an image the answer
 * is -ENODATA.
 */
typedef int root_look(void *arg, struct text *ret);
int root_ask(struct root *root, const char *key, root_look *look, void *arg,
	struct text *ret) MUST_CHECK;
