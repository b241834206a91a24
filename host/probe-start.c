/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stages of a container start that have no probe of their own, in the order of a start and in one
 * process, as runtimes do them: in new namespaces a root of our own with /proc, /sys and /dev, the way
 * into it, a keyring, and the capabilities that are given up before the program runs. Nothing of it is
 * seen outside: all of it goes with the mount namespace. (The filter is PROBE_SECCOMP's.)
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/probe-try.h"

/* A directory that every host has and nothing here needs: our root is mounted over it. */
static int mount_root(void)
{
	static const char *const places[] = { "/tmp", "/var/tmp", "/mnt", "/run" };
	int r = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (mount("tmpfs", places[i], "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=64k") ==
			0)
			return chdir(places[i]) < 0 ? -errno : 0;
		r = -errno;
		if (r != -ENOENT && r != -ENOTDIR)
			break;
	}
	return r;
}

static int make_directories(void)
{
	static const char *const names[] = { "proc", "sys", "cgroup", "dev", "dev/pts",
		"dev/mqueue" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (mkdir(names[i], 0755) < 0)
			return -errno;
	return mknod("dev/null", S_IFREG | 0644, 0) < 0 ? -errno : 0;
}

static int mount_new(const char *type, const char *at, const char *data)
{
	return mount(type, at, type, MS_NOSUID | MS_NOEXEC, data) < 0 ? -errno : 0;
}

/* The old one where a new one is refused: something may lie over a part of it, mount_namespaces(7). */
static int mount_or_bind(const char *type, const char *at, const char *old)
{
	int r = mount_new(type, at, NULL);

	return r == 0 || mount(old, at, NULL, MS_BIND | MS_REC, NULL) == 0 ? 0 : r;
}

static int mount_proc(void)
{
	return mount_new("proc", "proc", NULL);
}

static int mount_sys(void)
{
	return mount_or_bind("sysfs", "sys", "/sys");
}

static int mount_cgroup(void)
{
	return mount_or_bind("cgroup2", "cgroup", "/sys/fs/cgroup");
}

static int mount_devpts(void)
{
	return mount_new("devpts", "dev/pts", "newinstance,ptmxmode=0666,mode=0620");
}

/* A kernel without message queues is said by the mount's errno, and no runtime minds it. */
static int mount_mqueue(void)
{
	int r = mount_new("mqueue", "dev/mqueue", NULL);

	return r == -ENODEV ? 0 : r;
}

static int bind_device(void)
{
	return mount("/dev/null", "dev/null", NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

static int set_hostname(void)
{
	return sethostname("rpod-probe", strlen("rpod-probe")) < 0 ? -errno : 0;
}

/* The old root comes to lie over the new one, and is taken away: pivot_root(2). */
static int pivot(void)
{
	if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0)
		return -errno;
	return chdir("/") < 0 ? -errno : 0;
}

/* Only a used-up quota ends a start: kernels and filters without keyrings are borne. */
static int join_keyring(void)
{
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno == EDQUOT
		       ? -EDQUOT
		       : 0;
}

static int drop_bounding(void)
{
	for (unsigned long cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EINVAL)
			return -errno;
	return 0;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return syscall(SYS_capset, &head, none) < 0 ? -errno : 0;
}

static const struct {
	const char *words;
	int (*take)(void);
} stages[] = {
	{ "mount tmpfs", mount_root },
	{ "make directories", make_directories },
	{ "mount proc", mount_proc },
	{ "mount or bind /sys", mount_sys },
	{ "mount or bind cgroups", mount_cgroup },
	{ "mount devpts", mount_devpts },
	{ "mount mqueue", mount_mqueue },
	{ "bind a device", bind_device },
	{ "set the host name", set_hostname },
	{ "pivot_root", pivot },
	{ "join a session keyring", join_keyring },
	{ "drop the bounding set", drop_bounding },
	{ "drop capabilities", drop_capabilities },
};

static int take_stages(const struct probe_try *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
		int r;

		probe_step(t, stages[i].words);
		r = stages[i].take();
		if (r < 0)
			return r;
	}
	return 0;
}

int probe_start(const struct probe_try *t)
{
	return probe_enter_as_init(
		t, CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP, take_stages);
}
