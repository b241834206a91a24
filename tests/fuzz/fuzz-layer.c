/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a layer, unpacked below a directory: nothing may appear beside it. Run as root or
 * where an ordinary user may make a user namespace. */
#include "base/cleanup.h"
#include "runtime/image/layer.h"
#include "tests/unit/image-root.h"

static int unpack(int root_fd, const void *data, size_t size, struct error *err)
{
	const struct tar_source source = { -1, data, size, size, 1 << 20 };
	const struct layer_limits limits = { .entries = 100 };
	_cleanup_tar_ struct tar *tar = NULL;
	struct layer_report report;
	int r;

	r = tar_open(&tar, &source, err);
	return r < 0 ? r : layer_unpack(root_fd, tar, &limits, &report, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool rooted;
	struct error err = { 0 };

	if ((!rooted && become_root() < 0) || place_make(NULL) < 0)
		abort();
	rooted = true;
	_cleanup_close_ int fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(fd, "root", 0700) < 0)
		abort();
	_cleanup_close_ int root_fd = openat(fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (unpack(root_fd, data, size, &err) < 0 && !err.text[0])
		abort();
	if (io_remove_tree_at(fd, "root") < 0 || rmdir(place) < 0)
		abort(); /* something stands beside the root */
	return 0;
}
