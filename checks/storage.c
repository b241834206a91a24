/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can images be unpacked and mounted where the home lives: space, network file systems (their server
 * knows nothing of subordinate ids), and overlay, tried for real.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"

#define MIB (UINT64_C(1) << 20)

enum {
	SPACE_WANTED = 512 /* MiB: a small image and what unpacks it */
};

static const char *fs_name(const struct host *host)
{
	const char *name = home_fs_name(host->home.home.fs_type);

	return name ? name : "an unknown file system";
}

/* That of the images, which may be a mount of its own below the home. */
static const char *images_fs_name(const struct host *host)
{
	const struct fact_file *file = &host->storage.places[STORAGE_GRAPHROOT].file;
	const char *name = file->state == FACT_KNOWN ? home_fs_name(file->fs_type) : NULL;

	return name ? name : fs_name(host);
}

/* How much there must be where: a small image and what unpacks it; what a container runs by. */
static const struct {
	int role; /* enum storage_role, -1: the home */
	uint64_t mib, files;
	const char *effect;
} spaces[] = {
	{ -1, SPACE_WANTED, 1000, "pulling an image may end with 'no space left on device'" },
	{ STORAGE_GRAPHROOT, SPACE_WANTED, 1000,
		"pulling an image may end with 'no space left on device'" },
	{ STORAGE_VAR_TMP, SPACE_WANTED / 2, 1000,
		"pulling an image may end with 'no space left on device'" },
	{ STORAGE_RUNROOT, 4, 100, "containers do not start: 'no space left on device'" },
	{ STORAGE_TMP, 4, 100, "programs end with 'no space left on device'" },
};

/* What is pulled is unpacked where containers.conf says. */
static const struct storage_place *space_at(const struct host *host, int role)
{
	if (role == STORAGE_VAR_TMP && *host->storage.places[STORAGE_COPY_TMP].path)
		role = STORAGE_COPY_TMP;
	return &host->storage.places[role];
}

static void judge_place(const struct host *host, struct verdict *v, size_t i)
{
	const struct fact_file *file =
		spaces[i].role < 0 ? &host->home.home : &space_at(host, spaces[i].role)->file;
	const char *path =
		spaces[i].role < 0 ? host->user.home : space_at(host, spaces[i].role)->path;
	uint64_t mib = file->fs_free / MIB;
	bool is_full = file->fs_free != UINT64_MAX && mib < spaces[i].mib;
	bool is_out_of_files = file->fs_files != UINT64_MAX && file->fs_files < spaces[i].files;
	char wanted[48];

	if (file->state != FACT_KNOWN || (!is_full && !is_out_of_files))
		return;
	if (v->kind == VERDICT_PASS) {
		verdict_warn(v, "little room in '%.200s'", path);
		verdict_effect(v, spaces[i].effect);
		verdict_fix(v, "make room: du -xsh %.160s%s", path,
			spaces[i].role < 0 ? "/.local/share/containers" : "");
	}
	if (is_full) {
		(void)snprintf(wanted, sizeof(wanted), ">= %" PRIu64 " MiB", spaces[i].mib);
		verdict_evidence(v, path, wanted, "%" PRIu64 " MiB free", mib);
	} else {
		(void)snprintf(wanted, sizeof(wanted), ">= %" PRIu64 " files", spaces[i].files);
		verdict_evidence(v, path, wanted, "%" PRIu64 " files free", file->fs_files);
	}
}

static void judge_space(const struct host *host, struct verdict *v)
{
	const struct fact_file *home = &host->home.home;

	if (home->state != FACT_KNOWN || !host->live) {
		judge_unknown(v, host, host->user.home, home->error);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(spaces); i++)
		judge_place(host, v, i);
}

/* Images are kept elsewhere, and that is known to be local. */
static bool is_kept_elsewhere(const struct host *host)
{
	const struct fact_file *file = &host->storage.places[STORAGE_GRAPHROOT].file;

	return host->storage.elsewhere && file->state == FACT_KNOWN && file->fs_type != 0 &&
	       !home_fs_is_network(file->fs_type);
}

/* A local home, and storage on a server: mounted below it, or by storage.conf. */
static void judge_network_storage(const struct host *host, struct verdict *v)
{
	const struct storage_place *place = &host->storage.places[STORAGE_GRAPHROOT];
	const struct probe *overlay = &host->probe.probes[PROBE_OVERLAY];

	if (place->file.state != FACT_KNOWN || !home_fs_is_network(place->file.fs_type))
		return;
	if (overlay->result == PROBE_FAILED)
		verdict_fail(v, "images are kept on %s, where they do not work",
			home_fs_name(place->file.fs_type));
	else
		verdict_warn(v, "images are kept on %s", home_fs_name(place->file.fs_type));
	verdict_evidence(
		v, place->path, "a local file system", "%s", home_fs_name(place->file.fs_type));
	verdict_effect(v, "the server refuses files of the user's subordinate ids: images do not "
			  "unpack");
	verdict_fix(v, "keep images on a local disk: graphroot in "
		       "~/.config/containers/storage.conf");
}

