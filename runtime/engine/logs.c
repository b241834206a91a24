/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a log back: the last lines, a span of time, and what is still being written. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "runtime/engine/log.h"

struct show {
	const struct log_query *query;
	FILE *streams[LOG_STREAM_COUNT];
	bool inside[LOG_STREAM_COUNT]; /* of a line that is continued */
};

static void show_line(struct show *show, const struct log_line *line)
{
	FILE *to = show->streams[line->stream];

	if (line->time < show->query->since ||
		(show->query->until && line->time > show->query->until))
		return;
	if (show->query->timestamps && !show->inside[line->stream])
		(void)fprintf(to, "%.*s ", line->stamp_length, line->stamp);
	(void)fwrite(line->text, 1, line->length, to);
	if (line->whole)
		(void)fputc('\n', to);
	show->inside[line->stream] = !line->whole;
}

/* Lines that are complete in the file; what follows the last newline is read again later. */
static void show_new(struct show *show, FILE *file, char **line, size_t *room)
{
	struct log_line parsed;
	ssize_t n;
	long start;

	clearerr(file);
	for (;;) {
		start = ftell(file);
		n = getline(line, room, file);
		if (n <= 0)
			break;
		if ((*line)[n - 1] != '\n') {
			(void)fseek(file, start, SEEK_SET);
			break;
		}
		if (log_parse(*line, (size_t)n - 1, &parsed) >= 0)
			show_line(show, &parsed);
	}
	(void)fflush(show->streams[LOG_STDOUT]);
	(void)fflush(show->streams[LOG_STDERR]);
}

/* Where the last @tail lines begin: the offsets of the last ones are kept in a ring. */
static int seek_tail(FILE *file, int64_t tail, char **line, size_t *room)
{
	enum {
		TAIL_LIMIT = 1 << 20
	};
	size_t size = (size_t)MIN(tail, TAIL_LIMIT), seen = 0;
	_cleanup_free_ long *ring = calloc(size + 1, sizeof(*ring));
	struct log_line parsed;
	bool inside = false;
	long start = 0;
	ssize_t n;

	if (!ring)
		return -ENOMEM;
	for (; (n = getline(line, room, file)) > 0; start = ftell(file)) {
		if (log_parse(*line, (size_t)n - 1, &parsed) < 0)
			continue;
		if (!inside && size > 0)
			ring[seen++ % size] = start;
		inside = !parsed.whole;
	}
	if (size == 0)
		return 0;
	start = seen > size ? ring[seen % size] : 0;
	return fseek(file, start, SEEK_SET) < 0 ? -errno : 0;
}

static int follow(struct show *show, FILE *file, int monitor_fd, char **line, size_t *room)
{
	_cleanup_close_ int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	struct pollfd fds[] = { { watch, POLLIN, 0 }, { monitor_fd, POLLIN, 0 } };
	char path[32], events[1024];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(file));
	if (watch < 0 || inotify_add_watch(watch, path, IN_MODIFY) < 0)
		return -errno;
	for (;;) {
		show_new(show, file, line, room);
		if (fds[1].revents || ferror(show->streams[LOG_STDOUT]))
			return 0;
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return -errno;
		while (read(watch, events, sizeof(events)) > 0)
			continue;
	}
}

static int show_file(struct show *show, FILE *file, int monitor_fd)
{
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	int r = 0;

	if (show->query->tail >= 0)
		r = seek_tail(file, show->query->tail, &line, &room);
	if (r < 0)
		return r;
	if (show->query->follow && monitor_fd >= 0)
		return follow(show, file, monitor_fd, &line, &room);
	show_new(show, file, &line, &room);
	return 0;
}

int log_show(int dirfd, const struct log_query *query, int monitor_fd, FILE *out, FILE *err_out,
	struct error *err)
{
	_cleanup_close_ int fd = openat(dirfd, "log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_fclose_ FILE *file = fd >= 0 ? fdopen(fd, "re") : NULL;
	struct show show = { .query = query, .streams = { out, err_out } };
	int r;

	if (!file && errno == ENOENT)
		return error_say(err, -ENOENT,
			"nothing was logged: the container passed its streams "
			"through; use 'rpod run --log-driver k8s-file'");
	if (!file)
		return error_set(err, -errno, "cannot open the log");
	(void)take_fd(&fd);
	r = show_file(&show, file, monitor_fd);
	return r < 0 ? error_set(err, r, "cannot read the log") : 0;
}
