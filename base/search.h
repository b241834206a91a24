/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many words looked for at once: one pass over a text however many they are (Aho and Corasick,
 * CACM 18(6), 1975). Bytes are compared as they are; who wants case folded folds both sides.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"

struct search;

/* The words are borrowed for the call only. Empty words are never found; of equal ones the first. NULL without memory. */
struct search *search_new(const char *const words[], size_t count) MUST_CHECK;
void search_free(struct search *search);

/* Called for every place where words[@word] ends, @end bytes into the text; of words that end at one
 * place the longest comes first. Non-zero ends the search and is returned. */
typedef int search_found(size_t word, size_t end, void *arg);
int search_each(const struct search *search, const char *text, size_t length, search_found *found,
	void *arg);
