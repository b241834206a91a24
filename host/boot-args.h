/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel command line of the next boot, where the boot loader's files say it. */
#pragma once

#include <stddef.h>

#include "base/macro.h"

struct root;
struct text;

/* Append it to @ret; @file is where it stands. -ENODATA: no file says it for sure. */
int boot_args_read(struct root *root, struct text *ret, char *file, size_t size) MUST_CHECK;

/* From the text of a grub.cfg whose default is its first entry. -ENODATA: it is not. Fuzzed. */
int boot_args_of_grub(const char *data, size_t length, struct text *ret) MUST_CHECK;
/* From an entry of the Boot Loader Specification. -ENODATA: it takes its options from elsewhere. */
int boot_args_of_entry(const char *data, size_t length, struct text *ret) MUST_CHECK;
