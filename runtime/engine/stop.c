/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "runtime/oci/network.h"
#include "runtime/oci/process.h"

enum {
	MONITOR_PATIENCE = 10000,
	LOST_STATUS = 137
};

int stop_signal(
	const struct container *container, const struct state *state, int signal, struct error *err)
{
	int r = -ESRCH;

	if (state->kind == STATE_RUNNING)
		r = process_kill(state->pid, state->start_time, signal);
	if (r == -ESRCH)
		return error_say(err, r, "container '%s' is not running", container->name);
	return r < 0 ? error_set(err, r, "cannot signal container '%s'", container->name) : 0;
}

/* The number may have been given to another process between reading it and opening it: the lock
 * is asked again. */
static int open_monitor(const struct container *container, pid_t pid)
{
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct state again;

	if (fd < 0)
		return -errno;
	state_read(container, 0, &again);
	return again.monitor == pid ? take_fd(&fd) : -ESRCH;
}

int stop_watch(const struct container *container, const struct state *state)
{
	int fd = -ESRCH;

	if (state->monitor)
		fd = open_monitor(container, state->monitor);
	if (fd < 0 && state->pid)
		fd = process_open(state->pid, state->start_time);
	return fd;
}

/* 0, or -ETIMEDOUT. @ms -1: for ever. */
static int wait_for(int fd, int64_t ms)
{
	uint64_t end = io_now_ms() + (uint64_t)MAX(ms, 0);
	struct pollfd one = { .fd = fd, .events = POLLIN };

	for (;;) {
		uint64_t now = io_now_ms();
		int left = ms < 0 ? -1 : (int)MIN(end > now ? end - now : 0, (uint64_t)INT_MAX);
		int n = poll(&one, 1, left);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 && left != INT_MAX)
			return -ETIMEDOUT;
	}
}

void stop_network(const struct container *container)
{
	pid_t pid = network_read_pid(container->run_fd, "pasta.pid");
	char path[ID_SIZE + 16];

	if (!pid)
		return;
	(void)snprintf(path, sizeof(path), "%s/pasta.pid", container->id);
	network_stop(pid, path);
	(void)unlinkat(container->run_fd, "pasta.pid", 0);
}

/* Nobody else will say how it ended. */
static void keep_lost_end(const struct container *container, const struct state *state)
{
	struct state now;

	stop_network(container);
	state_read(container, state->started, &now);
	if (now.kind != STATE_RUNNING && now.lost)
		(void)!state_write_exit(container, LOST_STATUS, state->started, state_now());
}

int stop_container(const struct container *container, const struct state *state, int signal,
	int64_t timeout, struct error *err)
{
	_cleanup_close_ int process = -1, watch = -1;
	int r;

	if (state->kind != STATE_RUNNING)
		return 0;
	process = process_open(state->pid, state->start_time);
	watch = stop_watch(container, state);
	r = process >= 0 ? stop_signal(container, state, signal, err) : 0;
	if (r < 0 && r != -ESRCH)
		return r;
	if (process >= 0 && wait_for(process, timeout * 1000) == -ETIMEDOUT) {
		r = stop_signal(container, state, SIGKILL, err);
		if (r < 0 && r != -ESRCH)
			return r;
	}
	if (watch >= 0 && wait_for(watch, MONITOR_PATIENCE) < 0)
		return error_say(err, -ETIMEDOUT,
			"container '%s' was killed and does not end; its "
			"monitor is process %d",
			container->name, (int)state->monitor);
	if (!state->monitor)
		keep_lost_end(container, state);
	return 0;
}

int stop_wait(
	const struct container *container, int64_t started, int *ret_status, struct error *err)
{
	_cleanup_close_ int watch = -1, file = -1;
	struct state state;
	int r;

	file = openat(container->run_fd, "state", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	state_read(container, started, &state);
	watch = stop_watch(container, &state);
	r = watch >= 0 ? wait_for(watch, -1) : 0;
	if (r < 0)
		return error_set(err, r, "cannot wait for container '%s'", container->name);
	if (file >= 0 && state_read_end(file, ret_status) >= 0)
		return 0;
	state_read(container, started, &state);
	*ret_status = state.kind == STATE_EXITED ? state.exit_status : -1;
	return 0;
}
