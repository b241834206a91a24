/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/title.h"

/* In a child: the arguments of this program are needed yet. */
static void read_title(const char *title, char *ret, size_t size)
{
	int ends[2];
	pid_t pid;

	memset(ret, 0, size);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		int fd;
		ssize_t n;

		title_set(title);
		fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
		n = read(fd, ret, size);
		_exit(n > 0 && write(ends[1], ret, (size_t)n) == n ? 0 : 1);
	}
	(void)close(ends[1]);
	(void)!read(ends[0], ret, size - 1);
	(void)close(ends[0]);
	(void)waitpid(pid, NULL, 0);
}

static void ps_shows_the_title(void **state)
{
	char shown[4096];

	(void)state;
	read_title("x", shown, sizeof(shown));
	assert_string_equal(shown, "x");
}

static void a_long_title_is_cut(void **state)
{
	char shown[4096], title[2048] = "";

	(void)state;
	memset(title, 'a', sizeof(title) - 1);
	read_title(title, shown, sizeof(shown));
	assert_true(strlen(shown) > 0);
	assert_true(strlen(shown) < strlen(title));
	assert_int_equal(strspn(shown, "a"), strlen(shown));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ps_shows_the_title),
		cmocka_unit_test(a_long_title_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
