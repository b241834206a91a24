/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens images as the engine does, for tests/local/image.sh:
 *
 *	image-unpack open STORE REFERENCE	what it is, line by line
 *	image-unpack time STORE REFERENCE COUNT	microseconds of one opening, the best of COUNT
 *	image-unpack in CMD...			a command inside the same id map, to look at files
 *
 * As an ordinary user it makes a user namespace with the ids of IDMAP=FIRST:COUNT through newuidmap
 * and newgidmap; as root it is root where it stands.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/out.h"
#include "base/spawn.h"
#include "runtime/image/image.h"

static int map(const char *tool, pid_t pid, unsigned id, struct error *err)
{
	char process[16], own[16], first[32];
	const char *ids = getenv("IDMAP");
	const char *colon = ids ? strchr(ids, ':') : NULL;

	if (!colon)
		return error_say(err, -EINVAL, "set IDMAP=FIRST:COUNT");
	(void)snprintf(process, sizeof(process), "%d", pid);
	(void)snprintf(own, sizeof(own), "%u", id);
	(void)snprintf(first, sizeof(first), "%.*s", (int)(colon - ids), ids);
	const char *const argv[] = { tool, process, "0", own, "1", "1", first, colon + 1, NULL };
	const struct spawn spawn = { .argv = argv };

	return spawn_run(&spawn, err) == 0 ? 0 : -EPERM;
}

/* A process that does nothing but hold the namespace; it dies with this one. */
static int make_userns(struct error *err)
{
	char path[64];
	int ends[2], fd;
	char byte;
	pid_t pid;

	if (geteuid() == 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		return error_set(err, -errno, "cannot fork");
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWUSER) == 0 && write(ends[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	(void)close(ends[1]);
	if (read(ends[0], &byte, 1) != 1)
		return error_say(err, -EPERM, "cannot make a user namespace");
	if (map("newuidmap", pid, getuid(), err) < 0 || map("newgidmap", pid, getgid(), err) < 0)
		return err->code ? err->code : -EPERM;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? error_set(err, -errno, "cannot open '%s'", path) : fd;
}

static void print_list(const char *name, const struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		printf("%s %s\n", name, list->items[i]);
}

static void print_text(const char *name, const char *value)
{
	if (value && *value)
		printf("%s %s\n", name, value);
}

static void print_image(const struct image *image)
{
	print_text("id", image->id);
	print_list("layer", &image->layers);
	print_list("entrypoint", &image->config.entrypoint);
	print_list("cmd", &image->config.cmd);
	print_list("env", &image->config.env);
	print_text("workdir", image->config.working_dir);
	print_text("user", image->config.user);
	print_text("stop", image->config.stop_signal);
	print_list("label", &image->config.labels);
	print_list("volume", &image->config.volumes);
	print_list("port", &image->config.ports);
	print_text("warning", image->warning);
}

static int run_open(char *argv[], int userns_fd, struct error *err)
{
	_cleanup_image_ struct image image = { 0 };
	struct store store;
	int r;

	r = store_open(&store, argv[0], NULL, err);
	if (r >= 0 && getenv("LAYER_LIMIT"))
		r = parse_u64(getenv("LAYER_LIMIT"), &store.layer_limit);
	if (r >= 0)
		r = image_open(&image, &store, argv[1], userns_fd, err);
	if (r >= 0)
		print_image(&image);
	return r;
}

static double now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int run_time(char *argv[], int userns_fd, struct error *err)
{
	double best = 1e12;
	uint32_t n = 1;
	int r = parse_u32(argv[2], &n);

	for (uint32_t i = 0; r >= 0 && i < n; i++) {
		double before = now_us();
		struct image image = { 0 };
		struct store store;

		r = store_open(&store, argv[0], NULL, err);
		if (r >= 0)
			r = image_open(&image, &store, argv[1], userns_fd, err);
		if (r >= 0)
			best = MIN(best, now_us() - before);
		image_done(&image);
	}
	if (r >= 0)
		printf("%.1f\n", best);
	return r;
}

static int run_in(char *argv[], int userns_fd, struct error *err)
{
	if (userns_fd >= 0 && (setns(userns_fd, CLONE_NEWUSER) < 0 || setresgid(0, 0, 0) < 0 ||
				      setresuid(0, 0, 0) < 0))
		return error_set(err, -errno, "cannot join the user namespace");
	(void)execvp(argv[0], argv);
	return error_set(err, -errno, "cannot run '%s'", argv[0]);
}

int main(int argc, char *argv[])
{
	static const struct {
		const char *name;
		int least;
		int (*run)(char *argv[], int userns_fd, struct error *err);
	} commands[] = {
		{ "open", 4, run_open },
		{ "time", 5, run_time },
		{ "in", 3, run_in },
	};
	struct error err = { 0 };
	int r = -EINVAL, userns_fd;

	(void)error_say(&err, -EINVAL, "usage: image-unpack open|time|in ...");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (argc < commands[i].least || strcmp(argv[1], commands[i].name) != 0)
			continue;
		err = (struct error){ 0 };
		userns_fd = make_userns(&err);
		r = err.code < 0 ? err.code : commands[i].run(argv + 2, userns_fd, &err);
	}
	if (r < 0)
		out_error("image-unpack", &err);
	return r < 0;
}
