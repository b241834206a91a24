/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What root.h does underneath: look at one path of the tree itself, past answers and recording.
 * Results as there. Only root.c uses this.
 */
#pragma once

#include "host/root.h"

/* @owner NULL: anybody's. */
int look_read(struct root *root, const char *path, size_t limit, const uid_t *owner,
	struct text *ret) MUST_CHECK;
int look_list(struct root *root, const char *path, struct text_list *ret) MUST_CHECK;
int look_stat(struct root *root, const char *path, struct fact_file *ret) MUST_CHECK;
int look_link(struct root *root, const char *path, char *ret, size_t size) MUST_CHECK;

/* Does a host make what is at @path when it boots: is it below /proc, /sys, /dev or /run? */
bool look_is_of_running(const char *path);
