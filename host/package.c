/* SPDX-License-Identifier: Apache-2.0 */
/* Names of packages by family, and the commands that install them. Declared in host/os.h. */
#include <stddef.h>

#include "base/macro.h"
#include "host/os.h"

struct package {
	const char *names[OS_FAMILY_COUNT];
	const char *commands[OS_FAMILY_COUNT];
	const char *ostree, *transactional; /* for Red Hat's and SUSE's images */
};

/* Names by family; "" where the family has no such package or ships it always. */
#define PACKAGE(debian, redhat, suse, arch, alpine)                                                \
	{                                                                                          \
		.names = {                                                  \
			[OS_DEBIAN] = debian,                               \
			[OS_REDHAT] = redhat,                               \
			[OS_SUSE] = suse,                                   \
			[OS_ARCH] = arch,                                   \
			[OS_ALPINE] = alpine,                               \
		},                                                          \
		.commands = {                                               \
			[OS_DEBIAN] = "apt-get install " debian,            \
			[OS_REDHAT] = "dnf install " redhat,                \
			[OS_SUSE] = "zypper install " suse,                 \
			[OS_ARCH] = "pacman -S " arch,                      \
			[OS_ALPINE] = "apk add " alpine,                    \
		},                                                          \
		.ostree = "rpm-ostree install --apply-live " redhat,        \
		.transactional = "transactional-update pkg install " suse,                      \
	}

static const struct package packages[] = {
	[OS_PACKAGE_UIDMAP] =
		PACKAGE("uidmap", "shadow-utils", "shadow", "shadow", "shadow-uidmap"),
	[OS_PACKAGE_PASTA] = PACKAGE("passt", "passt", "passt", "passt", "passt"),
	[OS_PACKAGE_FUSE_OVERLAYFS] = PACKAGE("fuse-overlayfs", "fuse-overlayfs", "fuse-overlayfs",
		"fuse-overlayfs", "fuse-overlayfs"),
	[OS_PACKAGE_USER_BUS] =
		PACKAGE("dbus-user-session", "dbus-daemon", "dbus-1", "dbus", "dbus"),
	[OS_PACKAGE_PAM_SYSTEMD] =
		PACKAGE("libpam-systemd", "systemd-pam", "systemd", "systemd", ""),
	[OS_PACKAGE_SELINUX_TOOLS] = PACKAGE("policycoreutils-python-utils",
		"policycoreutils-python-utils", "policycoreutils-python-utils", "", ""),
};
_Static_assert(ARRAY_SIZE(packages) == OS_PACKAGE_COUNT, "a row for every package");

const char *os_package_name(const struct os *os, enum os_package package)
{
	const char *name;

	if ((unsigned)package >= OS_PACKAGE_COUNT || (unsigned)os->family >= OS_FAMILY_COUNT)
		return NULL;
	name = packages[package].names[os->family];
	return name && *name ? name : NULL;
}

const char *os_install_command(const struct os *os, enum os_package package)
{
	if (!os_package_name(os, package))
		return NULL;
	if (os->ostree)
		return os->family == OS_REDHAT ? packages[package].ostree : NULL;
	if (os->transactional)
		return packages[package].transactional;
	return packages[package].commands[os->family];
}
