/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands of rpod share: each is one file with one function, listed in main.c. */
#pragma once

#include "base/cli.h"
#include "base/error.h"
#include "runtime/engine/container.h"
#include "runtime/engine/place.h"
#include "runtime/engine/settings.h"

/* podman-run(1): "Exit Status" */
enum {
	EXIT_RPOD = 125,
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127
};

typedef int command_run(int argc, char *argv[], struct error *err);
command_run run_main, create_main, start_main, restart_main;
command_run ps_main, logs_main, inspect_main, port_main;
command_run stop_main, kill_main, wait_main, rm_main;
command_run exec_main, unshare_main, info_main, version_main;

/* The place, then the user namespace: from here on this process is root inside. */
int command_enter(struct place *ret, struct error *err) MUST_CHECK;

/* One container with what is known of it. A container without readable settings is one still: it
 * can be shown and removed. */
struct subject {
	struct container container;
	struct settings settings;
	struct state state;
	bool broken; /* no settings */
};

#define SUBJECT_NONE                                                                               \
	{                                                                                          \
		.container = {.dir_fd = -1, .run_fd = -1, .state_fd = -1 }                         \
	}

int subject_open(struct subject *ret, const struct place *place, const char *word,
	struct error *err) MUST_CHECK;
void subject_done(struct subject *subject);
#define _cleanup_subject_ CLEANUP(subject_done)

/* All of them, newest first. */
struct subjects {
	struct subject *items;
	size_t count;
};
int subjects_open(struct subjects *ret, const struct place *place, struct error *err) MUST_CHECK;
void subjects_done(struct subjects *subjects);
#define _cleanup_subjects_ CLEANUP(subjects_done)

/*
 * Do the same to every one of @words, or to all there are: a failure does not keep the others from
 * it; it is told, and the last one's code returned.
 */
typedef int command_act(
	struct subject *subject, const struct place *place, void *arg, struct error *err);
struct command_each {
	const char *program; /* "rpod stop" */
	int count;
	char **words;
	bool all;
	bool running_only; /* of all */
	bool ignore_missing;
	command_act *act;
	void *arg;
};
int command_each(
	const struct command_each *each, const struct place *place, struct error *err) MUST_CHECK;

/* "name or ID" is required; exits 125. */
int command_need(
	const char *program, int operands, int least, int most, struct error *err) MUST_CHECK;

/* -- readers of option values ----------------------------------------------------------------- */
cli_read read_bytes;     /* int64_t: 32m */
cli_read read_swap;      /* int64_t: 32m or -1 */
cli_read read_count;     /* int64_t, -1 allowed */
cli_read read_cpus;      /* int64_t: 1.5 becomes microseconds per 100 ms */
cli_read read_seconds;   /* int64_t */
cli_read read_pair;      /* struct text_list: NAME=VALUE, or NAME: its value here, if it has one */
cli_read read_pair_file; /* struct text_list: a file of such lines */
cli_read read_label;     /* struct text_list: NAME=VALUE or NAME */
cli_read read_label_file;

/* For the error of a container that would not start: what in the host is to blame. */
void diagnose(struct error *err);
