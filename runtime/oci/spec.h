/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container is: plain data that the engine fills and process.h makes real. Nothing here is
 * owned: every string, list and descriptor is borrowed and must live until process_start() returned.
 *
 *	struct spec spec;
 *
 *	spec_init(&spec);		what podman gives a container when nothing is said
 *	spec.root.dir = "/some/rootfs";
 *	spec.process.args = args;	NULL-terminated, like every list of strings here
 *
 * It will not read config files, images or the host.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/macro.h"

/* -- the root file system --------------------------------------------------------------------- */
struct spec_root {
	const char *dir;           /* a plain directory; NULL: an overlay of the following */
	const char *const *layers; /* absolute directories, lowest first */
	const char *upper, *work;  /* empty directories of one file system; both NULL: read-only */
	const char *merged;        /* an empty directory to mount the overlay on */
	bool throw_away; /* --rm: nothing is synced (volatile); @upper and @work serve once only */
	bool read_only;  /* --read-only: the root mount; see spec_read_only_mounts */
	const char *fuse_overlayfs; /* NULL: /usr/bin/fuse-overlayfs, where the kernel cannot */
};

/* -- mounts, made in this order --------------------------------------------------------------- */
enum spec_mount_kind {
	SPEC_MOUNT_BIND, /* @source: absolute path of the host, a directory or a file */
	SPEC_MOUNT_TMPFS,
	SPEC_MOUNT_PROC,
	SPEC_MOUNT_DEV, /* tmpfs with null zero full random urandom tty, fd links, ptmx */
	SPEC_MOUNT_DEVPTS,
	SPEC_MOUNT_MQUEUE,
	SPEC_MOUNT_SYSFS,  /* the host's /sys, read-only, where the network is not private */
	SPEC_MOUNT_CGROUP, /* cgroup2; left out where the host has none */
	SPEC_MOUNT_KIND_COUNT
};

enum spec_mount_flags {
	SPEC_MOUNT_RO = 1 << 0,
	SPEC_MOUNT_NOSUID = 1 << 1,
	SPEC_MOUNT_NODEV = 1 << 2,
	SPEC_MOUNT_NOEXEC = 1 << 3,
	SPEC_MOUNT_RECURSIVE = 1 << 4,   /* rbind: podman's default for -v */
	SPEC_MOUNT_SLAVE = 1 << 5,       /* rslave; otherwise private. "shared" is not offered */
	SPEC_MOUNT_COPY_UP = 1 << 6,     /* tmpfs: begin with what the image has there */
	SPEC_MOUNT_CHOWN = 1 << 7,       /* :U, the source tree becomes the container user's */
	SPEC_MOUNT_RELABEL = 1 << 8,     /* :z, shared label */
	SPEC_MOUNT_RELABEL_OWN = 1 << 9, /* :Z, the container's own label */
	SPEC_MOUNT_OPTIONAL = 1 << 10,   /* a source that is not there is no error */
};

struct spec_mount {
	enum spec_mount_kind kind;
	unsigned flags;
	const char *source; /* bind only */
	const char *target; /* absolute, inside; missing directories (or a file) are made */
	const char *data;   /* file system options: "mode=1777,size=64m" */
};

/* -- namespaces ------------------------------------------------------------------------------- */
enum spec_namespace_kind {
	SPEC_NS_NET,
	SPEC_NS_PID,
	SPEC_NS_IPC,
	SPEC_NS_UTS,
	SPEC_NS_CGROUP,
	SPEC_NS_COUNT
};

enum spec_namespace_mode {
	SPEC_NS_PRIVATE,
	SPEC_NS_HOST, /* the caller's */
	SPEC_NS_JOIN, /* @fd: somebody else's, /proc/PID/ns/NAME */
};

struct spec_namespace {
	enum spec_namespace_mode mode;
	int fd;
};

/* A line of uid_map inside the namespace the caller lives in (userns.h): --userns keep-id and
 * --uidmap. Without lines the container lives in the caller's user namespace itself. */
struct spec_id_map {
	uint32_t inside, outside, count;
};

/* -- network of a private network namespace: loopback is always up --------------------------- */
struct spec_pasta {
	const char *const *options; /* "-t", "8080:80" ...; NULL: no pasta, loopback only */
	const char *dir,
		*pid_file; /* where it writes its process id to: a file below @dir, or NULL */
};

/* -- limits; zero asks for nothing ------------------------------------------------------------ */
enum spec_cgroup_manager {
	SPEC_CGROUP_AUTO, /* systemd where the user has a manager, else cgroupfs, else none */
	SPEC_CGROUP_SYSTEMD,
	SPEC_CGROUP_CGROUPFS,
	SPEC_CGROUP_NONE, /* --cgroups disabled */
};

