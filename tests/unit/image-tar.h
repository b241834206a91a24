/* SPDX-License-Identifier: Apache-2.0 */
/* Tars written byte by byte, so that they can say what no tar program would write. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct tar_line {
	char type; /* '0' file '1' hard link '2' link '3' device '5' directory '6' fifo */
	const char *name;
	const char *target; /* links */
	const char *data;   /* files */
	unsigned mode;      /* 0: 0644 */
	unsigned uid, gid;
	const char *pax; /* "key=value", for an extended header before it */
	unsigned mtime;
};

static inline void tar_block(struct text *tar, const struct tar_line *line, char type, size_t size)
{
	char block[512] = { 0 };
	unsigned sum = 0;

	(void)snprintf(block, 100, "%.99s", line->name);
	(void)snprintf(block + 100, 8, "%07o", (line->mode ? line->mode : 0644) & 07777777);
	(void)snprintf(block + 108, 8, "%07o", line->uid & 07777777);
	(void)snprintf(block + 116, 8, "%07o", line->gid & 07777777);
	(void)snprintf(block + 124, 12, "%011zo", size & 07777777777);
	(void)snprintf(block + 136, 12, "%011o", line->mtime & 07777777777);
	memset(block + 148, ' ', 8);
	block[156] = type;
	if (line->target)
		(void)snprintf(block + 157, 100, "%.99s", line->target);
	memcpy(block + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	(void)snprintf(block + 148, 7, "%06o", sum);
	text_add_bytes(tar, block, sizeof(block));
}

static inline void tar_pad(struct text *tar)
{
	static const char zeros[512];

	if (tar->length % 512)
		text_add_bytes(tar, zeros, 512 - tar->length % 512);
}

static inline void tar_add(struct text *tar, const struct tar_line *line)
{
	size_t size = line->type == '0' && line->data ? strlen(line->data) : 0;

	if (line->pax) {
		size_t n = strlen(line->pax) + 3; /* blank, newline and the digits of itself */
		char record[8192];

		n += n < 8 ? 0 : n < 97 ? 1 : n < 996 ? 2 : 3;
		(void)snprintf(record, sizeof(record), "%zu %s\n", n, line->pax);
		tar_block(tar, line, 'x', strlen(record));
		text_add(tar, record);
		tar_pad(tar);
	}
	tar_block(tar, line, line->type, size);
	if (size > 0)
		text_add(tar, line->data);
	tar_pad(tar);
}

static inline void tar_end(struct text *tar)
{
	static const char zeros[1024];

	text_add_bytes(tar, zeros, sizeof(zeros));
}
