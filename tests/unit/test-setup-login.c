/* SPDX-License-Identifier: Apache-2.0 */
/* Who counts as logged in, by records as logind writes them. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/io.h"
#include "setup/login.h"

static int set_up(void **state)
{
	char *top = strdup("/tmp/rpod-login.XXXXXX");

	*state = top;
	if (!top || !mkdtemp(top) || chdir(top) < 0)
		return -1;
	return mkdir("users", 0700) < 0 || mkdir("sessions", 0700) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	int r;

	(void)!chdir("/");
	r = io_remove_tree_at(AT_FDCWD, *state);
	free(*state);
	return r;
}

static void put(const char *path, const char *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, content, strlen(content)), 0);
	assert_int_equal(close(fd), 0);
}

static void who_has_no_record_is_not_logged_in(void **state)
{
	(void)state;
	assert_false(login_has_session(".", 1000));
}

static void who_only_lingers_is_not_logged_in(void **state)
{
	(void)state;
	put("users/1000", "NAME=ann\nSTATE=lingering\nRUNTIME=/run/user/1000\n");
	assert_false(login_has_session(".", 1000));
	put("users/1000", "NAME=ann\nSTATE=lingering\nSESSIONS=\nSEATS=\n");
	assert_false(login_has_session(".", 1000));
}

static void who_has_an_open_session_is_logged_in(void **state)
{
	(void)state;
	put("users/1000", "NAME=ann\nSTATE=active\nSESSIONS=4 7\nSEATS=\n");
	put("sessions/7", "UID=1000\nACTIVE=1\nSTATE=active\nCLASS=user\n");
	assert_true(login_has_session(".", 1000));
	assert_false(login_has_session(".", 100));
}

static void a_session_without_a_record_has_ended(void **state)
{
	(void)state;
	put("users/1000", "NAME=ann\nSTATE=closing\nSESSIONS=4\n");
	assert_false(login_has_session(".", 1000));
}

static void a_closing_session_has_ended(void **state)
{
	(void)state;
	put("users/1000", "NAME=ann\nSTATE=closing\nSESSIONS=4\n");
	put("sessions/4", "UID=1000\nSTATE=closing\nCLASS=user\n");
	assert_false(login_has_session(".", 1000));
}

static void the_managers_own_session_is_no_login(void **state)
{
	(void)state;
	put("users/1000", "NAME=ann\nSTATE=active\nSESSIONS=2\n");
	put("sessions/2", "UID=1000\nSTATE=active\nCLASS=manager\n");
	assert_false(login_has_session(".", 1000));
	put("sessions/2", "UID=1000\nSTATE=active\nCLASS=manager-early\n");
	assert_false(login_has_session(".", 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			who_has_no_record_is_not_logged_in, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			who_only_lingers_is_not_logged_in, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			who_has_an_open_session_is_logged_in, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_session_without_a_record_has_ended, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_closing_session_has_ended, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			the_managers_own_session_is_no_login, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
