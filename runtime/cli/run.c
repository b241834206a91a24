/* SPDX-License-Identifier: Apache-2.0 */
/* rpod run and rpod create. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/out.h"
#include "base/spawn.h"
#include "runtime/cli/command.h"
#include "runtime/engine/monitor.h"
#include "runtime/engine/remove.h"
#include "runtime/engine/resolve.h"
#include "runtime/engine/stop.h"
#include "runtime/engine/signals.h"
#include "runtime/image/image.h"
#include "runtime/oci/userns.h"

static struct {
	struct settings settings;
	struct text_list env_file, env, security;
	const char *cgroups;
	bool rootfs, replace, quiet, sig_proxy;
} args = { .sig_proxy = true };

#define SET(member) &args.settings.member

static const struct cli_option options[] = {
	{ 0, "add-host", "NAME:IP", "add a line to /etc/hosts", cli_list, SET(add_host) },
	{ 0, "cap-add", "CAP", "add a capability, or all", cli_list, SET(cap_add) },
	{ 0, "cap-drop", "CAP", "drop a capability, or all", cli_list, SET(cap_drop) },
	{ 0, "cgroups", "enabled|no-conmon|disabled", "enabled is the default", cli_text,
		&args.cgroups },
	{ 0, "cidfile", "FILE", "write the container's id to FILE", cli_text, SET(cidfile) },
	{ 0, "conmon-pidfile", "FILE", "write the monitor's process id to FILE", cli_text,
		SET(conmon_pidfile) },
	{ 0, "cpus", "NUMBER", "limit processor time: 1.5 is one and a half processors", read_cpus,
		SET(cpu_quota) },
	{ 'd', "detach", NULL, "run in the background and print the id", cli_flag, SET(detach) },
	{ 0, "dns", "IP", "name server, instead of the host's", cli_list, SET(dns) },
	{ 0, "entrypoint", "PROGRAM", "run this instead of the image's entry point", cli_text,
		SET(entrypoint) },
	{ 'e', "env", "NAME[=VALUE]", "set a variable, or hand yours in", read_pair, &args.env },
	{ 0, "env-file", "FILE", "variables from a file, one in a line", read_pair_file,
		&args.env_file },
	{ 'h', "hostname", "NAME", "the container's host name", cli_text, SET(hostname) },
	{ 0, "init", NULL, "run an init that reaps processes and forwards signals", cli_flag,
		SET(init) },
	{ 'i', "interactive", NULL, "hand standard input in", cli_flag, SET(interactive) },
	{ 'l', "label", "NAME[=VALUE]", "a label, for 'ps --filter' and 'inspect'", read_label,
		SET(labels) },
	{ 0, "label-file", "FILE", "labels from a file", read_label_file, SET(labels) },
	{ 0, "log-driver", "k8s-file|none|passthrough", "where output goes", cli_text,
		SET(log_driver) },
	{ 'm', "memory", "SIZE", "limit memory: 512m", read_bytes, SET(memory) },
	{ 0, "memory-swap", "SIZE", "limit memory and swap together; -1: no limit", read_swap,
		SET(memory_swap) },
	{ 0, "name", "NAME", "the container's name", cli_text, SET(name) },
	{ 0, "network", "pasta|none|host|container:NAME", "which network", cli_text, SET(network) },
	{ 0, "net", "MODE", NULL, cli_text, SET(network) },
	{ 0, "pidfile", "FILE", "write the process id of the container to FILE", cli_text,
		SET(pidfile) },
	{ 0, "pids-limit", "NUMBER", "limit the number of processes; -1: no limit", read_count,
		SET(pids_limit) },
	{ 0, "privileged", NULL, "all capabilities, no filter, nothing masked", cli_flag,
		SET(privileged) },
	{ 'p', "publish", "[[IP:]HOST:]PORT", "forward a port of the host to the container",
		cli_list, SET(publish) },
	{ 'q', "quiet", NULL, "no warnings", cli_flag, &args.quiet },
	{ 0, "read-only", NULL, "mount the root file system read-only", cli_flag, SET(read_only) },
	{ 0, "replace", NULL, "remove a container of the same name first", cli_flag,
		&args.replace },
	{ 0, "rm", NULL, "remove the container when it ends", cli_flag, SET(remove) },
	{ 0, "rootfs", NULL, "the argument is a directory, not an image", cli_flag, &args.rootfs },
	{ 0, "security-opt", "OPTION",
		"no-new-privileges, seccomp=unconfined, mask=PATHS, unmask=PATHS", cli_list,
		&args.security },
	{ 0, "shm-size", "SIZE", "size of /dev/shm", read_bytes, SET(shm_size) },
	{ 0, "sig-proxy", NULL, "hand signals on (--sig-proxy=false: do not)", cli_flag,
		&args.sig_proxy },
	{ 0, "stop-signal", "SIGNAL", "what 'stop' sends", cli_text, SET(stop_signal) },
	{ 0, "stop-timeout", "SECONDS", "how long 'stop' waits before it kills", read_seconds,
		SET(stop_timeout) },
	{ 0, "tmpfs", "DIR[:OPTIONS]", "mount a tmpfs", cli_list, SET(tmpfs) },
	{ 't', "tty", NULL, "give the container a terminal", cli_flag, SET(tty) },
	{ 0, "ulimit", "NAME=SOFT[:HARD]", "a resource limit", cli_list, SET(ulimits) },
	{ 'u', "user", "USER[:GROUP]", "who runs the command, by name or number", cli_text,
		SET(user) },
	{ 0, "userns", "MODE", "host: the user's own map, the default", cli_text, SET(userns) },
	{ 'v', "volume", "DIR:DIR[:OPTIONS]", "mount a directory of the host: ro, z, Z, U",
		cli_list, SET(volumes) },
	{ 'w', "workdir", "DIR", "the command's directory", cli_text, SET(workdir) },
	{ 0 },
};

static const struct cli run_cli = {
	.program = "rpod run",
	.synopsis = "[options] IMAGE [COMMAND [ARGUMENT...]]",
	.about = "Run a command in a new container. IMAGE is 'hello', 'oci:DIR[:TAG]', or with\n"
		 "--rootfs a directory.",
	.more = "exit status: the command's; 125 rpod failed, 126 cannot be run, 127 not there",
	.options = options,
	.stop_at_operand = true,
};

static const struct cli create_cli = {
	.program = "rpod create",
	.synopsis = "[options] IMAGE [COMMAND [ARGUMENT...]]",
	.about = "Make a container without starting it, and print its id.",
	.options = options,
	.stop_at_operand = true,
};

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

/* No warning for hello: it speaks to nobody. */
static const char *default_network(void)
{
	char path[PATH_MAX];

	if (!args.rootfs && strcmp(args.settings.image, "hello") == 0)
		return "none";
	if (spawn_find("pasta", path, sizeof(path)) >= 0)
		return "pasta";
	if (!args.quiet)
		out_warning("rpod", "no network but loopback: pasta is not installed; see "
				    "'rpod-doctor --check net.pasta', or say '--network none'");
	return "none";
}

