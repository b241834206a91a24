/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/oci/network.h"

/* Stands in for pasta: ends with 0 when @ret_pipe is closed. */
static pid_t start_with_pid_file(const char *word, int *ret_pipe)
{
	const char *argv[] = { "pasta", "-c", "echo; read line; exit 0", "pasta", word, NULL };
	int to[2], from[2];
	char ready;
	pid_t pid;

	if (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		if (dup2(to[0], 0) == 0 && dup2(from[1], 1) == 1)
			(void)execv("/bin/sh", (char *const *)argv);
		_exit(127);
	}
	(void)close(to[0]);
	(void)close(from[1]);
	if (read(from[0], &ready, 1) != 1)
		(void)kill(pid, SIGKILL);
	(void)close(from[0]);
	*ret_pipe = to[1];
	return pid;
}

static int end_of(pid_t pid, int pipe)
{
	int status = -1;

	(void)close(pipe);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void the_process_of_the_pid_file_is_ended(void **state)
{
	int pipe = -1;
	pid_t pid = start_with_pid_file("--pid=/run/rpod/containers/abc/pasta.pid", &pipe);

	(void)state;
	network_stop(pid, "abc/pasta.pid");
	assert_int_equal(end_of(pid, pipe), 128 + SIGTERM);
}

static void another_process_of_the_same_number_is_left_alone(void **state)
{
	int pipe = -1;
	pid_t pid = start_with_pid_file("--pid=/run/rpod/containers/abd/pasta.pid", &pipe);

	(void)state;
	network_stop(pid, "abc/pasta.pid");
	assert_int_equal(end_of(pid, pipe), 0);
}

static void a_pid_file_that_is_none_names_nobody(void **state)
{
	char path[] = "/tmp/rpod-test-XXXXXX";
	int fd = mkstemp(path);
	pid_t of_words = -1, of_nothing = -1, of_pid = -1;

	(void)state;
	of_nothing = network_read_pid(AT_FDCWD, path);
	(void)!write(fd, "4711\n", 5);
	of_pid = network_read_pid(AT_FDCWD, path);
	(void)!pwrite(fd, "pasta", 5, 0);
	of_words = network_read_pid(AT_FDCWD, path);
	(void)close(fd);
	(void)unlink(path);
	assert_int_equal(of_nothing, 0);
	assert_int_equal(of_pid, 4711);
	assert_int_equal(of_words, 0);
	assert_int_equal(network_read_pid(AT_FDCWD, path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_process_of_the_pid_file_is_ended),
		cmocka_unit_test(another_process_of_the_same_number_is_left_alone),
		cmocka_unit_test(a_pid_file_that_is_none_names_nobody),
	};

	return cmocka_run_group_tests_name("oci network", tests, NULL, NULL);
}
