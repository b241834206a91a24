/* SPDX-License-Identifier: Apache-2.0 */
/* What a container's start goes through: each place, what it lies on, and what the checks say of it. */
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "doctor/markup.h"
#include "doctor/page.h"

static void add_file_system(struct text *to, const struct fact_file *file)
{
	static const struct {
		unsigned long flag;
		const char *name;
	} flags[] = {
		{ ST_RDONLY, "ro" },
		{ ST_NOSUID, "nosuid" },
		{ ST_NODEV, "nodev" },
		{ ST_NOEXEC, "noexec" },
	};
	const char *fs = home_fs_name(file->fs_type);

	if (file->state != FACT_KNOWN) {
		markup_add(to, "<p>%s</p>\n",
			file->state == FACT_ABSENT ? "is not there" : "nobody could look");
		return;
	}
	markup_add(to, "<p>%s", fs ? fs : "an unnamed file system");
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (file->fs_flags & flags[i].flag)
			markup_add(to, ", <b>%s</b>", flags[i].name);
	if (file->fs_free != UINT64_MAX && file->fs_free > 0)
		markup_add(to, ", %.1f GiB free", (double)file->fs_free / (1 << 30));
	text_add(to, "</p>\n");
}

static void show_home(struct text *to, const struct host *host)
{
	add_file_system(to, &host->home.home);
}

static const struct home_place *storage_place(const struct host *host)
{
	for (size_t i = 0; i < host->home.count; i++)
		if (text_ends(host->home.places[i].path, "/.local/share/containers"))
			return &host->home.places[i];
	return NULL;
}

static void show_storage(struct text *to, const struct host *host)
{
	const struct home_place *place = storage_place(host);

	if (*host->config.storage)
		markup_add(to, "<p>set to <code>%s</code></p>\n", host->config.storage);
	else if (place && place->file.state != FACT_ABSENT)
		add_file_system(to, &place->file);
	else
		text_add(to, "<p>not made yet; it will be in the home</p>\n");
}

static void show_usr(struct text *to, const struct host *host)
{
	const struct tool *tool = &host->tool.tools[TOOL_NEWUIDMAP];

	if (!*tool->path) {
		text_add(to, "<p>no newuidmap to tell by</p>\n");
		return;
	}
	add_file_system(to, &tool->file);
}

static void show_covered(struct text *to, enum fact_state known, const struct fact_text *covered)
{
	if (known != FACT_KNOWN)
		text_add(to, "<p>nobody could look</p>\n");
	else if (covered->state == FACT_KNOWN)
		markup_add(to, "<p>covered at <code>%s</code></p>\n", covered->value);
	else
		text_add(to, "<p>nothing mounted over it</p>\n");
}

static void show_proc(struct text *to, const struct host *host)
{
	show_covered(to, host->mounts.state, &host->mounts.proc_covered);
	if (host->mounts.proc_sys_read_only)
		text_add(to, "<p><code>/proc/sys</code> is <b>ro</b></p>\n");
	if (host->mounts.hidepid.state == FACT_KNOWN)
		markup_add(to, "<p><b>hidepid=%s</b></p>\n", host->mounts.hidepid.value);
}

static void show_sys(struct text *to, const struct host *host)
{
	show_covered(to, host->mounts.state, &host->mounts.sys_covered);
}

static void show_cgroup(struct text *to, const struct host *host)
{
	markup_add(to, "<p>%s%s</p>\n", cgroup_version_words(host->cgroup.version),
		host->cgroup.read_only ? ", mounted ro" : "");
}

static void show_root(struct text *to, const struct host *host)
{
	const struct mounts *mounts = &host->mounts;

	markup_add(to, "<p>%s</p>\n",
		mounts->state != FACT_KNOWN ? "nobody could look"
		: mounts->root_shared       ? "shared: mounts reach running containers"
					    : "private: later mounts reach no container");
}

/* In the order a start needs them. @path NULL: the user's home. */
static const struct place {
	const char *title, *path, *checks;
	void (*show)(struct text *to, const struct host *host);
} places[] = {
	{ "helpers", "/usr", "idmap.newuidmap idmap.newgidmap", show_usr },
	{ "home", NULL,
		"home.exists home.owner home.path home.writable home.exec home.space "
		"home.network-fs home.tmp",
		show_home },
	{ "storage", "~/.local/share/containers",
		"home.storage home.layers home.overlay config.storage selinux.storage",
		show_storage },
	{ "processes", "/proc", "proc", show_proc },
	{ "kernel", "/sys", "sys", show_sys },
	{ "limits", "/sys/fs/cgroup", "cgroup.v2 cgroup.readonly", show_cgroup },
	{ "propagation", "/", "mounts", show_root },
};

void page_mounts(struct text *to, const struct report *report)
{
	text_add(to, "<h2 id=\"mounts\">The mounts of a container's start</h2>\n<p>What it goes "
		     "through, in this order.</p>\n<div class=\"mounts\">\n");
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const struct place *place = &places[i];
		const struct host *host = &report->host;
		_cleanup_text_ struct text findings = { 0 };
		size_t n = page_findings_of(&findings, report, place->checks);

		markup_add(to,
			"<section class=\"card%s\"><p class=\"hint\">%s</p>\n<code>%s</code>\n",
			n > 0 ? " hurt" : "", place->title,
			place->path ? place->path : host->user.home);
		place->show(to, host);
		text_add(to, text_get(&findings));
		text_add(to, "</section>\n");
	}
	text_add(to, "</div>\n");
}