static int check_words(struct settings *s, struct error *err)
{
	static const char *const drivers[] = { "k8s-file", "none", "passthrough", NULL };
	static const char *const cgroups[] = { "enabled", "no-conmon", "disabled", NULL };

	if (s->log_driver && !is_one_of(s->log_driver, drivers))
		return error_say(err, -EINVAL,
			"unknown log driver '%s'; there are k8s-file, none and "
			"passthrough",
			s->log_driver);
	if (s->log_driver && strcmp(s->log_driver, "passthrough") == 0 && (s->tty || s->detach))
		return error_say(err, -EINVAL,
			"'--log-driver passthrough' hands your own streams in: "
			"not with -t or -d");
	if (args.cgroups && !is_one_of(args.cgroups, cgroups))
		return error_say(err, -EINVAL,
			"'--cgroups' is enabled, no-conmon or disabled, not '%s'", args.cgroups);
	s->no_cgroup = args.cgroups && strcmp(args.cgroups, "disabled") == 0;
	s->no_monitor_cgroup = args.cgroups && strcmp(args.cgroups, "enabled") != 0;
	if (s->stop_signal && signals_parse(s->stop_signal) < 0)
		return error_say(err, -EINVAL, "unknown signal '%s' of option '--stop-signal'",
			s->stop_signal);
	if (s->memory_swap > 0 && s->memory_swap < s->memory)
		return error_say(err, -EINVAL,
			"'--memory-swap' is memory and swap together: not less "
			"than '--memory'");
	return 0;
}

static int gather_lists(struct settings *s, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < args.env_file.count; i++)
		r = settings_assign(&s->env, args.env_file.items[i]);
	for (size_t i = 0; r >= 0 && i < args.env.count; i++)
		r = settings_assign(&s->env, args.env.items[i]);
	if (r < 0)
		return error_set(err, r, "cannot keep the environment");
	for (size_t i = 0; r >= 0 && i < args.security.count; i++)
		r = resolve_security(s, args.security.items[i], err);
	return r;
}

/* What was said on the command line, made whole. */
static int gather(int operands, char *argv[], struct error *err)
{
	static char rootfs[PATH_MAX];
	struct settings *s = &args.settings;
	int r;

	s->image = argv[1];
	s->created = state_now();
	for (int i = 1; i < operands; i++)
		if (text_list_add(&s->command, argv[1 + i]) < 0)
			return error_set(err, -ENOMEM, "cannot keep the command");
	r = check_words(s, err);
	if (r >= 0)
		r = gather_lists(s, err);
	if (r < 0)
		return r;
	if (!s->network || strcmp(s->network, "private") == 0)
		s->network = default_network();
	if (!args.rootfs)
		return 0;
	if (!realpath(s->image, rootfs))
		return error_set(err, -errno, "cannot find the root file system '%s'", s->image);
	s->rootfs = rootfs;
	return 0;
}