struct spec_cgroup {
	enum spec_cgroup_manager manager;
	const char *name;        /* "rpod-ID": the scope, or the directory; required unless NONE */
	const char *parent;      /* slice or directory; NULL: user.slice, or our own cgroup */
	const char *description; /* of the scope */
	uint64_t memory;         /* bytes */
	int64_t memory_swap; /* bytes of memory and swap together, as podman counts; -1 no limit */
	uint64_t memory_low; /* --memory-reservation */
	int64_t pids;        /* -1: no limit */
	uint64_t cpu_quota_us, cpu_period_us; /* period 0: 100000 */
	uint64_t cpu_shares;                  /* 2..262144, as docker counts */
	const char *cpuset_cpus, *cpuset_mems;
	bool must; /* an unmet limit is an error; else left out (podman's default pids limit) */
	bool plain; /* no container: no groups below it, and systemd asks it to end before it kills */
};

/* -- the process ------------------------------------------------------------------------------ */
struct spec_caps { /* bits: 1 << CAP_CHOWN ... */
	uint64_t bounding, effective, permitted, inheritable, ambient;
	/* podman's rule: root inside has them all, another user only the ambient ones */
	bool by_user;
};

struct spec_rlimit {
	int resource; /* RLIMIT_NOFILE ... */
	struct rlimit limit;
};

enum spec_seccomp {
	SPEC_SECCOMP_DEFAULT, /* the filter compiled into rpod */
	SPEC_SECCOMP_NONE,    /* unconfined */
	SPEC_SECCOMP_FILTER,  /* @filter */
};

struct sock_filter;

struct spec_process {
	const char *const *args; /* args[0] is looked up in PATH of @env when it has no slash */
	const char *const *env;  /* HOME is added from the container's passwd when missing */
	const char *cwd;         /* NULL: "/"; made when missing */
	const char *user;        /* "name", "uid", "name:group", "uid:gid"; NULL: root */
	const gid_t *groups;     /* --group-add, numbers */
	size_t group_count;
	const char *const *group_names; /* --group-add, names of the container's group file */
	bool keep_groups;               /* the caller's supplementary groups stay */
	bool terminal;                  /* a pty of the container's own; else @stdio */
	unsigned short rows, columns;   /* of the terminal; 0: leave */
	int stdio[3];                   /* -1: /dev/null */
	unsigned preserve_fds;          /* descriptors 3 .. 2+N of the caller stay open */
	struct spec_caps caps;
	bool no_new_privileges;
	enum spec_seccomp seccomp;
	const struct sock_filter *filter;
	unsigned short filter_length;
	const struct spec_rlimit *rlimits;
	size_t rlimit_count;
	bool has_oom_score;
	int oom_score;
	mode_t umask;              /* 0022 */
	const char *selinux_label; /* of the process; NULL: none */
	const char *apparmor;      /* profile; NULL: none */
};

struct spec {
	struct spec_root root;
	const struct spec_mount *system_mounts; /* made first: /proc /dev /sys ... */
	size_t system_mount_count;
	const struct spec_mount *mounts; /* volumes, /etc/hosts and the like */
	size_t mount_count;
	const char *shm_size;      /* "size=64m"-like value for /dev/shm: bytes or k/m/g */
	const char *mount_label;   /* SELinux context= of the file systems made here */
	const char *const *masked; /* made unreadable */
	const char *const *read_only_paths;
	const char *const *sysctls; /* "net.ipv4.ping_group_range=0 0" */
	const char *hostname;       /* NULL: leave */
	struct spec_namespace namespaces[SPEC_NS_COUNT];
	const struct spec_id_map *uid_map, *gid_map;
	size_t uid_map_count, gid_map_count;
	struct spec_pasta pasta;
	struct spec_cgroup cgroup;
	struct spec_process process;
};

/* podman's defaults: private namespaces, its masked and read-only paths, its capabilities, our
 * seccomp filter, umask 0022, standard input and output of the caller. */
void spec_init(struct spec *ret);
/* The process part alone, for exec. */
void spec_process_init(struct spec_process *ret);

extern const uint64_t spec_default_caps;
/* "CAP_CHOWN", "chown" -> bit number, or -EINVAL. */
int spec_cap_number(const char *name) MUST_CHECK;
/* "CAP_CHOWN" ...; NULL beyond the last. */
const char *spec_cap_name(unsigned number);
/* All that this kernel knows: for --privileged and --cap-add all. */
uint64_t spec_all_caps(void);

/* tmpfs on /tmp /var/tmp /run with what the image has there: for --read-only, podman's
 * --read-only-tmpfs. */
extern const struct spec_mount spec_read_only_mounts[];
extern const size_t spec_read_only_mount_count;

extern const struct spec_mount spec_system_mounts[];
extern const size_t spec_system_mount_count;
extern const char *const spec_masked[];
extern const char *const spec_read_only_paths[];
