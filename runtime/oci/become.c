/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why in this order. The bounding set is cut while CAP_SETPCAP is there. The working directory is
 * entered before the user is changed, as it may be root's, and checked to be inside: a descriptor
 * of the host that was left open could be named as /proc/self/fd/N (CVE-2024-21626). Descriptors
 * are closed before the filter, which may refuse close_range(). The filter comes last, so that it
 * need not allow what only we do; without no_new_privs loading it takes CAP_SYS_ADMIN, which is kept
 * until then and dropped by the one capset() after it. no_new_privs is set only where it is asked
 * for: setuid programs of images (sudo, ping, su) work, inside a map that ends at the user's own ids.
 */
#include "runtime/oci/become.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/linux.h"
#include "base/text.h"
#include "runtime/oci/caps.h"
#include "runtime/oci/seccomp.h"
#include "runtime/oci/terminal.h"
#include "runtime/oci/who.h"

enum {
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127
};

static int write_self(const char *path, const char *value)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : io_write_all(fd, value, strlen(value));
}

static int set_labels(const struct spec_process *p, struct error *err)
{
	char value[512];
	int r = 0;

	if (p->selinux_label)
		r = write_self("/proc/thread-self/attr/exec", p->selinux_label);
	if (r < 0)
		return error_set(err, r, "cannot take the SELinux label '%s'", p->selinux_label);
	if (!p->apparmor)
		return 0;
	(void)snprintf(value, sizeof(value), "exec %s", p->apparmor);
	r = write_self("/proc/thread-self/attr/apparmor/exec", value);
	if (r == -ENOENT)
		r = write_self("/proc/thread-self/attr/exec", value);
	return r < 0 ? error_set(err, r, "cannot take the AppArmor profile '%s'", p->apparmor) : 0;
}

static int new_keyring(struct error *err)
{
	/* nameless: a name would join a keyring of that name */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 || errno != EDQUOT)
		return 0; /* a kernel or an outer filter without keyrings has none to protect */
	(void)error_say(err, -EDQUOT,
		"cannot make a session keyring: the user's key quota is used "
		"up; raise kernel.keys.maxkeys");
	return error_see(err, "limits.keys");
}

int become_early(const struct spec_process *p, struct error *err)
{
	char value[32];
	int r;

	for (size_t i = 0; i < p->rlimit_count; i++)
		if (setrlimit((__rlimit_resource_t)p->rlimits[i].resource, &p->rlimits[i].limit) <
			0)
			return error_set(err, -errno, "cannot set limit %d to %llu:%llu",
				p->rlimits[i].resource,
				(unsigned long long)p->rlimits[i].limit.rlim_cur,
				(unsigned long long)p->rlimits[i].limit.rlim_max);
	if (p->has_oom_score) {
		(void)snprintf(value, sizeof(value), "%d", p->oom_score);
		r = write_self("/proc/self/oom_score_adj", value);
		if (r < 0)
			return error_set(err, r, "cannot set the OOM score to %s", value);
	}
	r = set_labels(p, err);
	return r < 0 ? r : new_keyring(err);
}

/* The descriptors in the way of each other are first moved away. */
static int take_stdio(const int stdio[3])
{
	int from[3];

	for (int i = 0; i < 3; i++) {
		from[i] = stdio[i] < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : stdio[i];
		if (from[i] >= 0 && from[i] < 3 && from[i] != i)
			from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 3);
		if (from[i] < 0)
			return -errno;
	}
	for (int i = 0; i < 3; i++)
		if (from[i] == i ? fcntl(i, F_SETFD, 0) < 0 : dup2(from[i], i) < 0)
			return -errno;
	return 0;
}

/* Pipes and ptys become the user's, so that it can open /dev/stdout again. Files stay whose they
 * are: they are the caller's. */
static void own_stdio(uid_t uid)
{
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (fstat(fd, &st) == 0 && st.st_uid != uid &&
			(S_ISFIFO(st.st_mode) || (S_ISCHR(st.st_mode) && isatty(fd))))
			(void)!fchown(fd, uid, (gid_t)-1);
	}
}

int become_io(const struct spec_process *p, int slave, const struct who *who, struct error *err)
{
	int r;

	/* fails only for a group leader, which a forked child is not */
	(void)setsid();
	r = slave >= 0 ? terminal_take(slave) : take_stdio(p->stdio);
	if (r < 0)
		return error_set(err, r, "cannot set up standard input and output");
	if (slave >= 0 && p->rows && p->columns)
		(void)!terminal_set_size(0, p->rows, p->columns);
	if (slave >= 0 || who->uid != 0)
		own_stdio(who->uid);
	return 0;
}

