/* SPDX-License-Identifier: Apache-2.0 */
/* host/session.h, pam.h, sshd.h, and what denial.c finds in a log */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/lsm.h"
#include "host/pam.h"
#include "host/session.h"
#include "host/user.h"
#include "tree.h"

static void what_makes_a_login_a_session_is_read(void **state)
{
	static const struct user user = {
		.state = FACT_KNOWN, .name = "alice", .uid = 1000, .home = "/home/alice"
	};
	struct session session;
	struct root *root;
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/pam.d/sshd", "#session pam_systemd.so\n@include common-session\n");
	tree_file(&t, "/etc/pam.d/common-session", "session required pam_unix.so\n");
	tree_file(&t, "/usr/lib/pam.d/login", "session include system\n");
	tree_file(&t, "/etc/ssh/sshd_config", "UsePAM yes\n");
	tree_file(&t, "/etc/ssh/sshd_config.d/10-x.conf", "#UsePAM yes\n usepam=No\n");
	tree_file(&t, "/etc/systemd/system/user@1000.service.d/x.conf", "[Service]\n");
	tree_file(&t, "/etc/systemd/system/user@.service.d/60-rpod-delegate.conf", "[Service]\n");
	tree_link(&t, "/run/systemd/system/user@1000.service", "/dev/null");
	tree_link(&t, "/home/alice/.config/systemd/user/dbus.socket", "/dev/null");
	tree_dir(&t, "/tmp/storage-run-1000/containers/overlay-containers/"
		     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	root = tree_host(&t, "stat /tmp/storage-run-1000\t0\tmode=040700 uid=1000\n");
	session_read(&session, root, &user);
	assert_string_equal(session.bus_mask, "");
	session_read_home(&session, root, &user);
	tree_done(&t);
	assert_int_equal(session.pam_sshd, FACT_ABSENT);
	assert_int_equal(session.pam_login, FACT_UNKNOWN); /* its part is not there */
	assert_string_equal(session.sshd.use_pam.value, "No");
	assert_string_equal(session.sshd.file, "/etc/ssh/sshd_config.d/10-x.conf");
	assert_string_equal(session.dropins, "/etc/systemd/system/user@1000.service.d/x.conf");
	assert_string_equal(session.masked, "/run/systemd/system/user@1000.service");
	assert_string_equal(session.bus_mask, "/home/alice/.config/systemd/user/dbus.socket");
	assert_string_equal(session.fallback, "/tmp/storage-run-1000");
	assert_int_equal(session.fallback_owner, 1000);
	assert_true(session.fallback_used);
}

static void the_last_denial_of_a_helper_is_found(void **state)
{
	static const char log[] =
		"<5>[1.0] audit: apparmor=\"DENIED\" profile=\"a\" comm=\"newuidmap\"\n"
		"<5>[2.0] audit: type=1400 apparmor=\"DENIED\" profile=\"b\" comm=\"newgidmap\" "
		"x=1\n"
		"<5>[3.0] audit: apparmor=\"ALLOWED\" profile=\"c\" comm=\"newuidmap\"\n"
		"<5>[4.0] audit: apparmor=\"DENIED\" profile=\"d\" comm=\"man\"\n";
	char found[64];

	(void)state;
	lsm_parse_denial(log, sizeof(log) - 1, found, sizeof(found));
	assert_string_equal(found, "apparmor=\"DENIED\" profile=\"b\" comm=\"newgidmap\" x=1");
	lsm_parse_denial("", 0, found, sizeof(found));
	assert_string_equal(found, "");
}

static void a_stack_of_pam_is_read_with_what_it_includes(void **state)
{
	struct tree t;
	struct root *root;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/usr/lib/pam.d/systemd-user",
		"# session required pam_limits.so\n@include common\nsession include other\n");
	tree_file(&t, "/etc/pam.d/common",
		"auth required pam_unix.so\n-session\t[success=1 default=ignore]\tpam_x.so a\n"
		"session include systemd-user\n");
	tree_file(&t, "/etc/pam.d/other", "account required pam_a.so\nsession optional pam_b.so\n");
	root = tree_host(&t, "");
	assert_true(pam_session_has(root, "systemd-user", "pam_x.so"));
	assert_true(pam_session_has(root, "systemd-user", "pam_b.so"));
	assert_false(pam_session_has(root, "systemd-user", "pam_a.so"));
	assert_false(pam_session_has(root, "systemd-user", "pam_limits.so"));
	assert_false(pam_session_has(root, "none", "pam_x.so"));
	assert_int_equal(pam_session_state(root, "none", "pam_x.so"), FACT_UNKNOWN);
	tree_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_makes_a_login_a_session_is_read),
		cmocka_unit_test(the_last_denial_of_a_helper_is_found),
		cmocka_unit_test(a_stack_of_pam_is_read_with_what_it_includes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
