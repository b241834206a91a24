/* SPDX-License-Identifier: Apache-2.0 */
#include "host/quota.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/helper.h"
#include "host/root.h"
#include "host/user.h"

#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443 /* one number on all machines; Linux 5.14 */
#endif

enum {
	LIMIT_MS = 500,
	BLOCK = 1024 /* limits are counted in these, what is used in bytes */
};

struct question {
	const struct user *user;
	const char *path;
	unsigned limit_ms;
};

/* Older kernels take the device: udev(7) has names for numbers. */
static int ask_device(int fd, uid_t uid, struct dqblk *ret)
{
	struct stat st;
	char device[48];

	if (fstat(fd, &st) < 0)
		return -errno;
	(void)snprintf(
		device, sizeof(device), "/dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
	return quotactl(QCMD(Q_GETQUOTA, USRQUOTA), device, (int)uid, (char *)ret) < 0 ? -errno : 0;
}

static int ask_kernel(const struct question *q, struct dqblk *ret)
{
	_cleanup_close_ int fd = open(q->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (syscall(SYS_quotactl_fd, fd, QCMD(Q_GETQUOTA, USRQUOTA), q->user->uid, ret) == 0)
		return 0;
	return errno == ENOSYS ? ask_device(fd, q->user->uid, ret) : -errno;
}

/* Each is "no quotas here" of one file system or another. */
static bool is_none(int r)
{
	return r == -ESRCH || r == -ENOSYS || r == -EOPNOTSUPP || r == -EINVAL || r == -ENOTTY ||
	       r == -ENOTBLK || r == -ENODEV || r == -ENOENT;
}

/* In a child that is the user. */
static int look(void *arg, int out)
{
	const struct question *q = arg;
	struct dqblk block = { 0 };
	int r = helper_become(q->user->uid, q->user->gid);

	r = r < 0 ? r : ask_kernel(q, &block);
	if (r < 0)
		return is_none(r) ? -ENOENT : r;
	return dprintf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64,
		       (uint64_t)block.dqb_curspace, (uint64_t)block.dqb_bsoftlimit * BLOCK,
		       (uint64_t)block.dqb_bhardlimit * BLOCK, (uint64_t)block.dqb_curinodes,
		       (uint64_t)block.dqb_isoftlimit, (uint64_t)block.dqb_ihardlimit) < 0
		       ? -errno
		       : 0;
}

static int ask(void *arg, struct text *ret)
{
	const struct question *q = arg;

	return helper_run(look, arg, q->limit_ms, ret);
}

int quota_parse(const char *words, struct quota *ret)
{
	struct quota q = { .state = FACT_KNOWN };

	if (sscanf(words, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
		    &q.bytes.used, &q.bytes.soft, &q.bytes.hard, &q.files.used, &q.files.soft,
		    &q.files.hard) != 6)
		return -EINVAL;
	if (!q.bytes.soft && !q.bytes.hard && !q.files.soft && !q.files.hard)
		q.state = FACT_ABSENT;
	*ret = q;
	return 0;
}

void quota_read(struct quota *ret, struct root *root, const struct user *user, const char *path)
{
	struct question q = { user, path, root_limit(root, LIMIT_MS) };
	_cleanup_text_ struct text said = { 0 };
	char key[96];
	int r;

	(void)snprintf(key, sizeof(key), "quota %.64s", user->name);
	r = root_ask(root, key, ask, &q, &said);
	if (r >= 0)
		r = quota_parse(text_get(&said), ret);
	if (r >= 0)
		return;
	*ret = (struct quota){ .state = fact_state_of(r) };
	ret->error = ret->state == FACT_UNKNOWN ? -r : 0;
}
