/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order: the lock first, so that two who start the same container cannot both; the state before
 * the command runs, so that whoever sees the command's effects also sees the container in `ps`; how
 * it ended before the lock goes with the process, so that `wait` never finds neither.
 */
#include "runtime/engine/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/linux.h"
#include "runtime/engine/assemble.h"
#include "runtime/engine/remove.h"
#include "runtime/engine/session.h"
#include "runtime/engine/signals.h"
#include "runtime/engine/stop.h"
#include "runtime/oci/process.h"

enum {
	EXIT_RPOD = 125
};

struct monitor {
	struct container *container;
	const struct place *place;
	const struct settings *settings;
	struct log log;
	struct assembly assembly;
	struct session session;
	struct process process;
	struct cgroup_own own;
	int ready_fd; /* detached: where the starter hears that the command runs */
};

static bool passes_through(const struct settings *settings, const struct monitor_how *how)
{
	const char *driver = settings->log_driver;

	if (driver && strcmp(driver, "passthrough") == 0)
		return how->attached;
	/* nobody could read the log of a container that is gone when it ends */
	return !driver && settings->remove && how->attached && !settings->tty &&
	       !session_sees_terminal(how->interactive);
}

static int open_log(struct monitor *m, bool pass_through, struct error *err)
{
	const char *driver = m->settings->log_driver;
	int r;

	m->log.fd = -1;
	if (pass_through || (driver && strcmp(driver, "k8s-file") != 0))
		return 0;
	r = log_open(&m->log, m->container->dir_fd);
	return r < 0 ? error_set(err, r, "cannot open the log of the container") : 0;
}

static int open_session(struct monitor *m, const struct monitor_how *how, struct error *err)
{
	const char *signal = m->settings->stop_signal;
	struct session_how session = {
		.interactive = how->interactive,
		.tty = m->settings->tty,
		.detached = !how->attached,
		.pass_through = passes_through(m->settings, how),
		.proxy = how->proxy,
		.stop_signal = signal ? signals_parse(signal) : SIGTERM,
		.stop_timeout = m->settings->stop_timeout,
		.log = &m->log,
	};
	int r;

	r = open_log(m, session.pass_through, err);
	if (r < 0)
		return r;
	return session_open(&m->session, &session, err);
}

static int write_pid(const char *path, pid_t pid, struct error *err)
{
	char line[16];
	int n = snprintf(line, sizeof(line), "%d", (int)pid), r;
	_cleanup_close_ int fd = -1;

	if (!path)
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	r = fd < 0 ? -errno : io_write_all(fd, line, (size_t)n);
	return r < 0 ? error_set(err, r, "cannot write '%s'", path) : 0;
}

static int keep_state(struct monitor *m, struct error *err)
{
	const struct cgroup_place *place = &m->process.cgroup;
	char cgroup[700];
	int r;

	(void)snprintf(cgroup, sizeof(cgroup), "%d %s %s", (int)place->manager,
		*place->path ? place->path : "-", *place->unit ? place->unit : "-");
	r = state_write(m->container, m->process.pid, m->settings->started, cgroup);
	if (r < 0)
		return error_set(err, r, "cannot write the state of the container");
	r = write_pid(m->settings->pidfile, m->process.pid, err);
	if (r >= 0)
		r = write_pid(m->settings->conmon_pidfile, getpid(), err);
	return r;
}

/* pasta is born where the monitor is: it must be there by then. */
static int set_up(struct monitor *m, const struct monitor_how *how, struct error *err)
{
	bool own = !how->attached && !m->settings->no_monitor_cgroup;
	char name[128], description[128];
	int r;

	(void)snprintf(name, sizeof(name), "rpod-%.64s-monitor", m->container->id);
	(void)snprintf(description, sizeof(description), "rpod monitor of container %.64s",
		m->container->name);
	if (own)
		cgroup_own_begin(&m->own, name, description, getpid());
	r = assemble(&m->assembly, m->settings, m->container, m->place, err);
	if (r >= 0)
		r = open_session(m, how, err);
	if (own)
		cgroup_own_finish(&m->own);
	return r;
}

static int begin(struct monitor *m, const struct monitor_how *how, struct error *err)
{
	struct spec *spec = &m->assembly.spec;
	int r;

	r = set_up(m, how, err);
	if (r < 0)
		return r;
	memcpy(spec->process.stdio, m->session.child, sizeof(spec->process.stdio));
	session_size(&m->session, &spec->process);
	r = process_create(&m->process, spec, err);
	if (r >= 0)
		r = keep_state(m, err);
	if (r >= 0)
		r = process_start(&m->process, err);
	if (r < 0)
		return r;
	session_begin(&m->session, &m->process);
	return 0;
}

/* What the container leaves outside itself. */
static int finish(struct monitor *m, int status, struct error *err)
{
	int r = 0;

	if (m->process.pasta > 0)
		stop_network(m->container);
	cgroup_remove(&m->process.cgroup);
	log_close(&m->log);
	state_write_end(m->container, status);
	if (m->settings->remove)
		return container_remove(m->container, m->place, err);
	r = state_write_exit(m->container, status, m->settings->started, state_now());
	return r < 0 ? error_set(err, r, "cannot keep how the container ended") : 0;
}

