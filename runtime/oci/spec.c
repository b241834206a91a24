/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/spec.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* The file systems of every container, as the OCI runtime specification's Linux page lists them
 * and podman mounts them. */
const struct spec_mount spec_system_mounts[] = {
	{
		.kind = SPEC_MOUNT_PROC,
		.target = "/proc",
		.flags = SPEC_MOUNT_NOSUID | SPEC_MOUNT_NODEV | SPEC_MOUNT_NOEXEC,
	},
	{
		.kind = SPEC_MOUNT_DEV,
		.target = "/dev",
		.flags = SPEC_MOUNT_NOSUID | SPEC_MOUNT_NOEXEC,
		.data = "mode=755,size=65536k",
	},
	{
		.kind = SPEC_MOUNT_DEVPTS,
		.target = "/dev/pts",
		.flags = SPEC_MOUNT_NOSUID | SPEC_MOUNT_NOEXEC,
		.data = "newinstance,ptmxmode=0666,mode=0620",
	},
	{
		.kind = SPEC_MOUNT_TMPFS,
		.target = "/dev/shm",
		.flags = SPEC_MOUNT_NOSUID | SPEC_MOUNT_NODEV | SPEC_MOUNT_NOEXEC,
		.data = "mode=1777,size=65536k",
	},
	{
		.kind = SPEC_MOUNT_MQUEUE,
		.target = "/dev/mqueue",
		.flags = SPEC_MOUNT_NOSUID | SPEC_MOUNT_NODEV | SPEC_MOUNT_NOEXEC,
	},
	{
		.kind = SPEC_MOUNT_SYSFS,
		.target = "/sys",
		.flags = SPEC_MOUNT_RO | SPEC_MOUNT_NOSUID | SPEC_MOUNT_NODEV | SPEC_MOUNT_NOEXEC,
	},
	{
		.kind = SPEC_MOUNT_CGROUP,
		.target = "/sys/fs/cgroup",
		.flags = SPEC_MOUNT_RO | SPEC_MOUNT_NOSUID | SPEC_MOUNT_NODEV | SPEC_MOUNT_NOEXEC,
	},
};
const size_t spec_system_mount_count = ARRAY_SIZE(spec_system_mounts);

#define COPIED (SPEC_MOUNT_NOSUID | SPEC_MOUNT_NODEV | SPEC_MOUNT_COPY_UP)
const struct spec_mount spec_read_only_mounts[] = {
	{ .kind = SPEC_MOUNT_TMPFS, .target = "/run", .flags = COPIED, .data = "mode=755" },
	{ .kind = SPEC_MOUNT_TMPFS, .target = "/tmp", .flags = COPIED, .data = "mode=1777" },
	{ .kind = SPEC_MOUNT_TMPFS, .target = "/var/tmp", .flags = COPIED, .data = "mode=1777" },
};
const size_t spec_read_only_mount_count = ARRAY_SIZE(spec_read_only_mounts);

const char *const spec_masked[] = {
	"/proc/acpi",
	"/proc/interrupts",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/dev/block",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
	"/sys/fs/selinux",
	NULL,
};
const char *const spec_read_only_paths[] = {
	"/proc/asound",
	"/proc/bus",
	"/proc/fs",
	"/proc/irq",
	"/proc/sys",
	"/proc/sysrq-trigger",
	NULL,
};