static int parse(const struct cli *cli, int argc, char *argv[], struct error *err)
{
	int operands, r = 0;

	settings_init(&args.settings);
	for (int i = 0; r >= 0 && i < argc; i++)
		r = text_list_add(&args.settings.create_command, i ? argv[i] : "rpod");
	if (r < 0)
		return error_set(err, r, "cannot keep the command line");
	operands = cli_parse(cli, argc, argv, err);
	if (operands < 0)
		return operands;
	if (operands == 0) {
		(void)error_say(err, -EINVAL, "which image? see '%s --help'", cli->program);
		return error_exit(err, EXIT_RPOD);
	}
	return gather(operands, argv, err);
}

/* The image, then the user namespace: unpacking a layer needs one that is not joined yet. */
static int open_image(struct image *ret, const struct place *place, struct error *err)
{
	_cleanup_userns_ struct userns userns = USERNS_NONE;
	int r;

	r = userns_open(&userns, err);
	if (r >= 0 && !args.rootfs)
		r = image_open(ret, &place->store, args.settings.image, userns.fd, err);
	if (r >= 0)
		r = userns_join(&userns, err);
	if (r >= 0 && userns.single && !args.quiet)
		out_warning("rpod",
			"only your own id is mapped: users other than root will fail; see "
			"'rpod-doctor --check idmap.subuid'");
	if (r >= 0 && *ret->warning && !args.quiet)
		out_warning("rpod", "%s", ret->warning);
	return r;
}

static int replace(const struct place *place, struct error *err)
{
	_cleanup_subject_ struct subject old = SUBJECT_NONE;
	struct error none = { 0 };
	int r;

	if (!args.replace || !args.settings.name)
		return 0;
	settings_init(&old.settings);
	if (subject_open(&old, place, args.settings.name, &none) < 0)
		return 0;
	r = stop_container(&old.container, &old.state, SIGKILL, 0, err);
	return r < 0 ? r : container_remove(&old.container, place, err);
}

static int write_cidfile(const struct container *container, struct error *err)
{
	const char *path = args.settings.cidfile;
	_cleanup_close_ int fd = -1;
	int r;

	if (!path)
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 && errno == EEXIST)
		return error_say(err, -EEXIST,
			"container id file '%s' exists; make sure that no other "
			"container uses it, or delete it",
			path);
	r = fd < 0 ? -errno : io_write_all(fd, container->id, strlen(container->id));
	return r < 0 ? error_set(err, r, "cannot write '%s'", path) : 0;
}

static int make(struct container *ret, const struct place *place, const struct image *image,
	struct error *err)
{
	struct settings *s = &args.settings;
	int r;

	r = replace(place, err);
	if (r >= 0)
		r = container_create(ret, place, s->name, err);
	if (r < 0)
		return r;
	r = resolve(s, args.rootfs ? NULL : image, ret, err);
	if (r >= 0) {
		r = settings_write(s, ret->dir_fd);
		if (r < 0)
			(void)error_set(err, r, "cannot keep the settings of the container");
	}
	if (r >= 0)
		r = write_cidfile(ret, err);
	if (r < 0) {
		(void)!container_remove(ret, place, NULL);
		container_close(ret);
	}
	return r;
}

static int prepare(struct container *ret, struct place *place, struct error *err)
{
	_cleanup_image_ struct image image = { 0 };
	int r;

	r = place_open(place, err);
	if (r >= 0)
		r = open_image(&image, place, err);
	if (r >= 0)
		r = make(ret, place, &image, err);
	return r;
}

int run_main(int argc, char *argv[], struct error *err)
{
	_cleanup_place_ struct place place = { .containers_fd = -1, .names_fd = -1, .run_fd = -1 };
	_cleanup_container_ struct container container = {
		.dir_fd = -1, .run_fd = -1, .state_fd = -1
	};
	struct monitor_how how = { .attached = true };
	int status = 0, r;

	r = parse(&run_cli, argc, argv, err);
	args.settings.started = args.settings.created;
	if (r >= 0)
		r = prepare(&container, &place, err);
	if (r < 0) {
		diagnose(err);
		return r;
	}
	how.interactive = args.settings.interactive;
	how.proxy = args.sig_proxy;
	if (args.settings.detach)
		r = monitor_detach(&container, &place, &args.settings, err);
	else
		r = monitor_run(&container, &place, &args.settings, &how, &status, err);
	if (r < 0) {
		diagnose(err);
		return r;
	}
	if (args.settings.detach)
		(void)printf("%s\n", container.id);
	return status;
}

int create_main(int argc, char *argv[], struct error *err)
{
	_cleanup_place_ struct place place = { .containers_fd = -1, .names_fd = -1, .run_fd = -1 };
	_cleanup_container_ struct container container = {
		.dir_fd = -1, .run_fd = -1, .state_fd = -1
	};
	int r;

	r = parse(&create_cli, argc, argv, err);
	if (r >= 0)
		r = prepare(&container, &place, err);
	if (r < 0)
		return r;
	(void)printf("%s\n", container.id);
	return 0;
}
