/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a record while a host is read: copies of files go to the directory at once, everything
 * else to root->noted, which root_record_finish() writes. Only root.c uses this; it calls these
 * with what it is about to return. Memory or disk running out shows in root_record_finish().
 */
#pragma once

#include "host/root.h"

/* In a record what nobody asked is unknown; in a host written by hand it is absent. */
#define RECORD_OTHERWISE "anything else"

/* A new directory of ours alone, whose path is @ret: a descriptor. */
int record_scratch(char ret[PATH_MAX]) MUST_CHECK;
/* Make the directories of @path below @fd and open the last; @ret_name is what is left of @path.
 * -EINVAL for "..": it leads nowhere else. */
int record_open_parent(int fd, const char *path, const char **ret_name) MUST_CHECK;
void record_read(struct root *root, const char *path, int result, const struct text *content);
void record_list(struct root *root, const char *path, int result, const struct text_list *names);
void record_stat(struct root *root, const char *path, const struct fact_file *file);
/* The answer to "@what @path", or to @what alone where @path is NULL. */
void record_answer(
	struct root *root, const char *what, const char *path, int result, const char *answer);
