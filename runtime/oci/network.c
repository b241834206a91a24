/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/network.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/spawn.h"
#include "runtime/oci/mountfd.h"

enum {
	WORDS_LIMIT = 8192,
	COMMAND_LIMIT = 1 << 20
};

int network_loopback_up(struct error *err)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_name = "lo" };

	/* a new namespace's lo has no flag but the ones the kernel keeps */
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		return error_set(err, -errno, "cannot bring the loopback interface up");
	return 0;
}

static bool has_option(const struct spec_pasta *pasta, const char *letter, const char *word)
{
	for (const char *const *o = pasta->options; *o; o++)
		if (strcmp(*o, letter) == 0 || strcmp(*o, word) == 0)
			return true;
	return false;
}

/*
 * What pasta opens lies where everybody lets it, in a mount namespace of its own.
 *
 * The network namespace: pasta gives up most capabilities first, and /proc/PID/ns/net of a process
 * that has more than it is closed to it then (ptrace(2), commoncap). Over a device that pasta has no
 * use for it needs no permission.
 *
 * Both names are those that AppArmor's profiles for passt and pasta allow, of Debian 12 as of 13:
 * every program may open /dev/full, and these write below home directories. The directory that the
 * namespace lies in they may not open, hence --no-netns-quit.
 */
#define NETNS_PATH "/dev/full"
#define DIR_PATH   "/root"

static int show(const char *path, const char *as)
{
	_cleanup_close_ int tree = -1, target = open(as, O_PATH | O_CLOEXEC);

	if (target < 0)
		return -errno;
	tree = mountfd_clone(AT_FDCWD, path, false);
	return tree < 0 ? tree : mountfd_attach(tree, target);
}

static int show_files(const struct spec_pasta *pasta, pid_t pid)
{
	char netns[64];
	int r;

	(void)snprintf(netns, sizeof(netns), "/proc/%d/ns/net", (int)pid);
	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	r = mountfd_make_slave("/");
	if (r == 0)
		r = show(netns, NETNS_PATH);
	return r == 0 && pasta->dir ? show(pasta->dir, DIR_PATH) : r;
}

/* Nothing is forwarded that was not asked for: pasta's own default is every bound port. */
static int arguments(const struct spec_pasta *pasta, struct text_list *ret)
{
	static const struct {
		const char *letter, *word;
	} ports[] = {
		{ "-t", "--tcp-ports" },
		{ "-u", "--udp-ports" },
		{ "-T", "--tcp-ns" },
		{ "-U", "--udp-ns" },
	};
	static const char *const first[] = { "pasta", "--config-net", "--quiet", "--no-map-gw",
		"--no-netns-quit" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(first); i++)
		r = text_list_add(ret, first[i]);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(ports); i++) {
		if (has_option(pasta, ports[i].letter, ports[i].word))
			continue;
		r = text_list_add(ret, ports[i].letter);
		if (r == 0)
			r = text_list_add(ret, "none");
	}
	for (const char *const *o = pasta->options; r == 0 && *o; o++)
		r = text_list_add(ret, *o);
	/* it would become nobody, who may not open the namespace */
	if (r == 0 && geteuid() == 0)
		r = text_list_add(ret, "--runas=0:0");
	if (r == 0 && pasta->dir)
		r = text_list_addf(ret, "--pid=" DIR_PATH "/%s", pasta->pid_file);
	if (r == 0)
		r = text_list_add(ret, "--netns-only");
	if (r == 0)
		r = text_list_add(ret, "--netns=" NETNS_PATH);
	return r;
}

