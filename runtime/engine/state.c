/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one container: see container.h for what says that it runs. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "runtime/engine/container.h"
#include "runtime/oci/process.h"

enum {
	LIMIT = 4096,
	LOST_STATUS = 255
};

int64_t state_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

const char *state_word(enum state_kind kind)
{
	static const char *const words[] = { "created", "running", "exited" };

	_Static_assert(ARRAY_SIZE(words) == STATE_KIND_COUNT, "a word for every state");
	return words[kind];
}

int state_lock(struct container *container)
{
	_cleanup_close_ int fd =
		openat(container->run_fd, "state", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_SETLK, &lock) < 0)
		return errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
	if (ftruncate(fd, 0) < 0)
		return -errno;
	container->state_fd = take_fd(&fd);
	return 0;
}

int state_write(const struct container *container, pid_t pid, int64_t started, const char *cgroup)
{
	uint64_t start_time = 0;
	char line[LIMIT];
	int n;

	/* a command that has ended already has no time: then it does not run either */
	(void)!process_start_time(pid, &start_time);
	n = snprintf(line, sizeof(line), "%d %" PRIu64 " %" PRId64 " %s\n", (int)pid, start_time,
		started, cgroup);
	if (n < 0 || (size_t)n >= sizeof(line))
		return -ENAMETOOLONG;
	if (pwrite(container->state_fd, line, (size_t)n, 0) != n)
		return -EIO;
	return 0;
}

void state_write_end(const struct container *container, int exit_status)
{
	char line[32];
	int n = snprintf(line, sizeof(line), "0 0 0 end %d\n", exit_status);

	if (ftruncate(container->state_fd, 0) == 0)
		(void)!pwrite(container->state_fd, line, (size_t)n, 0);
}

int state_read_end(int fd, int *ret_status)
{
	char line[32] = "";
	ssize_t n = pread(fd, line, sizeof(line) - 1, 0);

	if (n < 0)
		return -errno;
	return sscanf(line, "0 0 0 end %d", ret_status) == 1 ? 0 : -ENODATA;
}

int state_write_exit(
	const struct container *container, int exit_status, int64_t started, int64_t finished)
{
	char line[128];
	int n = snprintf(
		line, sizeof(line), "%d %" PRId64 " %" PRId64 "\n", exit_status, started, finished);

	return io_replace_at(container->dir_fd, "exit", line, (size_t)n, 0600, IO_NO_SYNC);
}

static pid_t lock_holder(int fd)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid;
}

/* A process whose parent was killed may stay a zombie for as long as pid 1 likes; its descriptor
 * knows better than /proc that it has ended. */
static bool is_alive(pid_t pid, uint64_t start_time)
{
	_cleanup_close_ int fd = process_open(pid, start_time);
	struct pollfd one = { .fd = fd, .events = POLLIN };

	return fd >= 0 && poll(&one, 1, 0) == 0;
}

/* Who runs it, and whether they still do. */
static void read_running(const struct container *container, struct state *ret)
{
	_cleanup_close_ int fd =
		openat(container->run_fd, "state", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_text_ struct text line = { 0 };
	uint64_t start_time = 0;
	int pid = 0, used = 0;

	if (fd < 0)
		return;
	ret->monitor = lock_holder(fd);
	if (io_read_all(fd, LIMIT, &line) < 0 ||
		sscanf(text_get(&line), "%d %" SCNu64 " %" SCNd64 " %n", &pid, &start_time,
			&ret->started, &used) < 3)
		return;
	(void)text_copy(ret->cgroup, sizeof(ret->cgroup), line.data + used);
	ret->cgroup[strcspn(ret->cgroup, "\n")] = '\0';
	if (pid > 0 && start_time > 0 && is_alive(pid, start_time)) {
		ret->pid = pid;
		ret->start_time = start_time;
		ret->kind = STATE_RUNNING;
	}
}

static bool read_exit(const struct container *container, struct state *ret)
{
	_cleanup_text_ struct text line = { 0 };

	return io_read_file_at(container->dir_fd, "exit", LIMIT, &line) >= 0 &&
	       sscanf(text_get(&line), "%d %" SCNd64 " %" SCNd64, &ret->exit_status, &ret->started,
		       &ret->finished) == 3;
}

void state_read(const struct container *container, int64_t started, struct state *ret)
{
	struct state state = { .kind = STATE_CREATED };

	read_running(container, &state);
	if (state.kind == STATE_RUNNING) {
		/* nothing more to ask */
	} else if (read_exit(container, &state)) {
		state.kind = STATE_EXITED;
	} else if (started && !state.monitor) {
		state.kind = STATE_EXITED;
		state.exit_status = LOST_STATUS;
		state.started = started;
		state.lost = true;
	}
	*ret = state;
}
