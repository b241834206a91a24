/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container wrote, in the k8s-file format that podman, CRI-O and the kubelet share:
 *
 *	2026-01-31T09:15:00.123456789Z stdout F a whole line
 *	2026-01-31T09:15:01.000000001Z stderr P a line that is continued
 *
 * The writer is the monitor's and keeps nothing in memory; the reader follows a growing file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

enum log_stream {
	LOG_STDOUT,
	LOG_STDERR,
	LOG_STREAM_COUNT
};

struct log {
	int fd; /* -1: nothing is kept */
};

/* Append to the file "log" in @dirfd. */
int log_open(struct log *ret, int dirfd) MUST_CHECK;
void log_close(struct log *log);
/* What one read gave. The container is never stopped for a full disk: failures are told once. */
int log_write(struct log *log, enum log_stream stream, const char *bytes, size_t n);

struct log_query {
	bool follow, timestamps;
	int64_t tail;  /* last lines only; -1: all */
	int64_t since; /* nanoseconds since 1970; 0: all */
	int64_t until; /* 0: no end */
};

struct log_line {
	int64_t time;
	const char *stamp; /* as it stands in the file */
	int stamp_length;
	enum log_stream stream;
	bool whole; /* ends its line */
	const char *text;
	size_t length;
};

/* One line of the file, without its newline. -EINVAL: not of this format. Fuzzed. */
int log_parse(const char *line, size_t length, struct log_line *ret) MUST_CHECK;

/* "2026-01-31T09:15:00.123456789Z" and other offsets, or seconds since 1970; -EINVAL. */
int log_parse_time(const char *word, int64_t *ret) MUST_CHECK;

/*
 * Print what was asked for to @out and @err_out. With @follow it goes on until @monitor_fd (a
 * pidfd; -1: nobody writes any more) is ready.
 */
int log_show(int dirfd, const struct log_query *query, int monitor_fd, FILE *out, FILE *err_out,
	struct error *err) MUST_CHECK;