static void judge_network_fs(const struct host *host, struct verdict *v)
{
	const struct fact_file *home = &host->home.home;
	const struct probe *overlay = &host->probe.probes[PROBE_OVERLAY];

	if (home->state != FACT_KNOWN || !host->live) {
		judge_unknown(v, host, host->user.home, home->error);
		return;
	}
	if (!home_fs_is_network(home->fs_type)) {
		judge_network_storage(host, v);
		return;
	}
	if (is_kept_elsewhere(host)) {
		verdict_pass(v, "it is on %s, and images are kept in '%.160s'", fs_name(host),
			host->storage.graphroot);
		return;
	}
	if (overlay->result == PROBE_FAILED) {
		verdict_fail(v, "the home is on %s, where images do not work", fs_name(host));
		judge_probe_evidence(v, overlay, "an overlay mount");
	} else {
		verdict_warn(v, "the home is on %s", fs_name(host));
	}
	verdict_evidence(v, host->user.home, "a local file system", "%s", fs_name(host));
	verdict_effect(v, "the server refuses files of the user's subordinate ids: images do not "
			  "unpack");
	verdict_fix(v, "keep images on a local disk: graphroot in "
		       "~/.config/containers/storage.conf");
}

static bool has_fuse_overlayfs(const struct host *host)
{
	return host->tool.tools[TOOL_FUSE_OVERLAYFS].file.state == FACT_KNOWN;
}

/* The program is one half of it, the device the other. */
static bool fuse_opens(const struct host *host)
{
	return host->device.fuse.state == FACT_KNOWN &&
	       host->probe.probes[PROBE_FUSE].result != PROBE_FAILED;
}

/* The kernel a tree boots mounts no overlay for users. */
static bool lacks_overlay(const struct host *host)
{
	return !host->live && host->kernel.major > 0 && !kernel_at_least(&host->kernel, 5, 11);
}

static void judge_overlay_in_tree(const struct host *host, struct verdict *v)
{
	const char *install = os_install_command(&host->os, OS_PACKAGE_FUSE_OVERLAYFS);

	if (host->tool.tools[TOOL_FUSE_OVERLAYFS].file.state == FACT_KNOWN) {
		verdict_pass(v, "by fuse-overlayfs");
		return;
	}
	verdict_fail(v, "the kernel will mount no overlay, and there is no fuse-overlayfs");
	verdict_evidence(
		v, "/lib/modules", ">= 5.11 for native overlay", "%s", host->kernel.release.value);
	verdict_effect(v, "images cannot be mounted; every container is a full copy");
	if (install)
		verdict_fix(v, "%s, in the tree", install);
}

/* Neither way: what is missing of the second, and what gives it. */
static void say_no_overlay(const struct host *host, struct verdict *v)
{
	const char *install = os_install_command(&host->os, OS_PACKAGE_FUSE_OVERLAYFS);

	verdict_effect(v, "rpod starts no container of an image; podman copies every image whole");
	if (!has_fuse_overlayfs(host) && install)
		verdict_fix(v, "sudo %s", install);
	if (!fuse_opens(host))
		judge_say_fuse(host, v);
}

/* A home that hangs has failed before; the storage may be elsewhere. */
static bool storage_hangs(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_OVERLAY];

	if (probe->result != PROBE_HUNG || strcmp(probe->step, "open the storage") != 0)
		return false;
	verdict_fail(v, "the storage does not answer");
	verdict_evidence(v, *host->config.storage ? host->config.storage : host->user.home,
		"an answer", "none within %u ms", probe->ms);
	verdict_effect(v, "every engine hangs on it");
	verdict_fix(v, "see whether its file server lives: findmnt -T %s",
		*host->config.storage ? host->config.storage : host->user.home);
	return true;
}

static bool is_told_of_storage(const struct host *host, struct verdict *v)
{
	const struct fact_file *file = &host->storage.places[STORAGE_GRAPHROOT].file;

	if (file->state != FACT_KNOWN || !home_fs_is_plain(file->fs_type))
		return false;
	verdict_skip(v, "because of home.storage");
	v->skipped_because = "home.storage";
	return true;
}

