/* SPDX-License-Identifier: Apache-2.0 */
/* How the next boot mounts things: /etc/fstab, fstab(5). What is mounted now it does not say. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/macro.h"

struct fact_file;
struct root;

/* statvfs(3) ST_* flags of the mount that covers @path by the text of an fstab; 0: nothing there
 * says any. Errors: those of mount_table_read(). Fuzzed. */
int fstab_flags(const char *data, size_t length, const char *path, uint64_t *ret) MUST_CHECK;

/* Seen at the next boot, @file at @path has the flags of then; else it is left alone. */
void fstab_foresee(struct root *root, const char *path, struct fact_file *file);
/* Nothing else reads it before a record is asked what its next boot will do: have it kept. */
void fstab_record(struct root *root);
