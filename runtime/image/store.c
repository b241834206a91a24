/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "runtime/image/image.h"

static int make(const char *store, const char *below, struct error *err)
{
	char path[sizeof(((struct store *)0)->path) + 32];
	int r;

	(void)snprintf(path, sizeof(path), "%s%s", store, below);
	if (access(path, F_OK) == 0)
		return 0;
	r = io_mkdirs(path, 0700);
	if (r < 0)
		return error_set(err, r, "cannot make '%.300s'", path);
	return 0;
}

int store_open(struct store *ret, const char *data_home, const char *home, struct error *err)
{
	struct store store = { 0 };
	int n, r;

	if (data_home && *data_home == '/')
		n = snprintf(store.path, sizeof(store.path), "%s/rpod", data_home);
	else if (home && *home == '/')
		n = snprintf(store.path, sizeof(store.path), "%s/.local/share/rpod", home);
	else
		return error_say(err, -EINVAL, "no home directory to keep images in; set HOME");
	if (n < 0 || (size_t)n >= sizeof(store.path))
		return error_say(err, -ENAMETOOLONG, "the home directory's path is too long");
	r = make(store.path, "/images", err);
	if (r >= 0)
		r = make(store.path, "/layers/sha256", err);
	if (r >= 0)
		*ret = store;
	return r;
}
