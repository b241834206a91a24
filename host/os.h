/* SPDX-License-Identifier: Apache-2.0 */
/* Which distribution this is (os-release(5)) and what follows from it: names of packages. */
#pragma once

#include "host/fact.h"

enum os_family {
	OS_OTHER,
	OS_DEBIAN, /* Debian, Ubuntu, Raspberry Pi OS */
	OS_REDHAT, /* RHEL, Rocky, Alma, CentOS, Fedora */
	OS_SUSE,
	OS_ARCH,
	OS_ALPINE,
	OS_NIXOS,
	OS_FAMILY_COUNT
};

struct os {
	enum fact_state state;
	enum os_family family;
	char id[64];      /* "debian" */
	char version[64]; /* VERSION_ID, "" where there is none */
	char pretty[128]; /* "Debian GNU/Linux 12 (bookworm)" */
	bool ostree;      /* /run/ostree-booted, or an ostree deployment's tree: /usr is an image */
	bool transactional; /* MicroOS, SLE Micro: changes need transactional-update */
};

struct root;
void os_read(struct os *ret, struct root *root);

/* Parse os-release text; fuzzed. */
void os_parse(struct os *ret, const char *data, size_t length);

/* VERSION_ID in hundredths: 2110 for "21.10", 1200 for "12"; 0 where there is none. */
unsigned os_version_number(const struct os *os);

/* What the distribution calls a thing; rows in os.c. */
enum os_package {
	OS_PACKAGE_UIDMAP,
	OS_PACKAGE_PASTA,
	OS_PACKAGE_SLIRP4NETNS,
	OS_PACKAGE_NETWORK,        /* pasta, or slirp4netns where the release has no pasta */
	OS_PACKAGE_PODMAN_NETWORK, /* the one of them that the release's podman starts */
	OS_PACKAGE_FUSE_OVERLAYFS,
	OS_PACKAGE_USER_BUS,
	OS_PACKAGE_PAM_SYSTEMD,
	OS_PACKAGE_SELINUX_TOOLS,
	OS_PACKAGE_SELINUX_POLICY,
	OS_PACKAGE_PODMAN,
	OS_PACKAGE_BUILDAH,
	OS_PACKAGE_CRUN,
	OS_PACKAGE_FUSE3,
	OS_PACKAGE_CONMON,
	OS_PACKAGE_NETAVARK,
	OS_PACKAGE_AARDVARK,
	OS_PACKAGE_NFTABLES,
	OS_PACKAGE_IPTABLES,
	OS_PACKAGE_ROOTLESSKIT,
	OS_PACKAGE_COUNT
};

/* The command that installs it: "apt-get install uidmap". NULL where we do not know one. */
const char *os_install_command(const struct os *os, enum os_package package);
/* The package's name, NULL where unknown, or where this release has none. */
const char *os_package_name(const struct os *os, enum os_package package);

/* The major version of podman that this release has, for where podman itself does not say: 5 stands
 * for it and what is newer, 4 for all before. */
unsigned os_podman_major(const struct os *os);
