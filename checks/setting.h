/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel setting, now and after the next boot: what all subjects that set one share, so that each
 * is looked after in the same words. A file that is read after ours wins at boot, and no drop-in of
 * ours can change that: it is named, with its line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/sysctl.h"

struct host;
struct plan;
struct verdict;

/* A setting of which there can be too little. */
struct setting {
	enum sysctl_key key;
	int64_t least; /* below it something breaks */
	uint64_t good; /* what to mend with */
};

bool setting_is_low(const struct host *host, const struct setting *setting);
bool setting_is_low_at_boot(const struct host *host, const struct setting *setting);

/* What our own drop-in says of @key. */
bool setting_is_ours(const struct host *host, enum sysctl_key key, struct sysctl_line *ret);
/* Would a line of ours win at boot? */
bool setting_can_win(const struct host *host, enum sysctl_key key);

/* Will it be what the kernel begins with, because no file sets it? Seen at the next boot. */
bool setting_is_kernels(const struct host *host, enum sysctl_key key);

/* Evidence: what @key is, and where that was seen. */
void setting_say(
	struct verdict *v, const struct host *host, enum sysctl_key key, const char *wanted);
/* Evidence: the file and line that set @key at boot; a fix where ours could not change that. */
void setting_say_source(
	struct verdict *v, const struct host *host, enum sysctl_key key, const char *wanted);
/* A warning: what the next boot makes of @key, from where, and what it is now. */
void setting_warn_of_boot(
	struct verdict *v, const struct host *host, enum sysctl_key key, const char *wanted);
/* The same for each of @settings that will be too low. */
void setting_judge_boot(
	struct verdict *v, const struct host *host, const struct setting *settings, size_t n);

/* Raise what is too low now, or will be and is ours to change. */
void setting_mend(
	struct plan *plan, const struct host *host, const struct setting *settings, size_t n);
