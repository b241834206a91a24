/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel has and older headers do not name: glibc 2.31 (Debian 11) lists no system call
 * younger than Linux 5.4, its linux/ headers are of 5.10, those of RHEL 8 of 4.18. Numbers from 424
 * on are the same on every architecture (asm-generic/unistd.h). That the running kernel knows a
 * call is another matter, and its caller's.
 */
#pragma once

#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* close_range(2): since Linux 5.11, two releases after the call */
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#else
struct open_how {
	uint64_t flags, mode, resolve;
};
#define RESOLVE_NO_XDEV       0x01
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS   0x04
#define RESOLVE_BENEATH       0x08
#define RESOLVE_IN_ROOT       0x10
#endif

/* waitid(2): since Linux 5.4, glibc 2.36 */
#ifndef P_PIDFD
#define P_PIDFD ((idtype_t)3)
#endif

/* mount_setattr(2) under a name of ours: linux/mount.h, where it is, clashes with sys/mount.h */
struct linux_mount_attr {
	uint64_t attr_set, attr_clr, propagation, userns_fd;
};
