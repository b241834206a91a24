/* SPDX-License-Identifier: Apache-2.0 */
#include "host/stock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/answers.h"
#include "host/os.h"
#include "host/root.h"

enum trait {
	HYBRID = 1 << 0,       /* boots with cgroup v1's controllers */
	USERNS_GUARD = 1 << 1, /* AppArmor keeps user namespaces to programs with a profile */
};

/* What differs between releases and decides a plan. The first row that fits is taken. */
static const struct release {
	enum os_family family;
	const char *id;   /* NULL: any of the family */
	unsigned version; /* the least VERSION_ID; what has none (rolling, testing) is the newest */
	unsigned systemd; /* 0: another init */
	const char *kernel;
	unsigned flags; /* enum trait */
} releases[] = {
	{ OS_DEBIAN, "ubuntu", 24, 255, "6.8.0-31-generic", USERNS_GUARD },
	{ OS_DEBIAN, "ubuntu", 22, 249, "5.15.0-25-generic", 0 },
	{ OS_DEBIAN, "ubuntu", 20, 245, "5.4.0-26-generic", HYBRID },
	{ OS_DEBIAN, "debian", 13, 257, "6.12.38+deb13-amd64", 0 },
	{ OS_DEBIAN, "debian", 12, 252, "6.1.0-10-amd64", 0 },
	{ OS_DEBIAN, "debian", 11, 247, "5.10.0-8-amd64", 0 },
	{ OS_REDHAT, "fedora", 31, 257, "6.14.0-63.fc42.x86_64", 0 },
	{ OS_REDHAT, NULL, 10, 257, "6.12.0-55.el10.x86_64", 0 },
	{ OS_REDHAT, NULL, 9, 252, "5.14.0-70.el9.x86_64", 0 },
	{ OS_REDHAT, NULL, 8, 239, "4.18.0-80.el8.x86_64", HYBRID },
	{ OS_SUSE, "opensuse-leap", 16, 257, "6.12.0-160000.1-default", 0 },
	{ OS_SUSE, "opensuse-leap", 15, 249, "5.14.21-150500.53-default", HYBRID },
	{ OS_SUSE, "sles", 15, 249, "5.14.21-150500.53-default", HYBRID },
	{ OS_SUSE, NULL, 0, 257, "6.16.0-1-default", 0 },
	{ OS_ARCH, NULL, 0, 257, "6.16.0-arch1-1", 0 },
	{ OS_ALPINE, NULL, 0, 0, "6.12.0-0-lts", 0 },
};

struct row {
	const char *question, *answer;
};

#define DIRECTORY "mode=040755 uid=0 gid=0 size=4096 fs=ef53"
#define PROGRAM   "mode=0100755 uid=0 gid=0 size=4096 fs=ef53"
#define PLAIN     "mode=0100644 uid=0 gid=0 size=4096 fs=ef53"
#define NODE(n)   "mode=020666 uid=0 gid=0 rdev=" n " size=0 fs=1021994"
#define RUNNING   "mode=040755 uid=0 gid=0 size=400 fs=1021994"

static const struct row everywhere[] = {
	{ "env PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin" },
	{ "link /proc/self/ns/user", "user:[4026531837]" },
	{ "read /proc/self/status", "NoNewPrivs:\t0\nSeccomp:\t0\n" },
	{ "read /proc/self/uid_map", "0 0 4294967295\n" },
	{ "read /proc/self/gid_map", "0 0 4294967295\n" },
	{ "read /proc/self/cgroup", "0::/user.slice/user-0.slice/session-1.scope\n" },
	{ "read /proc/cmdline", "root=/dev/vda1 ro\n" },
	{ "read /proc/filesystems", "nodev\toverlay\n\text4\nnodev\tfuse\n" },
	{ "read /proc/misc", "200 tun\n" },
	{ "read /proc/sys/kernel/modules_disabled", "0\n" },
	{ "read /proc/sys/user/max_user_namespaces", "30000\n" },
	{ "read /proc/sys/user/max_mnt_namespaces", "30000\n" },
	{ "read /proc/sys/user/max_net_namespaces", "30000\n" },
	{ "read /proc/sys/user/max_pid_namespaces", "30000\n" },
	{ "read /proc/sys/net/ipv4/ip_unprivileged_port_start", "1024\n" },
	{ "read /proc/sys/net/ipv4/ping_group_range", "1\t0\n" },
	{ "read /proc/sys/kernel/keys/maxkeys", "200\n" },
	{ "read /proc/sys/kernel/keys/maxbytes", "20000\n" },
	{ "read /proc/sys/fs/inotify/max_user_instances", "128\n" },
	{ "read /etc/passwd", "root:x:0:0:root:/root:/bin/bash\n" },
	{ "read /etc/group", "root:x:0:\n" },
	{ "stat /home", DIRECTORY },
	{ "stat /dev/null", NODE("1:3") },
	{ "stat /dev/fuse", NODE("10:229") },
	{ "stat /dev/net/tun", NODE("10:200") },
	{ "stat /usr/sbin/useradd", PROGRAM },
	{ "stat /usr/sbin/usermod", PROGRAM },
};

