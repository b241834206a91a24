/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host as its distribution's installer leaves it: no user of ours, no ranges, the stock limits,
 * what a small server install has of programs. It is a recorded host (root.h) that nobody had to
 * record: a few facts per release become the answers a record of such a host would hold, and every
 * reader and check sees it as any other. It describes hosts to come, never this one.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

struct os;
struct root;

/*
 * The stock host of the distribution that @os names and @release (text of its os-release(5))
 * describes. -EOPNOTSUPP with words: a distribution whose installs are not known here. Close with
 * root_close().
 */
int stock_open(
	const struct os *os, const char *release, struct root *ret, struct error *err) MUST_CHECK;

/* What a plan for it makes, so that the next plan counts with it. 0 or -ENOMEM. */
int stock_add_user(struct root *stock, const char *name, const char *home) MUST_CHECK;
int stock_add_file(struct root *stock, const char *path, const char *content) MUST_CHECK;
int stock_add_range(
	struct root *stock, const char *user, uint64_t start, uint64_t count) MUST_CHECK;
