/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text: a growing buffer, and strict parsing of what others wrote.
 *
 * struct text starts as { 0 } and is released with text_done(). Its data is always terminated; a
 * failed allocation is remembered and told by text_failed(), so that a chain of additions needs
 * one check at its end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macro.h"

struct text {
	char *data; /* NULL or NUL-terminated; may hold NULs of its own: trust length */
	size_t length;
	size_t room;
	bool failed;
};

void text_done(struct text *t);
#define _cleanup_text_ CLEANUP(text_done)

void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const void *bytes, size_t n);
void text_addf(struct text *t, const char *fmt, ...) PRINTF(2, 3);

/* Room for @n more bytes at data + length; the caller adds what it used to length. */
int text_reserve(struct text *t, size_t n) MUST_CHECK;

/* The string ("" while nothing was added), owned by @t. */
const char *text_get(const struct text *t);

/* Move the string out: the caller frees it. NULL when memory ran out. */
char *text_take(struct text *t);
bool text_failed(const struct text *t);

/*
 * Lines of a buffer, without allocation: returns the next line (not terminated by newline, length
 * in @ret_length), NULL at the end. @at starts as 0. A last line without newline counts.
 */
const char *text_line(const char *data, size_t length, size_t *at, size_t *ret_length);

bool text_starts(const char *s, const char *prefix);
bool text_ends(const char *s, const char *suffix);
/* Is @path the directory that the first @n bytes of @dir name, or below it? By the names alone; they
 * do not end in a slash, and none at all is the root. */
bool text_is_within(const char *path, const char *dir, size_t n);
/* True when @word stands in the blank-separated @list. */
bool text_has_word(const char *list, const char *word);
/* Copy at most size-1 bytes and terminate. Returns false when it did not fit. */
bool text_copy(char *to, size_t size, const char *from);

/* The length of the UTF-8 sequence that @s starts with, 0 when it is none (RFC 3629). Reads no
 * further than a terminating NUL. */
size_t text_utf8_length(const char *s);
/* @data is followed by a NUL, as struct text's is, and may hold others. */
bool text_is_utf8(const char *data, size_t length);

/*
 * The whole string must be a decimal number, no sign, no blanks. 0 or -EINVAL, -ERANGE; @ret is
 * written only on success. parse_id refuses 4294967295 too: (uid_t)-1 is "no id" to the kernel.
 */
int parse_u64(const char *s, uint64_t *ret) MUST_CHECK;
int parse_u32(const char *s, uint32_t *ret) MUST_CHECK;
int parse_id(const char *s, uint32_t *ret) MUST_CHECK;
/* Bytes, with an optional unit b k m g t (powers of 1024), as podman-run(1) takes them. */
int parse_size(const char *s, uint64_t *ret) MUST_CHECK;

/* A list of strings that owns its strings, NULL-terminated for exec. Starts as { 0 }. */
struct text_list {
	char **items;
	size_t count;
};

int text_list_add(struct text_list *list, const char *item) MUST_CHECK;
int text_list_addf(struct text_list *list, const char *fmt, ...) MUST_CHECK PRINTF(2, 3);
bool text_list_has(const struct text_list *list, const char *item);
void text_list_done(struct text_list *list);
#define _cleanup_text_list_ CLEANUP(text_list_done)
