/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "host/pack.h"
#include "fuzz.h"

/* Whatever the archive says lies below the directory, or nowhere: a canary beside it stays alone. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char top[] = "/tmp/rpod-fuzz-pack-XXXXXX";
	int fd = memfd_create("pack", MFD_CLOEXEC), at, in;

	fuzz_must(fd >= 0 && mkdtemp(top) && write(fd, data, size) == (ssize_t)size);
	fuzz_must(lseek(fd, 0, SEEK_SET) == 0);
	at = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fuzz_must(at >= 0 && mkdirat(at, "in", 0700) == 0);
	in = openat(at, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)!pack_read(fd, in);
	fuzz_must(io_remove_tree_at(at, "in") == 0 && rmdir(top) == 0);
	(void)close(in);
	(void)close(at);
	(void)close(fd);
	return 0;
}