static int enter_directory(const char *cwd, struct error *err)
{
	char now[PATH_MAX];
	int r = chdir(cwd) < 0 ? -errno : 0;

	if (r == -ENOENT) {
		r = io_mkdirs(cwd, 0755);
		if (r == 0)
			r = chdir(cwd) < 0 ? -errno : 0;
	}
	if (r < 0) {
		(void)error_set(err, r, "cannot enter the working directory '%s'", cwd);
		return error_exit(err, r == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
	}
	/* the bare call says "(unreachable)" for what is outside */
	if (syscall(SYS_getcwd, now, sizeof(now)) < 0 || now[0] != '/')
		return error_say(
			err, -EPERM, "the working directory '%s' is outside the container", cwd);
	return 0;
}

static int set_ids(const struct spec_process *p, const struct who *who)
{
	bool keep = p->keep_groups;

	/* EPERM with nothing to set: setgroups is denied in a map of one id, user_namespaces(7) */
	if (!keep && setgroups(who->group_count, who->groups) < 0 &&
		!(errno == EPERM && who->group_count == 0))
		return -errno;
	if (setresgid(who->gid, who->gid, who->gid) < 0 ||
		setresuid(who->uid, who->uid, who->uid) < 0)
		return -errno;
	return 0;
}

struct sets {
	uint64_t effective, permitted, inheritable, ambient;
};

static struct sets sets_of(const struct spec_process *p, uid_t uid)
{
	const struct spec_caps *c = &p->caps;

	if (c->by_user && uid != 0)
		return (struct sets){ c->ambient, c->ambient, c->ambient, c->ambient };
	return (struct sets){ c->effective, c->permitted, c->inheritable, c->ambient };
}

int become_user(const struct spec_process *p, const struct who *who, struct error *err)
{
	struct sets sets = sets_of(p, who->uid);
	uint64_t have = caps_now();
	uint64_t loading = p->no_new_privileges ? 0 : 1ULL << CAP_SYS_ADMIN;
	int r;

	(void)umask(p->umask);
	r = enter_directory(p->cwd ? p->cwd : "/", err);
	if (r < 0)
		return r;
	r = caps_bound(p->caps.bounding);
	if (r == 0)
		r = caps_keep();
	if (r < 0)
		return error_set(err, r, "cannot drop capabilities");
	r = set_ids(p, who);
	if (r < 0) {
		(void)error_set(err, r, "cannot become user %u:%u", who->uid, who->gid);
		return r == -EINVAL ? error_see(err, "idmap.subuid") : r;
	}
	r = caps_set((sets.effective | loading) & have, (sets.permitted | loading) & have,
		sets.inheritable & have);
	if (r == 0)
		r = caps_ambient(sets.ambient & have & sets.inheritable & sets.permitted);
	return r < 0 ? error_set(err, r, "cannot set capabilities") : 0;
}

static const char *variable(const char *const *env, const char *name)
{
	size_t n = strlen(name);

	for (; env && *env; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
			return *env + n + 1;
	return NULL;
}

/* The first file on PATH that could be run: 0, or what the best of them lacks. */
static int find_command(const char *name, const char *path, char *ret, size_t size)
{
	int found = -ENOENT;

	if (strchr(name, '/'))
		return text_copy(ret, size, name) ? 0 : -ENAMETOOLONG;
	for (; *path; path += *path == ':') {
		size_t n = strcspn(path, ":");
		struct stat st;

		(void)snprintf(ret, size, "%.*s%s%s", (int)n, path, n ? "/" : "", name);
		path += n;
		if (stat(ret, &st) < 0 || S_ISDIR(st.st_mode))
			continue;
		if (access(ret, X_OK) == 0)
			return 0;
		found = -EACCES;
	}
	return found;
}

static int cannot_run(int r, const char *name, struct error *err)
{
	bool missing = r == -ENOENT || r == -ENOTDIR;

	if (missing && !strchr(name, '/'))
		(void)error_say(err, r, "no command '%s' in the container's PATH", name);
	else
		(void)error_set(err, r, "cannot run '%s'", name);
	return error_exit(err, missing ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}

static int load_filter(const struct spec_process *p, const struct who *who, struct error *err)
{
	struct sets sets = sets_of(p, who->uid);
	uint64_t have = caps_now();
	int r;

	if (p->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(err, -errno, "cannot set no_new_privs");
	r = seccomp_apply(p, err);
	if (r < 0 || (have & ~sets.permitted) == 0)
		return r;
	r = caps_set(sets.effective & have, sets.permitted & have, sets.inheritable & have);
	return r < 0 ? error_set(err, r, "cannot drop capabilities") : 0;
}

/* Linux 5.10 has close_range(2) without that flag: one by one, up to the highest there can be. */
static int mark_rest(int first)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	for (int fd = first; (rlim_t)fd < MIN(limit.rlim_max, (rlim_t)INT_MAX); fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0)
			return -errno;
	}
	return 0;
}

static int close_rest(const struct spec_process *p)
{
	unsigned first = 3 + p->preserve_fds;

	for (unsigned fd = 3; fd < first; fd++)
		(void)fcntl((int)fd, F_SETFD, 0);
	/* on exec: we still have an error to tell */
	if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) >= 0)
		return 0;
	return errno == EINVAL || errno == ENOSYS ? mark_rest((int)first) : -errno;
}

/* The environment with HOME, where the caller gave none. */
static char **environment(const struct spec_process *p, char *home)
{
	size_t n = 0, at = 0;
	char **env;

	while (p->env && p->env[n])
		n++;
	env = calloc(n + 2, sizeof(*env));
	if (!env)
		return NULL;
	for (; at < n; at++)
		env[at] = (char *)p->env[at];
	if (!variable(p->env, "HOME"))
		env[at] = home;
	return env;
}

int become_command(const struct spec_process *p, const struct who *who, struct error *err)
{
	const char *path = variable(p->env, "PATH");
	char command[PATH_MAX], home[PATH_MAX + 8];
	char **env;
	int r;

	if (!p->args || !p->args[0])
		return error_say(err, -EINVAL, "no command to run");
	(void)snprintf(home, sizeof(home), "HOME=%s", who->home);
	env = environment(p, home);
	if (!env)
		return error_set(err, -ENOMEM, "cannot build the environment");
	r = find_command(
		p->args[0], path ? path : "/usr/local/bin:/usr/bin:/bin", command, sizeof(command));
	if (r < 0)
		return cannot_run(r, p->args[0], err);
	r = close_rest(p);
	if (r < 0)
		return error_set(err, r, "cannot close descriptors");
	/* from here on as weak as the container: its other processes shall not look into us */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	r = load_filter(p, who, err);
	if (r < 0)
		return r;
	(void)execve(command, (char *const *)p->args, env);
	return cannot_run(-errno, p->args[0], err);
}