/* What an old kernel has never had its user need not be warned of. */
static void judge_fuse_overlayfs(const struct host *host, struct verdict *v)
{
	if (host->kernel.release.state == FACT_KNOWN && !kernel_at_least(&host->kernel, 5, 11)) {
		verdict_pass(v, "by fuse-overlayfs, several times slower: the kernel is older "
				"than 5.11");
		return;
	}
	verdict_warn(v, "no native overlay on %s: fuse-overlayfs is used", images_fs_name(host));
	verdict_effect(v, "files of containers are read and written several times slower");
	verdict_fix(v, "keep images on ext4, xfs or btrfs: sudo rpod-setup --storage DIR user %s",
		host->user.name);
}

static void judge_overlay(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_OVERLAY];

	if (lacks_overlay(host) && probe->result == PROBE_NOT_RUN) {
		judge_overlay_in_tree(host, v);
		return;
	}
	if (storage_hangs(host, v) || is_told_of_storage(host, v) ||
		judge_probe_is_silent(v, host, PROBE_OVERLAY))
		return;
	if (probe->result == PROBE_OK) {
		verdict_pass(v, "on %s", images_fs_name(host));
		return;
	}
	if (has_fuse_overlayfs(host) && fuse_opens(host)) {
		judge_fuse_overlayfs(host, v);
		if (v->kind == VERDICT_PASS)
			return;
	} else if (has_fuse_overlayfs(host)) {
		verdict_fail(v, "no overlay on %s, and /dev/fuse does not open for fuse-overlayfs",
			images_fs_name(host));
	} else {
		verdict_fail(v, "no overlay on %s, and no fuse-overlayfs", images_fs_name(host));
	}
	judge_probe_evidence(v, probe, "an overlay mount");
	if (!kernel_at_least(&host->kernel, 5, 11))
		verdict_evidence(v, "uname -r", ">= 5.11 for native overlay", "%s",
			host->kernel.release.value);
	if (probe->error == ENODEV)
		judge_say_module(host, v, KERNEL_OVERLAY);
	if (v->kind == VERDICT_FAIL)
		say_no_overlay(host, v);
}

/* Loading the module helps where it is not there; the program where the kernel never will. */
static void mend_overlay(const struct host *host, const struct request *request, struct plan *plan)
{
	const struct probe *probe = &host->probe.probes[PROBE_OVERLAY];
	const char *package = os_package_name(&host->os, OS_PACKAGE_FUSE_OVERLAYFS);

	(void)request;
	if (probe->result != PROBE_FAILED &&
		!(lacks_overlay(host) && probe->result == PROBE_NOT_RUN))
		return;
	if (probe->result == PROBE_FAILED && probe->error == ENODEV &&
		host->kernel.modules[KERNEL_OVERLAY] == MODULE_LOADABLE) {
		plan_module(plan, kernel_module_name(KERNEL_OVERLAY));
		return;
	}
	/* who keeps it out is named */
	if (host->kernel.modules[KERNEL_OVERLAY] == MODULE_FORBIDDEN)
		return;
	if (probe->result == PROBE_FAILED && !fuse_opens(host) && judge_can_load_fuse(host))
		plan_module(plan, kernel_module_name(KERNEL_FUSE));
	if (host->tool.tools[TOOL_FUSE_OVERLAYFS].file.state == FACT_ABSENT && package)
		plan_package(plan, package);
}

static const struct check checks[] = {
	{
		.id = "home.space",
		.title = "there is room for an image",
		.see = "df(1)",
		.scope = CHECK_USER,
		.sections = HOST_HOME | HOST_USER | HOST_STORAGE,
		.needs = NEEDS("user.exists", "home.exists", "home.writable"),
		.judge = judge_space,
	},
	{
		.id = "home.network-fs",
		.title = "it is on a local file system",
		.see = "statfs(2)",
		.scope = CHECK_USER,
		.sections = HOST_HOME | HOST_USER | HOST_STORAGE,
		.probes = 1u << PROBE_OVERLAY,
		.needs = NEEDS("user.exists", "home.exists"),
		.judge = judge_network_fs,
	},
	{
		.id = "home.overlay",
		.title = "images can be mounted there",
		.see = "mount(8)",
		.scope = CHECK_USER,
		.sections = HOST_HOME | HOST_USER | HOST_KERNEL | HOST_TOOL | HOST_DEVICE |
			    HOST_OS | HOST_CONTEXT | HOST_IDMAP | HOST_STORAGE,
		.probes = 1u << PROBE_OVERLAY | 1u << PROBE_FUSE,
		.needs = NEEDS("user.exists", "userns.probe", "home.exists", "home.owner",
			"home.writable", "home.network-fs"),
		.judge = judge_overlay,
		.mend = mend_overlay,
	},
};

const struct check_group storage_group = { "home", checks, ARRAY_SIZE(checks) };