static const struct row with_systemd[] = {
	{ "stat /run/systemd/system", RUNNING },
	{ "stat /usr/lib/systemd/systemd-sysctl", PROGRAM },
	{ "stat /usr/lib/security/pam_systemd.so", PLAIN },
};

static const struct row with_cgroup2[] = {
	{ "stat /sys/fs/cgroup", "mode=040755 uid=0 gid=0 size=0 fs=63677270" },
	{ "read /sys/fs/cgroup/cgroup.controllers",
		"cpuset cpu io memory hugetlb pids rdma misc\n" },
	{ "read /sys/fs/cgroup/cgroup.subtree_control", "cpu memory pids\n" },
};

static const struct row with_hybrid[] = {
	{ "stat /sys/fs/cgroup", RUNNING },
	{ "stat /sys/fs/cgroup/unified", "mode=040755 uid=0 gid=0 size=0 fs=63677270" },
	{ "read /sys/fs/cgroup/unified/cgroup.controllers", "\n" },
};

static const struct row with_userns_guard[] = {
	{ "read /proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n" },
	{ "stat /sys/kernel/security/apparmor", DIRECTORY },
	{ "stat /etc/apparmor.d/abi/4.0", PLAIN },
};

static const struct row of_debian[] = {
	{ "read /proc/sys/kernel/unprivileged_userns_clone", "1\n" },
	{ "read /etc/subuid", "" },
	{ "read /etc/subgid", "" },
	{ "stat /usr/sbin/update-grub", PROGRAM },
	{ "stat /etc/default/grub", PLAIN },
};

/* their shadow has the helpers, and the user bus comes with the system's */
#define HELPERS                                                                                    \
	{ "stat /usr/bin/newuidmap", "mode=0104755 uid=0 gid=0 size=4096 fs=ef53" },               \
		{ "stat /usr/bin/newgidmap", "mode=0104755 uid=0 gid=0 size=4096 fs=ef53" },       \
	{                                                                                          \
		"stat /usr/lib/systemd/user/dbus.socket", PLAIN                                    \
	}

static const struct row of_redhat[] = {
	HELPERS,
	{ "read /etc/subuid", "" },
	{ "read /etc/subgid", "" },
	{ "stat /usr/sbin/grubby", PROGRAM },
	{ "stat /usr/sbin/restorecon", PROGRAM },
	{ "read /sys/fs/selinux/enforce", "1" },
	{ "read /etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n" },
};

static const struct row of_others[] = { HELPERS };

static const struct row of_ostree[] = {
	{ "stat /run/ostree-booted", PLAIN },
	{ "stat /usr/bin/rpm-ostree", PROGRAM },
	{ "stat /usr/bin/pasta", PROGRAM },
	{ "stat /usr/bin/podman", PROGRAM },
	{ "stat /usr/bin/crun", PROGRAM },
};

static int put_all(struct root *stock, const struct row *rows, size_t n)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++)
		r = answers_put(stock->answers, rows[i].question, 0, rows[i].answer);
	return r;
}

