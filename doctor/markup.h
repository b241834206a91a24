/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML and HTML that what comes from a host cannot get out of: only the format is markup, every value
 * is escaped on its way in. There is no other way to add a value.
 */
#pragma once

#include "base/text.h"

/*
 * text_addf() with %s (escaped: & < > " ', and U+FFFD for what XML 1.0 has no character for or is no
 * UTF-8), %d, %u, %zu, %llu, %.Nf and %%. Anything else in @fmt is a bug, and asserted.
 */
void markup_add(struct text *to, const char *fmt, ...) PRINTF(2, 3);
/* @s alone, escaped. */
void markup_escape(struct text *to, const char *s);