/* It never ran: it stays "created", as podman has it, unless it was to be removed. */
static int give_up(struct monitor *m, struct error *err)
{
	struct settings never_ran = *m->settings;
	int code = err->code;

	if (!err->exit_status)
		(void)error_exit(err, EXIT_RPOD);
	(void)!ftruncate(m->container->state_fd, 0);
	log_close(&m->log);
	if (m->settings->remove)
		(void)!container_remove(m->container, m->place, NULL);
	never_ran.started = 0;
	if (!m->settings->remove)
		(void)!settings_write(&never_ran, m->container->dir_fd);
	return code;
}

static int take_lock(struct monitor *m, struct error *err)
{
	int r = state_lock(m->container);

	if (r == -EBUSY)
		return error_say(err, r, "container '%s' is running already", m->container->name);
	if (r < 0)
		return error_set(err, r, "cannot lock the state of '%s'", m->container->name);
	(void)unlinkat(m->container->dir_fd, "exit", 0);
	stop_network(m->container); /* of a life whose monitor was killed: it holds the ports */
	return 0;
}

/* Detached: the starter may go. What is not needed any more is given back to the host: this
 * process may live for years. */
static void tell_ready(struct monitor *m)
{
	struct error none = { 0 };

	if (m->ready_fd < 0)
		return;
	(void)!io_write_all(m->ready_fd, &none, sizeof(none));
	cleanup_close(&m->ready_fd);
	m->ready_fd = -1;
	assembly_done(&m->assembly);
	(void)malloc_trim(0);
}

static int run(struct monitor *m, const struct monitor_how *how, int *ret_status, struct error *err)
{
	int r;

	r = take_lock(m, err);
	if (r < 0)
		return error_exit(err, EXIT_RPOD);
	r = begin(m, how, err);
	if (r < 0) {
		session_close(&m->session);
		return give_up(m, err);
	}
	tell_ready(m);
	r = session_run(&m->session, ret_status, err);
	session_close(&m->session);
	if (r < 0)
		return r;
	return finish(m, *ret_status, err);
}

static int run_monitor(struct container *container, const struct place *place,
	const struct settings *settings, const struct monitor_how *how, int ready_fd,
	int *ret_status, struct error *err)
{
	struct monitor m = { .container = container,
		.place = place,
		.settings = settings,
		.log = { .fd = -1 },
		.assembly = { .network_fd = -1 },
		.session = SESSION_NONE,
		.process = PROCESS_NONE,
		.ready_fd = ready_fd };
	int r;

	r = run(&m, how, ret_status, err);
	process_done(&m.process);
	assembly_done(&m.assembly);
	if (r < 0 && m.ready_fd >= 0)
		(void)!io_write_all(m.ready_fd, err, sizeof(*err));
	cleanup_close(&m.ready_fd);
	return r;
}

int monitor_run(struct container *container, const struct place *place,
	const struct settings *settings, const struct monitor_how *how, int *ret_status,
	struct error *err)
{
	return run_monitor(container, place, settings, how, -1, ret_status, err);
}

/* Nothing of the starter's session holds this process, nor does it hold anything of theirs. */
static void leave_session(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setsid();
	for (int fd = 0; fd <= 2; fd++)
		(void)dup2(null, fd);
	cleanup_close(&null);
	(void)!chdir("/");
	(void)prctl(PR_SET_NAME, "rpod-monitor");
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* What the starter had open is not ours to hold: a pipe of a shell's would never see its end. */
static void close_others(int *keep, size_t n)
{
	unsigned from = 3;

	qsort(keep, n, sizeof(*keep), by_number);
	for (size_t i = 0; i < n; i++) {
		if (keep[i] < (int)from)
			continue;
		if (keep[i] > (int)from)
			(void)syscall(SYS_close_range, from, (unsigned)keep[i] - 1, 0U);
		from = (unsigned)keep[i] + 1;
	}
	(void)syscall(SYS_close_range, from, ~0U, 0U);
}

static NORETURN void be_monitor(struct container *container, const struct place *place,
	const struct settings *settings, int ready_fd)
{
	struct monitor_how how = { .interactive = settings->interactive };
	struct error err = { 0 };
	int keep[] = { place->containers_fd, place->names_fd, place->run_fd, container->dir_fd,
		container->run_fd, ready_fd };
	int status = 0, r;

	close_others(keep, ARRAY_SIZE(keep));
	leave_session();
	r = run_monitor(container, place, settings, &how, ready_fd, &status, &err);
	/* a service manager that has this for its main process is told how the container ended */
	_exit(r < 0 ? EXIT_RPOD : status);
}

int monitor_detach(struct container *container, const struct place *place,
	const struct settings *settings, struct error *err)
{
	_cleanup_text_ struct text answer = { 0 };
	_cleanup_close_ int ours = -1, theirs = -1;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot make a pipe");
	ours = ends[0];
	theirs = ends[1];
	pid = fork();
	if (pid < 0)
		return error_set(err, -errno, "cannot start a monitor");
	if (pid == 0) {
		cleanup_close(&ours);
		be_monitor(container, place, settings, theirs);
	}
	cleanup_close(&theirs);
	theirs = -1;
	if (io_read_all(ours, sizeof(*err), &answer) < 0 || answer.length != sizeof(*err))
		return error_say(err, -ECHILD,
			"the monitor of container '%s' ended before it started", container->name);
	memcpy(err, answer.data, sizeof(*err));
	return err->code;
}