static const char *const cap_names[] = {
	[CAP_CHOWN] = "CAP_CHOWN",
	[CAP_DAC_OVERRIDE] = "CAP_DAC_OVERRIDE",
	[CAP_DAC_READ_SEARCH] = "CAP_DAC_READ_SEARCH",
	[CAP_FOWNER] = "CAP_FOWNER",
	[CAP_FSETID] = "CAP_FSETID",
	[CAP_KILL] = "CAP_KILL",
	[CAP_SETGID] = "CAP_SETGID",
	[CAP_SETUID] = "CAP_SETUID",
	[CAP_SETPCAP] = "CAP_SETPCAP",
	[CAP_LINUX_IMMUTABLE] = "CAP_LINUX_IMMUTABLE",
	[CAP_NET_BIND_SERVICE] = "CAP_NET_BIND_SERVICE",
	[CAP_NET_BROADCAST] = "CAP_NET_BROADCAST",
	[CAP_NET_ADMIN] = "CAP_NET_ADMIN",
	[CAP_NET_RAW] = "CAP_NET_RAW",
	[CAP_IPC_LOCK] = "CAP_IPC_LOCK",
	[CAP_IPC_OWNER] = "CAP_IPC_OWNER",
	[CAP_SYS_MODULE] = "CAP_SYS_MODULE",
	[CAP_SYS_RAWIO] = "CAP_SYS_RAWIO",
	[CAP_SYS_CHROOT] = "CAP_SYS_CHROOT",
	[CAP_SYS_PTRACE] = "CAP_SYS_PTRACE",
	[CAP_SYS_PACCT] = "CAP_SYS_PACCT",
	[CAP_SYS_ADMIN] = "CAP_SYS_ADMIN",
	[CAP_SYS_BOOT] = "CAP_SYS_BOOT",
	[CAP_SYS_NICE] = "CAP_SYS_NICE",
	[CAP_SYS_RESOURCE] = "CAP_SYS_RESOURCE",
	[CAP_SYS_TIME] = "CAP_SYS_TIME",
	[CAP_SYS_TTY_CONFIG] = "CAP_SYS_TTY_CONFIG",
	[CAP_MKNOD] = "CAP_MKNOD",
	[CAP_LEASE] = "CAP_LEASE",
	[CAP_AUDIT_WRITE] = "CAP_AUDIT_WRITE",
	[CAP_AUDIT_CONTROL] = "CAP_AUDIT_CONTROL",
	[CAP_SETFCAP] = "CAP_SETFCAP",
	[CAP_MAC_OVERRIDE] = "CAP_MAC_OVERRIDE",
	[CAP_MAC_ADMIN] = "CAP_MAC_ADMIN",
	[CAP_SYSLOG] = "CAP_SYSLOG",
	[CAP_WAKE_ALARM] = "CAP_WAKE_ALARM",
	[CAP_BLOCK_SUSPEND] = "CAP_BLOCK_SUSPEND",
	[CAP_AUDIT_READ] = "CAP_AUDIT_READ",
	/* by number: the headers of old hosts end before them */
	[38] = "CAP_PERFMON",
	[39] = "CAP_BPF",
	[40] = "CAP_CHECKPOINT_RESTORE",
};

const uint64_t spec_default_caps =
	1ULL << CAP_CHOWN | 1ULL << CAP_DAC_OVERRIDE | 1ULL << CAP_FOWNER | 1ULL << CAP_FSETID |
	1ULL << CAP_KILL | 1ULL << CAP_NET_BIND_SERVICE | 1ULL << CAP_SETFCAP | 1ULL << CAP_SETGID |
	1ULL << CAP_SETPCAP | 1ULL << CAP_SETUID | 1ULL << CAP_SYS_CHROOT;

int spec_cap_number(const char *name)
{
	const char *bare = strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;

	for (size_t i = 0; i < ARRAY_SIZE(cap_names); i++)
		if (strcasecmp(cap_names[i] + 4, bare) == 0)
			return (int)i;
	return -EINVAL;
}

const char *spec_cap_name(unsigned number)
{
	return number < ARRAY_SIZE(cap_names) ? cap_names[number] : NULL;
}

uint64_t spec_all_caps(void)
{
	return (1ULL << ARRAY_SIZE(cap_names)) - 1;
}

void spec_process_init(struct spec_process *ret)
{
	*ret = (struct spec_process){
		.cwd = "/",
		.stdio = { 0, 1, 2 },
		.caps = {
			.bounding = spec_default_caps,
			.effective = spec_default_caps,
			.permitted = spec_default_caps,
			.by_user = true,
		},
		.umask = 0022,
	};
}

void spec_init(struct spec *ret)
{
	*ret = (struct spec){
		.system_mounts = spec_system_mounts,
		.system_mount_count = ARRAY_SIZE(spec_system_mounts),
		.masked = spec_masked,
		.read_only_paths = spec_read_only_paths,
	};
	for (size_t i = 0; i < SPEC_NS_COUNT; i++)
		ret->namespaces[i] = (struct spec_namespace){ .mode = SPEC_NS_PRIVATE, .fd = -1 };
	spec_process_init(&ret->process);
}
