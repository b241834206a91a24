/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the default system call filter as a C header. Compiling a filter takes longer than
 * starting a container, so it is done once, when rpod is built.
 *
 * What is listed is allowed. What is refused answers ENOSYS, as an older kernel would, so that
 * programs take the way they have for that; what the rows below refuse on purpose answers EPERM.
 * The list follows what podman lets through (namespaces and mounts too: the kernel asks for
 * capabilities there, and podman in a container needs them), so that images work alike.
 *
 * A filter cannot see capabilities, so there are two: seccomp_default for containers with the
 * default capabilities, seccomp_capable for those that were given one of `gated`'s.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <linux/filter.h>
#include <seccomp.h>

#include "base/macro.h"

/* clang-format off */
static const char *const allowed[] = {
	/* files by name */
	"access", "chdir", "chmod", "chown", "chown32", "creat", "faccessat", "faccessat2",
	"fchmodat", "fchownat", "fstatat64", "futimesat", "getcwd", "lchown", "lchown32", "link",
	"linkat", "lstat", "lstat64", "mkdir", "mkdirat", "mknod", "mknodat", "name_to_handle_at",
	"newfstatat", "open", "openat", "openat2", "readlink", "readlinkat", "rename", "renameat",
	"renameat2", "rmdir", "stat", "stat64", "statfs", "statfs64", "statx", "symlink",
	"symlinkat", "truncate", "truncate64", "unlink", "unlinkat", "utime", "utimensat",
	"utimensat_time64", "utimes", "umask",
	/* open files */
	"_llseek", "close", "close_range", "copy_file_range", "dup", "dup2", "dup3", "fadvise64",
	"fadvise64_64", "fallocate", "fchdir", "fchmod", "fchown", "fchown32", "fcntl", "fcntl64",
	"fdatasync", "flock", "fstat", "fstat64", "fstatfs", "fstatfs64", "fsync", "ftruncate",
	"ftruncate64", "getdents", "getdents64", "ioctl", "lseek", "pipe", "pipe2", "pread64",
	"preadv", "preadv2", "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readdir",
	"readv", "sendfile", "sendfile64", "splice", "sync", "sync_file_range", "syncfs", "tee",
	"write", "writev",
	/* extended attributes */
	"fgetxattr", "flistxattr", "fremovexattr", "fsetxattr", "getxattr", "lgetxattr",
	"listxattr", "llistxattr", "lremovexattr", "lsetxattr", "removexattr", "setxattr",
	/* waiting for files */
	"_newselect", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old", "epoll_pwait",
	"epoll_pwait2", "epoll_wait", "epoll_wait_old", "eventfd", "eventfd2", "fanotify_mark",
	"inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch", "io_cancel",
	"io_destroy", "io_getevents", "io_setup", "io_submit", "poll", "ppoll", "ppoll_time64",
	"pselect6", "pselect6_time64", "select", "signalfd", "signalfd4",
	/* sockets; socket() itself is ruled below */
	"accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt",
	"listen", "recv", "recvfrom", "recvmmsg", "recvmmsg_time64", "recvmsg", "send", "sendmmsg",
	"sendmsg", "sendto", "setsockopt", "shutdown", "socketcall", "socketpair",
	/* memory */
	"brk", "get_mempolicy", "madvise", "mbind", "membarrier", "memfd_create", "memfd_secret",
	"mincore", "mlock", "mlock2", "mlockall", "mmap", "mmap2", "mprotect", "mremap", "msync",
	"munlock", "munlockall", "munmap", "pkey_alloc", "pkey_free", "pkey_mprotect",
	"process_mrelease", "remap_file_pages", "set_mempolicy", "shmat", "shmctl", "shmdt",
	"shmget",
	/* processes */
	"clone", "clone3", "execve", "execveat", "exit", "exit_group", "fork", "get_robust_list",
	"get_thread_area", "getcpu", "getitimer", "getpgid", "getpgrp", "getpid", "getppid",
	"getpriority", "getrlimit", "getrusage", "getsid", "gettid", "ioprio_get", "ioprio_set",
	"kill", "pause", "pidfd_getfd", "pidfd_open", "pidfd_send_signal", "prctl", "prlimit64",
	"process_vm_readv", "process_vm_writev", "ptrace", "rseq", "sched_get_priority_max",
	"sched_get_priority_min", "sched_getaffinity", "sched_getattr", "sched_getparam",
	"sched_getscheduler", "sched_rr_get_interval", "sched_rr_get_interval_time64",
	"sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler", "sched_yield",
	"set_robust_list", "set_thread_area", "set_tid_address", "setitimer", "setpgid",
	"setpriority", "setrlimit", "setsid", "syscall", "tgkill", "times", "tkill", "ugetrlimit",
	"vfork", "wait4", "waitid", "waitpid",
#if defined(__x86_64__) || defined(__i386__)
	"arch_prctl", "modify_ldt",
#elif defined(__aarch64__) || defined(__arm__)
	"arm_fadvise64_64", "arm_sync_file_range", "breakpoint", "cacheflush", "set_tls",
	"sync_file_range2",
#elif defined(__powerpc64__)
	"sync_file_range2",
#elif defined(__s390x__)
	"s390_pci_mmio_read", "s390_pci_mmio_write", "s390_runtime_instr",
#endif
	/* who we are */
	"capget", "capset", "getegid", "getegid32", "geteuid", "geteuid32", "getgid", "getgid32",
	"getgroups", "getgroups32", "getresgid", "getresgid32", "getresuid", "getresuid32",
	"getuid", "getuid32", "keyctl", "setfsgid", "setfsgid32", "setfsuid", "setfsuid32",
	"setgid", "setgid32", "setgroups", "setgroups32", "setregid", "setregid32", "setresgid",
	"setresgid32", "setresuid", "setresuid32", "setreuid", "setreuid32", "setuid", "setuid32",
	/* signals */
	"restart_syscall", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo",
	"rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64",
	"rt_tgsigqueueinfo", "sigaction", "sigaltstack", "signal", "sigpending", "sigprocmask",
	"sigreturn", "sigsuspend",
	/* time */
	"adjtimex", "alarm", "clock_adjtime", "clock_adjtime64", "clock_getres",
	"clock_getres_time64", "clock_gettime", "clock_gettime64", "clock_nanosleep",
	"clock_nanosleep_time64", "gettimeofday", "nanosleep", "time", "timer_create",
	"timer_delete", "timer_getoverrun", "timer_gettime", "timer_gettime64", "timer_settime",
	"timer_settime64", "timerfd", "timerfd_create", "timerfd_gettime", "timerfd_gettime64",
	"timerfd_settime", "timerfd_settime64",
	/* between processes */
	"futex", "futex_time64", "futex_waitv", "ipc", "mq_getsetattr", "mq_notify", "mq_open",
	"mq_timedreceive", "mq_timedreceive_time64", "mq_timedsend", "mq_timedsend_time64",
	"mq_unlink", "msgctl", "msgget", "msgrcv", "msgsnd", "semctl", "semget", "semop",
	"semtimedop", "semtimedop_time64",
	/* fencing oneself in; mounts and namespaces, where the kernel asks for capabilities */
	"chroot", "fsconfig", "fsmount", "fsopen", "fspick", "landlock_add_rule",
	"landlock_create_ruleset", "landlock_restrict_self", "mount", "mount_setattr", "move_mount",
	"open_tree", "pivot_root", "seccomp", "setns", "umount", "umount2", "unshare",
	/* the machine */
	"getrandom", "reboot", "sysinfo", "syslog", "uname",
};

