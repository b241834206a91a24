/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/seccomp.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gen/seccomp-default.h"

/* The capabilities that open what seccomp_default refuses (tools/seccomp-default.c). */
static const uint64_t gate = 1ULL << CAP_DAC_READ_SEARCH | 1ULL << CAP_SYS_ADMIN |
			     1ULL << CAP_SYS_MODULE | 1ULL << CAP_SYS_PACCT |
			     1ULL << CAP_SYS_PTRACE | 1ULL << CAP_SYS_RAWIO | 1ULL << CAP_SYS_TIME |
			     1ULL << CAP_SYS_TTY_CONFIG | 1ULL << CAP_AUDIT_WRITE;

static struct sock_fprog chosen(const struct spec_process *p)
{
	/* the kernel only reads the filter */
	if (p->seccomp == SPEC_SECCOMP_FILTER)
		return (struct sock_fprog){ p->filter_length, (struct sock_filter *)p->filter };
	if (p->caps.bounding & gate)
		return (struct sock_fprog){ ARRAY_SIZE(seccomp_capable),
			(struct sock_filter *)seccomp_capable };
	return (struct sock_fprog){ ARRAY_SIZE(seccomp_default),
		(struct sock_filter *)seccomp_default };
}

int seccomp_apply(const struct spec_process *p, struct error *err)
{
	struct sock_fprog program;

	if (p->seccomp == SPEC_SECCOMP_NONE)
		return 0;
	program = chosen(p);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return error_set(err, -errno, "cannot load the system call filter");
	return 0;
}
