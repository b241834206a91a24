/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/capability.h>

#include "runtime/oci/cgroup.h"
#include "runtime/oci/spec.h"
#include "runtime/oci/systemd.h"

static void capabilities_have_the_names_people_write(void **state)
{
	(void)state;
	assert_int_equal(spec_cap_number("CAP_SYS_ADMIN"), CAP_SYS_ADMIN);
	assert_int_equal(spec_cap_number("net_raw"), CAP_NET_RAW);
	assert_int_equal(spec_cap_number("cap_Checkpoint_Restore"), 40);
	assert_int_equal(spec_cap_number("CAP_"), -EINVAL);
	assert_int_equal(spec_cap_number("SYS"), -EINVAL);
	assert_string_equal(spec_cap_name(CAP_CHOWN), "CAP_CHOWN");
	assert_null(spec_cap_name(41));
}

static void default_capabilities_are_the_eleven_of_podman(void **state)
{
	(void)state;
	assert_int_equal(__builtin_popcountll(spec_default_caps), 11);
	assert_int_equal(spec_default_caps, 0x800405fb);
	assert_int_equal(spec_all_caps() & spec_default_caps, spec_default_caps);
}

static void a_fresh_spec_is_private_and_confined(void **state)
{
	struct spec spec;

	(void)state;
	spec_init(&spec);
	for (size_t i = 0; i < SPEC_NS_COUNT; i++)
		assert_int_equal(spec.namespaces[i].mode, SPEC_NS_PRIVATE);
	assert_int_equal(spec.process.seccomp, SPEC_SECCOMP_DEFAULT);
	assert_int_equal(spec.process.caps.inheritable, 0);
	assert_int_equal(spec.process.umask, 0022);
	assert_string_equal(spec.masked[0], "/proc/acpi");
}

static void shares_become_weights_at_both_ends(void **state)
{
	(void)state;
	assert_int_equal(cgroup_weight(2), 1);
	assert_int_equal(cgroup_weight(1024), 39);
	assert_int_equal(cgroup_weight(262144), 10000);
	assert_int_equal(cgroup_weight(0), 1);
	assert_int_equal(cgroup_weight(UINT64_MAX), 10000);
}

static void cpu_lists_become_bit_masks(void **state)
{
	uint8_t mask[128];

	(void)state;
	assert_int_equal(systemd_cpu_mask("0", mask, sizeof(mask)), 1);
	assert_int_equal(mask[0], 1);
	assert_int_equal(systemd_cpu_mask("0-2,9", mask, sizeof(mask)), 2);
	assert_int_equal(mask[0], 7);
	assert_int_equal(mask[1], 2);
	assert_int_equal(systemd_cpu_mask("9,0", mask, sizeof(mask)), 2);
}

static void bad_cpu_lists_are_refused(void **state)
{
	static const char *const bad[] = { "", "x", "1-", "-1", "3-1", "1;2", "1024",
		"18446744073709551616", "1-99999999999" };
	uint8_t mask[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(systemd_cpu_mask(bad[i], mask, sizeof(mask)), -EINVAL);
}

static void a_limit_without_control_groups_names_its_check(void **state)
{
	struct spec_cgroup wanted = {
		.manager = SPEC_CGROUP_NONE, .name = "x", .memory = 1, .must = true
	};
	struct cgroup_place place;
	struct error err = { 0 };
	int strict, lenient;

	(void)state;
	strict = cgroup_choose(&place, &wanted, &err);
	wanted.must = false;
	lenient = cgroup_choose(&place, &wanted, NULL);
	assert_int_equal(strict, -EOPNOTSUPP);
	assert_string_equal(err.see, "cgroup.v2");
	assert_int_equal(lenient, 0);
	assert_int_equal(place.manager, SPEC_CGROUP_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capabilities_have_the_names_people_write),
		cmocka_unit_test(default_capabilities_are_the_eleven_of_podman),
		cmocka_unit_test(a_fresh_spec_is_private_and_confined),
		cmocka_unit_test(shares_become_weights_at_both_ends),
		cmocka_unit_test(cpu_lists_become_bit_masks),
		cmocka_unit_test(bad_cpu_lists_are_refused),
		cmocka_unit_test(a_limit_without_control_groups_names_its_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
