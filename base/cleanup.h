/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ownership in one word: a variable marked _cleanup_x_ is released when its scope ends, on every
 * path. Hand a value out with take_fd() or take_ptr(), which leave the variable empty.
 *
 * cmocka's asserts leave by longjmp and skip these attributes: assert after the scope, not in it.
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/macro.h"

static inline void cleanup_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	errno = saved;
}

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_fclose(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

static inline void cleanup_closedir(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

#define _cleanup_close_    CLEANUP(cleanup_close)
#define _cleanup_free_     CLEANUP(cleanup_free)
#define _cleanup_fclose_   CLEANUP(cleanup_fclose)
#define _cleanup_closedir_ CLEANUP(cleanup_closedir)

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#define take_ptr(p)                                                                                \
	__extension__({                                                                            \
		__typeof__(p) taken_ = (p);                                                        \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})
