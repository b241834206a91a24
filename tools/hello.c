/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program in the image 'hello': says what is true of the container it runs in, read by itself
 * and not told to it, and what to try next.
 *
 * It is embedded in rpod, so its size counts: with the system calls made here it is some KB, with
 * a static C library some 700. Machines whose calling convention is not below get the library
 * (the Makefile decides by the compiler's target).
 */
#ifdef FREESTANDING
#include <asm/unistd.h>
#else
#include <sys/syscall.h>
#include <unistd.h>
#endif
#include <linux/fcntl.h>
#include <linux/utsname.h>

typedef unsigned long word;

#if !defined(FREESTANDING)
static word sys(word number, word a, word b, word c, word d)
{
	return (word)syscall((long)number, a, b, c, d);
}
#elif defined(__x86_64__)
static word sys(word number, word a, word b, word c, word d)
{
	register word r10 __asm__("r10") = d;

	__asm__ volatile("syscall"
			 : "+a"(number)
			 : "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return number;
}
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall run\n\thlt\n");
#elif defined(__aarch64__)
static word sys(word number, word a, word b, word c, word d)
{
	register word x8 __asm__("x8") = number;
	register word x0 __asm__("x0") = a;
	register word x1 __asm__("x1") = b;
	register word x2 __asm__("x2") = c;
	register word x3 __asm__("x3") = d;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tbl run\n");
#elif defined(__riscv) && __riscv_xlen == 64
static word sys(word number, word a, word b, word c, word d)
{
	register word a7 __asm__("a7") = number;
	register word a0 __asm__("a0") = a;
	register word a1 __asm__("a1") = b;
	register word a2 __asm__("a2") = c;
	register word a3 __asm__("a3") = d;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3) : "memory");
	return a0;
}
__asm__(".globl _start\n_start:\n\tcall run\n");
#endif

/* Everything is gathered here and written at once. */
static char text[8192];
static word length;

static void say(const char *s)
{
	while (*s && length < sizeof(text))
		text[length++] = *s++;
}

static void say_number(word n)
{
	char digits[24];
	int at = sizeof(digits) - 1;

	digits[at] = '\0';
	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	say(digits + at);
}

static word read_file(const char *path, char *to, word size)
{
	word fd = sys(__NR_openat, (word)AT_FDCWD, (word)path, 0 /* O_RDONLY */, 0);
	word n;

	to[0] = '\0';
	if ((long)fd < 0)
		return 0;
	n = sys(__NR_read, fd, (word)to, size - 1, 0);
	(void)sys(__NR_close, fd, 0, 0, 0);
	if ((long)n < 0)
		n = 0;
	to[n] = '\0';
	return n;
}

static const char *number(const char *s, word *ret)
{
	*ret = 0;
	while (*s == ' ' || *s == '\n')
		s++;
	while (*s >= '0' && *s <= '9')
		*ret = *ret * 10 + (word)(*s++ - '0');
	return s;
}

/* user_namespaces(7): lines of "inside outside count" */
static void say_map(const char *path, const char *label)
{
	char map[1024];
	const char *at = map;

	if (read_file(path, map, sizeof(map)) == 0) {
		say(label);
		say("not shown here (no /proc)\n");
		return;
	}
	while (*at) {
		word inside, outside, count;

		at = number(at, &inside);
		at = number(at, &outside);
		at = number(at, &count);
		while (*at && *at != '\n')
			at++;
		if (*at)
			at++;
		say(label);
		label = "             ";
		if (inside == outside && count >= 4294967295) {
			say("none: ids in here are the host's\n");
			return;
		}
		say_number(inside);
		if (count > 1) {
			say(" to ");
			say_number(inside + count - 1);
		}
		say(count > 1 ? " in here are " : " in here is ");
		say_number(outside);
		if (count > 1) {
			say(" to ");
			say_number(outside + count - 1);
		}
		say(" outside\n");
	}
}

static void say_host(void)
{
	struct new_utsname host;

	if ((long)sys(__NR_uname, (word)&host, 0, 0, 0) < 0)
		return;
	say("  host name  ");
	say(host.nodename);
	say("\n  kernel     ");
	say(host.sysname);
	say(" ");
	say(host.release);
	say(" ");
	say(host.machine);
	say(", the host's\n");
}

static void say_process(void)
{
	word pid = sys(__NR_getpid, 0, 0, 0, 0);

	say("  process    ");
	say_number(pid);
	say(pid == 1 ? ", the first of this container\n" : "\n");
}

__attribute__((noreturn, used)) void run(void)
{
	word at = 0;

	say("Hello from a container: rpod works here.\n\n  user       ");
	say_number(sys(__NR_getuid, 0, 0, 0, 0));
	say(", group ");
	say_number(sys(__NR_getgid, 0, 0, 0, 0));
	say("\n");
	say_map("/proc/self/uid_map", "  user ids   ");
	say_map("/proc/self/gid_map", "  group ids  ");
	say_host();
	say_process();
	say("\nThis image is built into rpod. What to try next:\n"
	    "  rpod run --rm -it oci:DIR:TAG            an image layout, as 'skopeo copy' writes "
	    "them\n"
	    "  rpod run --rm -it --rootfs DIR /bin/sh   a directory as root file system\n"
	    "  rpod unshare cat /proc/self/uid_map      your ids, without a container\n"
	    "  rpod-doctor                              what this host could do better\n");
	while (at < length) {
		word n = sys(__NR_write, 1, (word)text + at, length - at, 0);

		if ((long)n <= 0)
			break;
		at += n;
	}
	for (;;)
		(void)sys(__NR_exit_group, at < length, 0, 0, 0);
}

#ifndef FREESTANDING
int main(void)
{
	run();
}
#endif
