/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/assemble.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/oci/userns.h"

const char *assembly_keep(struct assembly *assembly, const char *fmt, ...)
{
	char *made = NULL;
	va_list args;
	int r;

	va_start(args, fmt);
	r = vasprintf(&made, fmt, args);
	va_end(args);
	if (r < 0)
		return NULL;
	r = text_list_add(&assembly->strings, made);
	free(made);
	return r < 0 ? NULL : assembly->strings.items[assembly->strings.count - 1];
}

int assembly_mount(struct assembly *assembly, const struct spec_mount *mount, struct error *err)
{
	if (assembly->mount_count == ASSEMBLE_MOUNTS)
		return error_say(err, -E2BIG, "more than %d mounts", ASSEMBLE_MOUNTS);
	if (!mount->target || (mount->kind == SPEC_MOUNT_BIND && !mount->source))
		return error_set(err, -ENOMEM, "cannot add a mount");
	assembly->mounts[assembly->mount_count++] = *mount;
	return 0;
}

void assembly_done(struct assembly *assembly)
{
	text_list_done(&assembly->pasta);
	text_list_done(&assembly->args);
	text_list_done(&assembly->strings);
	cleanup_close(&assembly->network_fd);
	assembly->network_fd = -1;
}

static int make_own_directory(
	const struct container *container, const char *name, struct error *err)
{
	if (mkdirat(container->dir_fd, name, 0700) < 0 && errno != EEXIST)
		return error_set(err, -errno, "cannot make '%s' of the container", name);
	return 0;
}

static int set_overlay(struct assembly *assembly, const struct settings *settings,
	const struct container *container, const struct place *place, struct error *err)
{
	static const char *const names[] = { "upper", "work" };
	const char *paths[ARRAY_SIZE(names)];
	char path[4096 + 128];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int r = make_own_directory(container, names[i], err);

		if (r < 0)
			return r;
		container_path(container, place, names[i], path, sizeof(path));
		paths[i] = assembly_keep(assembly, "%s", path);
		if (!paths[i])
			return error_set(err, -ENOMEM, "cannot prepare the root file system");
	}
	/* the container's / has upper's mode and owner */
	if (fchmodat(container->dir_fd, "upper", 0755, 0) < 0)
		return error_set(err, -errno, "cannot prepare the root file system");
	assembly->spec.root.layers = (const char *const *)settings->layers.items;
	assembly->spec.root.upper = paths[0];
	assembly->spec.root.work = paths[1];
	/* seen in the container's mount namespace alone; a directory less to make and remove at each start */
	assembly->spec.root.merged = paths[1];
	assembly->spec.root.throw_away = settings->remove;
	return 0;
}

static int set_mounts(struct assembly *assembly, const struct settings *settings, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && settings->read_only && i < spec_read_only_mount_count; i++)
		r = assembly_mount(assembly, &spec_read_only_mounts[i], err);
	for (size_t i = 0; r >= 0 && i < settings->tmpfs.count; i++)
		r = volume_add_tmpfs(assembly, settings->tmpfs.items[i], err);
	for (size_t i = 0; r >= 0 && i < settings->volumes.count; i++)
		r = volume_add(assembly, settings->volumes.items[i], err);
	return r;
}

static int by_target(const void *a, const void *b)
{
	return strcmp(
		((const struct spec_mount *)a)->target, ((const struct spec_mount *)b)->target);
}

/* A later word for the same target wins: podman-run(1)'s -v over --read-only's /tmp. */
static void order_mounts(struct assembly *assembly)
{
	size_t kept = 0;

	for (size_t i = 0; i < assembly->mount_count; i++) {
		size_t j = 0;

		while (j < kept &&
			strcmp(assembly->mounts[j].target, assembly->mounts[i].target) != 0)
			j++;
		assembly->mounts[j] = assembly->mounts[i];
		kept += j == kept;
	}
	assembly->mount_count = kept;
	/* parents before what is mounted below them */
	qsort(assembly->mounts, kept, sizeof(assembly->mounts[0]), by_target);
	assembly->spec.mounts = assembly->mounts;
	assembly->spec.mount_count = kept;
}

