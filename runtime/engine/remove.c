/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/remove.h"

#include <errno.h>
#include <unistd.h>

#include "base/io.h"
#include "runtime/engine/stop.h"

int container_remove(struct container *container, const struct place *place, struct error *err)
{
	char path[4096 + 128];
	int r;

	stop_network(container);
	container_free_name(container, place);
	r = io_remove_tree_at(place->containers_fd, container->id);
	if (r < 0) {
		container_path(container, place, "", path, sizeof(path));
		return error_set(err, r, "cannot remove '%s'", path);
	}
	/* last: while it is there and locked the container is known to be in use */
	r = io_remove_tree_at(place->run_fd, container->id);
	if (r < 0) {
		container_run_path(container, place, "", path, sizeof(path));
		return error_set(err, r, "cannot remove '%s'", path);
	}
	return 0;
}
