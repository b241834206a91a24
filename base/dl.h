/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Libraries that are loaded only where they are needed and only where the host has them.
 *
 * A module that uses one declares a struct of function pointers and a table of names:
 *
 *	static const struct dl_symbol symbols[] = {
 *		{ "sd_bus_open_user", offsetof(struct systemd, bus_open_user) },
 *	};
 *	static const char *const names[] = { "libsystemd.so.0", NULL };
 *	static struct systemd systemd;
 *	r = dl_load(names, symbols, ARRAY_SIZE(symbols), &systemd);
 */
#pragma once

#include "base/macro.h"

struct dl_symbol {
	const char *name;
	size_t offset; /* of the function pointer in the caller's struct */
};

/*
 * Open the first library of @names that is there and fill @table. 0, or -ENOENT when the host has
 * none of them, or -ENOSYS when it lacks a symbol (then nothing in @table may be called). The
 * library stays loaded for the life of the process.
 */
int dl_load(const char *const names[], const struct dl_symbol symbols[], size_t n,
	void *table) MUST_CHECK;
