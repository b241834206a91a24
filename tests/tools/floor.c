/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor under every container runtime, for the benchmark: one clone3() with all namespaces, a
 * bind mount, pivot_root and exec. No id map but the caller's own id, no /proc, no /dev, no
 * capabilities dropped, no filter, nothing written down. What a runtime needs beyond this is its
 * own time.
 *
 *	floor ROOTFS COMMAND...
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int child(char *argv[])
{
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
		mount(argv[1], argv[1], NULL, MS_BIND | MS_REC, NULL) < 0 || chdir(argv[1]) < 0 ||
		syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
		chdir("/") < 0)
		return errno;
	(void)execv(argv[2], argv + 2);
	return errno;
}

int main(int argc, char *argv[])
{
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
			 CLONE_NEWCGROUP,
		.exit_signal = SIGCHLD,
	};
	int status;
	long pid;

	if (argc < 3)
		return 64;
	if (geteuid() != 0)
		args.flags |= CLONE_NEWUSER;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(child(argv));
	if (pid < 0 || waitpid((pid_t)pid, &status, 0) < 0) {
		(void)fprintf(stderr, "floor: %s\n", strerror(errno));
		return 125;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}