static void NORETURN run(
	const struct spec_pasta *pasta, const char *path, char *const *argv, pid_t pid, int words)
{
	static const char *const env[] = { "PATH=" SPAWN_PATH, "LC_ALL=C.UTF-8", NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;
	int r = show_files(pasta, pid);

	if (r < 0) {
		(void)dprintf(words, "cannot show it its files: %s", strerror(-r));
		_exit(127);
	}
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	/* systemd starts services with it ignored; pasta takes any handler but the default for a
	 * failure of signal(2): "Couldn't install signal handlers" (seen on bookworm) */
	(void)signal(SIGPIPE, SIG_DFL);
	(void)setsid();
	if (null >= 0 && dup2(null, 0) >= 0 && dup2(words, 1) >= 0 && dup2(words, 2) >= 0)
		(void)execve(path, argv, (char *const *)env);
	(void)dprintf(words, "%s: %s", path, strerror(errno));
	_exit(127);
}

int network_begin(const struct spec_pasta *pasta, pid_t pid, pid_t *ret_starter, int *ret_words,
	struct error *err)
{
	_cleanup_text_list_ struct text_list args = { 0 };
	_cleanup_close_ int near = -1, far = -1;
	char path[256];
	int ends[2] = { -1, -1 };
	pid_t starter;
	int r = spawn_find("pasta", path, sizeof(path));

	if (r < 0) {
		(void)error_set(err, r,
			"cannot find pasta, which gives containers their network; "
			"install passt or use --network none or host");
		return error_see(err, "net.pasta");
	}
	r = arguments(pasta, &args);
	if (r == 0 && pipe2(ends, O_CLOEXEC) < 0)
		r = -errno;
	if (r < 0)
		return error_set(err, r, "cannot start pasta");
	near = ends[0];
	far = ends[1];
	starter = fork();
	if (starter < 0)
		return error_set(err, -errno, "cannot start pasta");
	if (starter == 0)
		run(pasta, path, args.items, pid, far);
	*ret_starter = starter;
	*ret_words = take_fd(&near);
	return 0;
}

pid_t network_read_pid(int dir, const char *name)
{
	_cleanup_text_ struct text text = { 0 };
	uint32_t pid;

	if (io_read_file_at(dir, name, 32, &text) < 0 || !text.data)
		return 0;
	text.data[strcspn(text.data, "\n")] = '\0';
	return parse_u32(text.data, &pid) == 0 ? (pid_t)pid : 0;
}

static pid_t read_pid_of(const struct spec_pasta *pasta)
{
	_cleanup_close_ int dir = -1;

	if (!pasta->dir)
		return 0;
	dir = open(pasta->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? 0 : network_read_pid(dir, pasta->pid_file);
}

/* What it says last is why it ended; before that it complains of syslog and the like. */
static const char *last_line(struct text *said)
{
	char *newline;

	while (said->length > 0 && said->data[said->length - 1] == '\n')
		said->data[--said->length] = '\0';
	newline = said->length ? strrchr(said->data, '\n') : NULL;
	if (newline)
		return newline + 1;
	return said->length ? said->data : "it said nothing";
}

/* The first process ends when the network is up; the one that serves it is its child. */
int network_finish(const struct spec_pasta *pasta, pid_t starter, int words, pid_t *ret_pasta,
	struct error *err)
{
	_cleanup_text_ struct text said = { 0 };
	int status = 0;
	int r;

	while (waitpid(starter, &status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, -errno, "cannot wait for pasta");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		*ret_pasta = read_pid_of(pasta);
		return 0;
	}
	/* the words end with the process: nobody else holds the other end then */
	(void)fcntl(words, F_SETFL, O_NONBLOCK);
	r = io_read_all(words, WORDS_LIMIT, &said);
	(void)r;
	(void)error_say(err, -EIO,
		"pasta could not make the network: %s; with --network none or host it is not "
		"needed",
		last_line(&said));
	return error_see(err, strstr(err->text, "tun") ? "device.tun" : "net.pasta");
}

/* The words of a command line end in NUL each. */
static bool has_pid_file(const struct text *words, const char *path)
{
	for (size_t at = 0; at < words->length; at += strlen(words->data + at) + 1)
		if (text_starts(words->data + at, "--pid=") && text_ends(words->data + at, path))
			return true;
	return false;
}

void network_stop(pid_t pid, const char *path)
{
	_cleanup_close_ int process = -1;
	_cleanup_text_ struct text words = { 0 };
	char file[64];

	if (pid <= 1)
		return;
	/* opened first: what is read then is of the process that gets the signal */
	process = (int)syscall(SYS_pidfd_open, pid, 0);
	(void)snprintf(file, sizeof(file), "/proc/%d/cmdline", (int)pid);
	if (process >= 0 && io_read_file_at(AT_FDCWD, file, COMMAND_LIMIT, &words) == 0 &&
		has_pid_file(&words, path))
		(void)syscall(SYS_pidfd_send_signal, process, SIGTERM, NULL, 0);
}
