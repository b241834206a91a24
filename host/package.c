/* SPDX-License-Identifier: Apache-2.0 */
/* Names of packages by family, and the commands that install them. Declared in host/os.h. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

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
	[OS_PACKAGE_SLIRP4NETNS] =
		PACKAGE("slirp4netns", "slirp4netns", "slirp4netns", "slirp4netns", "slirp4netns"),
	[OS_PACKAGE_NETWORK] = PACKAGE("", "", "", "", ""),        /* one of the two above */
	[OS_PACKAGE_PODMAN_NETWORK] = PACKAGE("", "", "", "", ""), /* likewise */
	[OS_PACKAGE_FUSE_OVERLAYFS] = PACKAGE("fuse-overlayfs", "fuse-overlayfs", "fuse-overlayfs",
		"fuse-overlayfs", "fuse-overlayfs"),
	[OS_PACKAGE_USER_BUS] =
		PACKAGE("dbus-user-session", "dbus-daemon", "dbus-1", "dbus", "dbus"),
	[OS_PACKAGE_PAM_SYSTEMD] =
		PACKAGE("libpam-systemd", "systemd-pam", "systemd", "systemd", ""),
	[OS_PACKAGE_SELINUX_TOOLS] = PACKAGE("policycoreutils-python-utils",
		"policycoreutils-python-utils", "policycoreutils-python-utils", "", ""),
	[OS_PACKAGE_SELINUX_POLICY] = PACKAGE("", "container-selinux", "container-selinux", "", ""),
	[OS_PACKAGE_PODMAN] = PACKAGE("podman", "podman", "podman", "podman", "podman"),
	[OS_PACKAGE_BUILDAH] = PACKAGE("buildah", "buildah", "buildah", "buildah", "buildah"),
	[OS_PACKAGE_CRUN] = PACKAGE("crun", "crun", "crun", "crun", "crun"),
	[OS_PACKAGE_FUSE3] = PACKAGE("fuse3", "fuse3", "fuse3", "fuse3", "fuse3"),
	[OS_PACKAGE_CONMON] = PACKAGE("conmon", "conmon", "conmon", "conmon", "conmon"),
	[OS_PACKAGE_NETAVARK] = PACKAGE("netavark", "netavark", "netavark", "netavark", "netavark"),
	[OS_PACKAGE_AARDVARK] = PACKAGE(
		"aardvark-dns", "aardvark-dns", "aardvark-dns", "aardvark-dns", "aardvark-dns"),
	[OS_PACKAGE_NFTABLES] = PACKAGE("nftables", "nftables", "nftables", "nftables", "nftables"),
	[OS_PACKAGE_IPTABLES] = PACKAGE("iptables", "iptables", "iptables", "iptables", "iptables"),
	[OS_PACKAGE_ROOTLESSKIT] = PACKAGE("rootlesskit", "", "rootlesskit", "rootlesskit", ""),
};
_Static_assert(ARRAY_SIZE(packages) == OS_PACKAGE_COUNT, "a row for every package");

/* By ID and the first release (os_version_number()) that has it. */
static const struct {
	enum os_package package;
	const char *id;
	unsigned since;
} late[] = {
	{ OS_PACKAGE_PASTA, "debian", 1200 },
	{ OS_PACKAGE_PASTA, "ubuntu", 2304 },
	{ OS_PACKAGE_PASTA, "rhel", 900 },
	{ OS_PACKAGE_PASTA, "centos", 900 },
	{ OS_PACKAGE_PASTA, "rocky", 900 },
	{ OS_PACKAGE_PASTA, "almalinux", 900 },
	{ OS_PACKAGE_PASTA, "ol", 900 },
	{ OS_PACKAGE_PASTA, "opensuse-leap", 1600 },
	{ OS_PACKAGE_PASTA, "sles", 1600 },
	{ OS_PACKAGE_PODMAN, "debian", 1100 },
	{ OS_PACKAGE_PODMAN, "ubuntu", 2010 },
	{ OS_PACKAGE_BUILDAH, "debian", 1100 },
	{ OS_PACKAGE_BUILDAH, "ubuntu", 2010 },
	{ OS_PACKAGE_CRUN, "debian", 1100 },
	{ OS_PACKAGE_CRUN, "ubuntu", 2004 },
};

static bool is_too_old(const struct os *os, enum os_package package)
{
	unsigned version = os_version_number(os);

	for (size_t i = 0; i < ARRAY_SIZE(late); i++)
		if (late[i].package == package && strcmp(late[i].id, os->id) == 0)
			return version && version < late[i].since;
	return false;
}

/* podman 5 starts pasta, older ones slirp4netns; by ID, the first release that has 5. */
static const struct {
	const char *id;
	unsigned since;
} podman_5[] = {
	{ "debian", 1300 },
	{ "ubuntu", 2410 },
	{ "rhel", 905 },
	{ "rocky", 905 },
	{ "almalinux", 905 },
	{ "ol", 905 },
	{ "opensuse-leap", 1600 },
	{ "sles", 1600 },
};

static bool has_podman_5(const struct os *os)
{
	unsigned version = os_version_number(os);

	for (size_t i = 0; i < ARRAY_SIZE(podman_5); i++)
		if (strcmp(podman_5[i].id, os->id) == 0)
			return !version || version >= podman_5[i].since;
	return true;
}

unsigned os_podman_major(const struct os *os)
{
	return has_podman_5(os) ? 5 : 4;
}

static enum os_package resolve(const struct os *os, enum os_package package)
{
	if (package == OS_PACKAGE_PODMAN_NETWORK && !has_podman_5(os))
		return OS_PACKAGE_SLIRP4NETNS;
	if (package == OS_PACKAGE_PODMAN_NETWORK)
		package = OS_PACKAGE_NETWORK;
	if (package != OS_PACKAGE_NETWORK)
		return package;
	return is_too_old(os, OS_PACKAGE_PASTA) ? OS_PACKAGE_SLIRP4NETNS : OS_PACKAGE_PASTA;
}

const char *os_package_name(const struct os *os, enum os_package package)
{
	const char *name;

	if ((unsigned)package >= OS_PACKAGE_COUNT || (unsigned)os->family >= OS_FAMILY_COUNT)
		return NULL;
	package = resolve(os, package);
	name = packages[package].names[os->family];
	return name && *name && !is_too_old(os, package) ? name : NULL;
}

const char *os_install_command(const struct os *os, enum os_package package)
{
	if (!os_package_name(os, package))
		return NULL;
	package = resolve(os, package);
	if (os->ostree)
		return os->family == OS_REDHAT ? packages[package].ostree : NULL;
	if (os->transactional)
		return packages[package].transactional;
	return packages[package].commands[os->family];
}