/* --init: a small reaper of the host's, as podman wants one too. */
static int set_init(struct assembly *assembly, struct error *err)
{
	static const char *const inits[] = {
		"/usr/libexec/podman/catatonit",
		"/usr/lib/podman/catatonit",
		"/usr/bin/catatonit",
		"/usr/bin/tini-static",
	};
	static const struct spec_mount mount = { .kind = SPEC_MOUNT_BIND,
		.flags = SPEC_MOUNT_RO | SPEC_MOUNT_NOSUID | SPEC_MOUNT_NODEV,
		.target = "/run/rpod-init" };

	for (size_t i = 0; i < ARRAY_SIZE(inits); i++)
		if (access(inits[i], X_OK) == 0) {
			struct spec_mount init = mount;

			init.source = inits[i];
			if (text_list_add(&assembly->args, mount.target) < 0 ||
				text_list_add(&assembly->args, "--") < 0)
				return error_set(err, -ENOMEM, "cannot add an init");
			return assembly_mount(assembly, &init, err);
		}
	return error_say(err, -ENOENT, "there is no program for '--init'; install catatonit");
}

static int set_command(
	struct assembly *assembly, const struct settings *settings, struct error *err)
{
	struct spec_process *process = &assembly->spec.process;
	int r = settings->init ? set_init(assembly, err) : 0;

	for (size_t i = 0; r >= 0 && i < settings->command.count; i++)
		r = text_list_add(&assembly->args, settings->command.items[i]);
	if (r < 0)
		return r;
	process->args = (const char *const *)assembly->args.items;
	process->env = (const char *const *)settings->env.items;
	process->cwd = settings->workdir;
	process->user = settings->user;
	process->terminal = settings->tty;
	return 0;
}

static void set_limits(struct assembly *assembly, const struct settings *settings,
	const struct container *container)
{
	struct spec_cgroup *cgroup = &assembly->spec.cgroup;

	cgroup->name = assembly_keep(assembly, "rpod-%s", container->id);
	cgroup->description = assembly_keep(assembly, "rpod container %s", settings->name);
	cgroup->memory = (uint64_t)settings->memory;
	cgroup->memory_swap = settings->memory_swap;
	cgroup->pids = settings->pids_limit;
	cgroup->cpu_quota_us = (uint64_t)settings->cpu_quota;
	cgroup->cpu_period_us = 100000;
	if (settings->no_cgroup)
		cgroup->manager = SPEC_CGROUP_NONE;
	cgroup->must = settings->memory || settings->memory_swap || settings->pids_limit > 0 ||
		       settings->cpu_quota;
	if (settings->shm_size)
		assembly->spec.shm_size =
			assembly_keep(assembly, "%lld", (long long)settings->shm_size);
}

static void set_hostname(struct assembly *assembly, const struct settings *settings,
	const struct container *container)
{
	char host[256] = "";

	if (strcmp(settings->network, "host") == 0)
		(void)gethostname(host, sizeof(host) - 1);
	else
		(void)snprintf(host, sizeof(host), "%.*s", ID_SHORT, container->id);
	assembly->spec.hostname =
		settings->hostname ? settings->hostname : assembly_keep(assembly, "%s", host);
}

static int check_user_namespace(const struct settings *settings, struct error *err)
{
	const char *mode = settings->userns;

	if (!mode || !*mode || strcmp(mode, "host") == 0)
		return 0;
	return error_say(
		err, -ENOTSUP, "'--userns %s' is not there yet; leave it out, or use host", mode);
}

int assemble(struct assembly *ret, const struct settings *settings,
	const struct container *container, const struct place *place, struct error *err)
{
	int r;

	*ret = (struct assembly){ .network_fd = -1 };
	spec_init(&ret->spec);
	ret->spec.root.read_only = settings->read_only;
	ret->spec.root.dir = settings->rootfs;
	r = settings->rootfs ? 0 : set_overlay(ret, settings, container, place, err);
	if (r >= 0)
		r = check_user_namespace(settings, err);
	set_hostname(ret, settings, container);
	set_limits(ret, settings, container);
	if (r >= 0)
		r = set_mounts(ret, settings, err);
	if (r >= 0)
		r = net_set(ret, settings, place, container, err);
	if (r >= 0)
		r = etc_add(ret, settings, container, place, err);
	if (r >= 0)
		r = confine_set(ret, settings, err);
	if (r >= 0)
		r = set_command(ret, settings, err);
	if (r < 0) {
		assembly_done(ret);
		return r;
	}
	order_mounts(ret);
	return 0;
}
