/* SPDX-License-Identifier: Apache-2.0 */
#include "host/userns.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/root.h"
#include "host/user.h"

enum {
	SEEN = 4096 /* more than that is no more told */
};

struct seen {
	ino_t ids[SEEN];
	size_t count;
};

static bool is_new(struct seen *seen, ino_t id)
{
	for (size_t i = 0; i < seen->count; i++)
		if (seen->ids[i] == id)
			return false;
	if (seen->count == SEEN)
		return false;
	seen->ids[seen->count++] = id;
	return true;
}

/* ioctl_ns(2): who made it. Seen ones are remembered, whoever made them. */
static bool is_another_of(struct seen *seen, int proc, const char *pid, uid_t uid)
{
	_cleanup_close_ int fd = -1;
	char path[64];
	struct stat st;
	uid_t owner;

	(void)snprintf(path, sizeof(path), "%.20s/ns/user", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && fstat(fd, &st) == 0 && is_new(seen, st.st_ino) &&
	       ioctl(fd, NS_GET_OWNER_UID, &owner) == 0 && owner == uid;
}

static int count(void *arg, struct text *ret)
{
	const struct user *user = arg;
	_cleanup_closedir_ DIR *proc = opendir("/proc");
	_cleanup_free_ struct seen *seen = calloc(1, sizeof(*seen));
	const struct dirent *entry;
	unsigned n = 0;

	if (!proc)
		return -errno;
	if (!seen)
		return -ENOMEM;
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			n += is_another_of(seen, dirfd(proc), entry->d_name, user->uid);
	text_addf(ret, "%u", n);
	return 0;
}

void userns_read_count(struct fact_number *ret, struct root *root, const struct user *user)
{
	_cleanup_text_ struct text line = { 0 };
	uint64_t n = 0;
	int r = -ENOENT;

	if (user->state == FACT_KNOWN)
		r = root_ask(root, "user namespaces in use", count, (void *)(uintptr_t)user, &line);
	if (r >= 0)
		r = parse_u64(text_get(&line), &n);
	*ret = (struct fact_number){ .state = fact_state_of(r), .value = (int64_t)n };
	if (ret->state == FACT_UNKNOWN)
		ret->error = -r;
}
