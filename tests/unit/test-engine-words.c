/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the command line that become parts of a container: ports, volumes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "runtime/engine/assemble.h"

static void ports_become_pasta_options(void **state)
{
	static const struct {
		const char *word, *flag, *value, *shown;
	} rows[] = {
		{ "80", "-t", "80:80", "0.0.0.0:80->80/tcp" },
		{ "8080:80", "-t", "8080:80", "0.0.0.0:8080->80/tcp" },
		{ "8080:80/udp", "-u", "8080:80", "0.0.0.0:8080->80/udp" },
		{ "127.0.0.1:8080:80/tcp", "-t", "127.0.0.1/8080:80", "127.0.0.1:8080->80/tcp" },
		{ "[::1]:8080:80", "-t", "::1/8080:80", "::1:8080->80/tcp" },
		{ "8000-8002:80-82", "-t", "8000-8002:80-82", "0.0.0.0:8000-8002->80-82/tcp" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct net_port port;

		assert_int_equal(net_parse_port(rows[i].word, &port, NULL), 0);
		assert_string_equal(port.flag, rows[i].flag);
		assert_string_equal(port.value, rows[i].value);
		assert_string_equal(port.shown, rows[i].shown);
	}
}

static void ports_that_are_none_are_refused(void **state)
{
	static const char *const rows[] = { "", "0:80", "80:0", "65536:80", "80:80/sctp", "a:b",
		"80-70:80-70", "8000-8002:80-81", "host:80:80", "1.2.3:80:80", ":",
		"::", "80:80:80:80", "-1:80", "80,-t all:80" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct net_port port;

		if (net_parse_port(rows[i], &port, NULL) != -EINVAL)
			fail_msg("'%s' was taken as '%s'", rows[i], port.value);
	}
}

static int volume(const char *word, struct spec_mount *ret)
{
	struct assembly a = { .network_fd = -1 };
	struct error err = { 0 };
	int r = volume_add(&a, word, &err);

	*ret = a.mounts[0];
	assembly_done(&a);
	return r;
}

static void volumes_become_mounts(void **state)
{
	static const struct {
		const char *options;
		unsigned flags, absent;
	} rows[] = {
		{ "", SPEC_MOUNT_RECURSIVE | SPEC_MOUNT_NOSUID | SPEC_MOUNT_NODEV, SPEC_MOUNT_RO },
		{ ":ro", SPEC_MOUNT_RO, SPEC_MOUNT_CHOWN },
		{ ":ro,rw", 0, SPEC_MOUNT_RO },
		{ ":Z,U", SPEC_MOUNT_RELABEL_OWN | SPEC_MOUNT_CHOWN, SPEC_MOUNT_RELABEL },
		{ ":z", SPEC_MOUNT_RELABEL, SPEC_MOUNT_RELABEL_OWN },
		{ ":bind", 0, SPEC_MOUNT_RECURSIVE },
		{ ":noexec,suid", SPEC_MOUNT_NOEXEC, SPEC_MOUNT_NOSUID },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec_mount mount;
		char word[64];

		(void)snprintf(word, sizeof(word), "/tmp:/data%s", rows[i].options);
		assert_int_equal(volume(word, &mount), 0);
		assert_int_equal(mount.flags & rows[i].flags, rows[i].flags);
		assert_int_equal(mount.flags & rows[i].absent, 0);
	}
}

static void volumes_that_are_none_are_refused(void **state)
{
	static const char *const rows[] = { "", "/tmp", "/tmp:", "/tmp:data", "/tmp:/",
		"/tmp:/a/../b", "/tmp:/a/..", "/tmp:/a:no", "name:/a" };
	struct spec_mount mount;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (volume(rows[i], &mount) != -EINVAL)
			fail_msg("'%s' was taken", rows[i]);
	assert_int_equal(volume("/no/such/dir:/a", &mount), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_become_pasta_options),
		cmocka_unit_test(ports_that_are_none_are_refused),
		cmocka_unit_test(volumes_become_mounts),
		cmocka_unit_test(volumes_that_are_none_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