/* Old, dangerous or both: a plain "no". */
static const char *const refused[] = {
	"bdflush", "io_pgetevents", "kexec_file_load", "kexec_load", "migrate_pages", "move_pages",
	"nfsservctl", "nice", "oldfstat", "oldlstat", "oldolduname", "oldstat", "olduname",
	"sgetmask", "ssetmask", "swapoff", "swapon", "sysfs", "uselib", "userfaultfd", "ustat",
	"vm86", "vm86old", "vmsplice",
};

/* A plain "no" without the capability the kernel asks for anyway. */
static const char *const gated[] = {
	"open_by_handle_at",						/* DAC_READ_SEARCH */
	"bpf", "fanotify_init", "lookup_dcookie", "perf_event_open", "quotactl", "setdomainname",
	"sethostname",							/* SYS_ADMIN */
	"delete_module", "finit_module", "init_module", "query_module", /* SYS_MODULE */
	"acct",								/* SYS_PACCT */
	"kcmp", "process_madvise",					/* SYS_PTRACE */
	"ioperm", "iopl",						/* SYS_RAWIO */
	"clock_settime", "clock_settime64", "settimeofday", "stime",	/* SYS_TIME */
	"vhangup",							/* SYS_TTY_CONFIG */
};
/* clang-format on */

