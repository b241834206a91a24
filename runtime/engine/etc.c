/* SPDX-License-Identifier: Apache-2.0 */
/* The files every container finds though no image has them. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/version.h"
#include "runtime/engine/assemble.h"
#include "runtime/oci/userns.h"

enum {
	FILE_LIMIT = 1 << 20
};

/* Where pasta is asked to answer for the host's resolver, as podman does it. */
static const char dns_forward[] = "169.254.1.1";

struct etc {
	struct assembly *assembly;
	const struct settings *settings;
	const struct container *container;
	const struct place *place;
};

static int add_file(const struct etc *etc, const char *name, const char *target,
	const struct text *content, struct error *err)
{
	struct spec_mount mount = { .kind = SPEC_MOUNT_BIND,
		.target = target,
		.flags = SPEC_MOUNT_NOSUID | SPEC_MOUNT_NODEV };
	char path[4096 + 128];
	int fd, r;

	fd = openat(etc->container->run_fd, name,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	r = fd < 0 ? -errno : io_write_all(fd, text_get(content), content->length);
	/* the umask of the caller is no business of the container's users */
	if (r >= 0 && fchmod(fd, 0644) < 0)
		r = -errno;
	cleanup_close(&fd);
	if (r < 0)
		return error_set(err, r, "cannot write '%s' of the container", target);
	container_run_path(etc->container, etc->place, name, path, sizeof(path));
	mount.source = assembly_keep(etc->assembly, "%s", path);
	return assembly_mount(etc->assembly, &mount, err);
}

static bool is_covered(const struct etc *etc, const char *target)
{
	for (size_t i = 0; i < etc->assembly->mount_count; i++)
		if (strcmp(etc->assembly->mounts[i].target, target) == 0)
			return true;
	return false;
}

static const char *base_hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";

/* podman's order: what was asked for, the host's file, the container itself. */
static int add_hosts(const struct etc *etc, struct error *err)
{
	_cleanup_text_ struct text content = { 0 }, host = { 0 };
	const struct settings *s = etc->settings;

	for (size_t i = 0; i < s->add_host.count; i++) {
		const char *pair = s->add_host.items[i];
		const char *colon = strchr(pair, ':');

		if (!colon || colon == pair || !colon[1])
			return error_say(err, -EINVAL, "'--add-host %s' must be NAME:IP", pair);
		text_addf(&content, "%s\t%.*s\n", colon + 1, (int)(colon - pair), pair);
	}
	if (io_read_file_at(AT_FDCWD, "/etc/hosts", FILE_LIMIT, &host) >= 0 && host.length)
		text_addf(
			&content, "%s%s", text_get(&host), text_ends(host.data, "\n") ? "" : "\n");
	else
		text_add(&content, base_hosts);
	text_addf(&content, "127.0.1.1\t%s %s\n", etc->assembly->spec.hostname, s->name);
	return add_file(etc, "hosts", "/etc/hosts", &content, err);
}

static int add_hostname(const struct etc *etc, struct error *err)
{
	_cleanup_text_ struct text content = { 0 };

	text_addf(&content, "%s\n", etc->assembly->spec.hostname);
	return add_file(etc, "hostname", "/etc/hostname", &content, err);
}

static bool is_loopback_nameserver(const char *line, size_t length)
{
	static const char *const heads[] = { "nameserver 127.", "nameserver ::1" };

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		if (length >= strlen(heads[i]) && memcmp(line, heads[i], strlen(heads[i])) == 0)
			return true;
	return false;
}

/* Inside its own network the container cannot reach a resolver on the host's loopback. */
static void add_host_resolver(struct text *content, bool own_network, bool *ret_forward)
{
	_cleanup_close_ int fd = open("/run/systemd/resolve/resolv.conf", O_RDONLY | O_CLOEXEC);
	_cleanup_text_ struct text host = { 0 };
	size_t at = 0, length, servers = 0;
	const char *line;

	if (fd < 0)
		fd = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || io_read_all(fd, FILE_LIMIT, &host) < 0)
		return;
	while ((line = text_line(host.data, host.length, &at, &length))) {
		if (own_network && is_loopback_nameserver(line, length))
			continue;
		servers += length > 11 && memcmp(line, "nameserver ", 11) == 0;
		text_addf(content, "%.*s\n", (int)length, line);
	}
	*ret_forward = own_network && servers == 0;
	if (*ret_forward)
		text_addf(content, "nameserver %s\n", dns_forward);
}

static int add_resolver(const struct etc *etc, struct error *err)
{
	_cleanup_text_ struct text content = { 0 };
	const struct settings *s = etc->settings;
	bool pasta = etc->assembly->spec.pasta.options != NULL, forward = false;

	for (size_t i = 0; i < s->dns.count; i++)
		text_addf(&content, "nameserver %s\n", s->dns.items[i]);
	if (s->dns.count == 0 && strcmp(s->network, "none") != 0)
		add_host_resolver(&content, pasta, &forward);
	if (pasta && forward) {
		if (text_list_add(&etc->assembly->pasta, "--dns-forward") < 0 ||
			text_list_add(&etc->assembly->pasta, dns_forward) < 0)
			return error_set(err, -ENOMEM, "cannot set up the resolver");
		etc->assembly->spec.pasta.options = (const char *const *)etc->assembly->pasta.items;
	}
	return add_file(etc, "resolv.conf", "/etc/resolv.conf", &content, err);
}

static int add_containerenv(const struct etc *etc, struct error *err)
{
	_cleanup_text_ struct text content = { 0 };
	const struct settings *s = etc->settings;

	text_addf(&content,
		"engine=\"rpod-%s\"\nname=\"%s\"\nid=\"%s\"\nimage=\"%s\"\n"
		"imageid=\"%s\"\nrootless=%d\n",
		RPOD_VERSION, s->name, etc->container->id, s->image ? s->image : "",
		s->image_id ? s->image_id : "", userns_owner() != 0);
	return add_file(etc, "containerenv", "/run/.containerenv", &content, err);
}

struct etc_file {
	const char *target;
	int (*add)(const struct etc *etc, struct error *err);
};

static const struct etc_file etc_files[] = {
	{ "/etc/hosts", add_hosts },
	{ "/etc/hostname", add_hostname },
	{ "/etc/resolv.conf", add_resolver },
	{ "/run/.containerenv", add_containerenv },
};

int etc_add(struct assembly *assembly, const struct settings *settings,
	const struct container *container, const struct place *place, struct error *err)
{
	struct etc etc = { assembly, settings, container, place };

	for (size_t i = 0; i < ARRAY_SIZE(etc_files); i++) {
		int r;

		if (is_covered(&etc, etc_files[i].target)) /* by a volume of the user's */
			continue;
		r = etc_files[i].add(&etc, err);
		if (r < 0)
			return r;
	}
	return 0;
}