static int put(struct root *stock, const char *verb, const char *path, const char *answer)
{
	char question[PATH_MAX + 32];

	(void)snprintf(question, sizeof(question), "%s %s", verb, path);
	return answers_put(stock->answers, question, 0, answer);
}

static const struct release *release_of(const struct os *os)
{
	unsigned version = *os->version ? (unsigned)strtoul(os->version, NULL, 10) : UINT32_MAX;

	for (size_t i = 0; i < ARRAY_SIZE(releases); i++) {
		const struct release *r = &releases[i];

		if (r->family == os->family && version >= r->version &&
			(!r->id || strcmp(r->id, os->id) == 0))
			return r;
	}
	return NULL;
}

static int put_kernel(struct root *stock, const struct release *release)
{
	static const char *const objects[] = { "fs/overlayfs/overlay", "fs/fuse/fuse",
		"drivers/net/tun", "net/bridge/bridge", "net/bridge/br_netfilter",
		"drivers/net/veth", "drivers/net/vxlan/vxlan", "net/netfilter/nf_tables" };
	_cleanup_text_ struct text name = { 0 };
	char path[256];
	int r;

	text_addf(&name, "%s x86_64", release->kernel);
	r = answers_put(stock->answers, "uname", 0, text_get(&name));
	(void)snprintf(path, sizeof(path), "/lib/modules/%s", release->kernel);
	if (r >= 0)
		r = put(stock, "stat", path, DIRECTORY);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(objects); i++) {
		(void)snprintf(path, sizeof(path), "/lib/modules/%s/kernel/%s.ko", release->kernel,
			objects[i]);
		r = put(stock, "stat", path, PLAIN);
	}
	return r;
}

static int put_init(struct root *stock, const struct release *release)
{
	char library[64];
	int r;

	if (release->systemd == 0)
		return put_all(stock, with_cgroup2, ARRAY_SIZE(with_cgroup2));
	(void)snprintf(library, sizeof(library), "libsystemd-shared-%u.so/", release->systemd);
	r = put(stock, "list", "/usr/lib/systemd", library);
	if (r >= 0)
		r = put_all(stock, with_systemd, ARRAY_SIZE(with_systemd));
	if (r < 0)
		return r;
	return release->flags & HYBRID ? put_all(stock, with_hybrid, ARRAY_SIZE(with_hybrid))
				       : put_all(stock, with_cgroup2, ARRAY_SIZE(with_cgroup2));
}

static int put_family(struct root *stock, const struct os *os, const struct release *release)
{
	int r;

	if (os->family == OS_DEBIAN)
		r = put_all(stock, of_debian, ARRAY_SIZE(of_debian));
	else if (os->family == OS_REDHAT)
		r = put_all(stock, of_redhat, ARRAY_SIZE(of_redhat));
	else
		r = os->family == OS_ALPINE ? 0 : put_all(stock, of_others, ARRAY_SIZE(of_others));
	if (r >= 0 && release->flags & USERNS_GUARD)
		r = put_all(stock, with_userns_guard, ARRAY_SIZE(with_userns_guard));
	if (r >= 0 && os->ostree)
		r = put_all(stock, of_ostree, ARRAY_SIZE(of_ostree));
	if (r >= 0 && os->transactional)
		r = put(stock, "stat", "/usr/sbin/transactional-update", PROGRAM);
	return r;
}

int stock_open(const struct os *os, const char *release, struct root *ret, struct error *err)
{
	const struct release *row = release_of(os);
	int r;

	*ret = (struct root){ .kind = ROOT_RECORDED, .fd = -1, .record_fd = -1 };
	if (!row)
		return error_say(err, -EOPNOTSUPP,
			"it is not known what a new host of '%s' is like; give the tree of one "
			"that is, or a directory with its etc/os-release, with --root",
			*os->pretty ? os->pretty : os->id);
	r = answers_new(&ret->answers);
	if (r >= 0)
		r = put_all(ret, everywhere, ARRAY_SIZE(everywhere));
	if (r >= 0)
		r = put(ret, "read", "/etc/os-release", release);
	if (r >= 0)
		r = put_kernel(ret, row);
	if (r >= 0)
		r = put_init(ret, row);
	if (r >= 0)
		r = put_family(ret, os, row);
	return r < 0 ? error_set(err, r, "cannot describe a new host") : 0;
}