/* personality(2): Linux, 32 bit Linux, both with UNAME26, and asking. */
static const uint32_t personalities[] = { 0x0, 0x8, 0x20000, 0x20008, 0xffffffff };

enum {
	AF_NETLINK_NUMBER = 16,
	NETLINK_AUDIT_NUMBER = 9
};

static int add(scmp_filter_ctx ctx, uint32_t action, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);
		int r;

		if (number == __NR_SCMP_ERROR) /* newer than this libseccomp */
			continue;
		r = seccomp_rule_add_array(ctx, action, number, 0, NULL);
		if (r < 0 && r != -EDOM)
			return r;
	}
	return 0;
}

static int add_socket(scmp_filter_ctx ctx, uint32_t action, enum scmp_compare op, unsigned n,
	const struct scmp_arg_cmp *args)
{
	struct scmp_arg_cmp with_op[2] = { args[0], args[n - 1] };

	with_op[0].op = with_op[1].op = op;
	return seccomp_rule_add_array(ctx, action, SCMP_SYS(socket), n, with_op);
}

static int add_ruled(scmp_filter_ctx ctx, bool capable)
{
	static const struct scmp_arg_cmp audit[] = {
		{ .arg = 0, .datum_a = AF_NETLINK_NUMBER },
		{ .arg = 2, .datum_a = NETLINK_AUDIT_NUMBER },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(personalities); i++) {
		struct scmp_arg_cmp is = {
			.arg = 0, .op = SCMP_CMP_EQ, .datum_a = personalities[i]
		};

		r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, SCMP_SYS(personality), 1, &is);
	}
	if (r < 0 || capable)
		return r < 0 ? r
			     : seccomp_rule_add_array(
				       ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 0, NULL);
	/* EINVAL is what a kernel without auditing says: sshd and login go on then */
	r = add_socket(ctx, SCMP_ACT_ERRNO(EINVAL), SCMP_CMP_EQ, 2, audit);
	if (r == 0)
		r = add_socket(ctx, SCMP_ACT_ALLOW, SCMP_CMP_NE, 1, &audit[0]);
	return r < 0 ? r : add_socket(ctx, SCMP_ACT_ALLOW, SCMP_CMP_NE, 1, &audit[1]);
}

static int make(scmp_filter_ctx ctx, bool capable)
{
	int r;

	/* a tree instead of a list: loading runs the filter once per system call to learn which
	 * are always allowed (seccomp's bitmap, Linux 5.11) */
	r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
#if defined(__x86_64__)
	if (r == 0)
		r = seccomp_arch_add(ctx, SCMP_ARCH_X86);
#elif defined(__aarch64__)
	if (r == 0)
		r = seccomp_arch_add(ctx, SCMP_ARCH_ARM);
#endif
	if (r == 0)
		r = add(ctx, SCMP_ACT_ALLOW, allowed, ARRAY_SIZE(allowed));
	if (r == 0)
		r = add(ctx, SCMP_ACT_ERRNO(EPERM), refused, ARRAY_SIZE(refused));
	if (r == 0)
		r = add(ctx, capable ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM), gated,
			ARRAY_SIZE(gated));
	return r == 0 ? add_ruled(ctx, capable) : r;
}

static int print(const char *name, bool capable)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int fd = memfd_create(name, MFD_CLOEXEC);
	struct sock_filter one;
	FILE *from;
	int r = ctx && fd >= 0 ? make(ctx, capable) : -ENOMEM;

	if (r == 0)
		r = seccomp_export_bpf(ctx, fd);
	seccomp_release(ctx);
	from = r == 0 ? fdopen(fd, "r") : NULL;
	if (!from)
		return r < 0 ? r : -errno;
	rewind(from);
	(void)printf("\nstatic const struct sock_filter %s[] = {\n", name);
	while (fread(&one, sizeof(one), 1, from) == 1)
		(void)printf("\t{ 0x%x, %u, %u, 0x%x },\n", one.code, one.jt, one.jf, one.k);
	(void)printf("};\n");
	(void)fclose(from);
	return 0;
}

int main(void)
{
	(void)printf("/* Made by tools/seccomp-default.c: change that one. */\n"
		     "#include <linux/filter.h>\n");
	if (print("seccomp_default", false) < 0 || print("seccomp_capable", true) < 0) {
		(void)fprintf(stderr, "seccomp-default: cannot compile the filter\n");
		return 1;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