/* Append a line to what a file of the stock host holds. */
static int append(struct root *stock, const char *path, const struct text *line)
{
	_cleanup_text_ struct text content = { 0 };
	int r = root_read(stock, path, ROOT_READ_LIMIT, &content);

	if (r < 0 && r != -ENOENT)
		return r;
	text_add(&content, text_get(line));
	return text_failed(&content) ? -ENOMEM : put(stock, "read", path, text_get(&content));
}

/* Ids as useradd(8) gives them: 1000 and the following. */
static unsigned next_uid(struct root *stock)
{
	_cleanup_text_ struct text passwd = { 0 };
	unsigned users = 0;

	(void)!root_read(stock, "/etc/passwd", ROOT_READ_LIMIT, &passwd);
	for (size_t i = 0; i < passwd.length; i++)
		users += passwd.data[i] == '\n';
	return 999 + users;
}

/* What SELinux's policy says of the home, of the same in a home it knows, and of what is above: it has
 * rules for the directories every host has, and for none that an admin makes in "/". */
static int add_labels(struct root *stock, const char *name, const char *home)
{
	static const char nothing[] = "system_u:object_r:default_t:s0";
	static const char of_home[] = "unconfined_u:object_r:user_home_dir_t:s0";
	const char *label = text_starts(home, "/home/") ? of_home : nothing;
	_cleanup_text_ struct text model = { 0 }, above = { 0 };
	int r = put(stock, "label", home, label);

	text_addf(&model, "/home/%s", name);
	if (r >= 0)
		r = put(stock, "wanted label", text_get(&model), of_home);
	if (r >= 0 && label == nothing)
		r = put(stock, "wanted label", home, nothing);
	text_addf(&above, "%.*s", (int)strcspn(home + 1, "/") + 1, home);
	if (r < 0 || text_has_word("/home /root /srv /opt /mnt /media /var /usr", text_get(&above)))
		return r;
	return put(stock, "wanted label", text_get(&above), nothing);
}

int stock_add_user(struct root *stock, const char *name, const char *home)
{
	_cleanup_text_ struct text user = { 0 }, group = { 0 }, stat = { 0 };
	unsigned uid = next_uid(stock);
	int r;

	text_addf(&user, "%s:x:%u:%u::%s:/bin/bash\n", name, uid, uid, home);
	text_addf(&group, "%s:x:%u:\n", name, uid);
	text_addf(&stat, "mode=040700 uid=%u gid=%u size=4096 fs=ef53", uid, uid);
	r = append(stock, "/etc/passwd", &user);
	if (r >= 0)
		r = append(stock, "/etc/group", &group);
	if (r >= 0)
		r = put(stock, "stat", home, text_get(&stat));
	return r < 0 ? r : add_labels(stock, name, home);
}

int stock_add_file(struct root *stock, const char *path, const char *content)
{
	_cleanup_text_list_ struct text_list names = { 0 };
	_cleanup_text_ struct text joined = { 0 };
	const char *name = strrchr(path, '/') + 1;
	char dir[PATH_MAX];
	int r;

	(void)snprintf(dir, sizeof(dir), "%.*s", (int)(name - path - 1), path);
	(void)!root_list(stock, dir, &names);
	for (size_t i = 0; i < names.count; i++)
		if (strcmp(names.items[i], name) != 0)
			text_addf(&joined, "%s/", names.items[i]);
	text_addf(&joined, "%s/", name);
	r = text_failed(&joined) ? -ENOMEM : put(stock, "list", dir, text_get(&joined));
	if (r >= 0)
		r = put(stock, "stat", path, PLAIN);
	return r < 0 ? r : put(stock, "read", path, content);
}

int stock_add_range(struct root *stock, const char *user, uint64_t start, uint64_t count)
{
	_cleanup_text_ struct text line = { 0 };
	int r;

	text_addf(&line, "%s:%" PRIu64 ":%" PRIu64 "\n", user, start, count);
	r = append(stock, "/etc/subuid", &line);
	return r < 0 ? r : append(stock, "/etc/subgid", &line);
}
