/* SPDX-License-Identifier: Apache-2.0 */
/* -v and --tmpfs: words become mounts. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/engine/assemble.h"

struct volume_option {
	const char *word;
	unsigned set, clear;
};

static const struct volume_option volume_options[] = {
	{ "rw", 0, SPEC_MOUNT_RO },
	{ "ro", SPEC_MOUNT_RO, 0 },
	{ "z", SPEC_MOUNT_RELABEL, SPEC_MOUNT_RELABEL_OWN },
	{ "Z", SPEC_MOUNT_RELABEL_OWN, SPEC_MOUNT_RELABEL },
	{ "U", SPEC_MOUNT_CHOWN, 0 },
	{ "rbind", SPEC_MOUNT_RECURSIVE, 0 },
	{ "bind", 0, SPEC_MOUNT_RECURSIVE },
	{ "private", 0, SPEC_MOUNT_SLAVE },
	{ "rprivate", 0, SPEC_MOUNT_SLAVE },
	{ "slave", SPEC_MOUNT_SLAVE, 0 },
	{ "rslave", SPEC_MOUNT_SLAVE, 0 },
	{ "exec", 0, SPEC_MOUNT_NOEXEC },
	{ "noexec", SPEC_MOUNT_NOEXEC, 0 },
	{ "suid", 0, SPEC_MOUNT_NOSUID },
	{ "nosuid", SPEC_MOUNT_NOSUID, 0 },
	{ "nodev", SPEC_MOUNT_NODEV, 0 },
};

static const struct volume_option tmpfs_options[] = {
	{ "rw", 0, SPEC_MOUNT_RO },
	{ "ro", SPEC_MOUNT_RO, 0 },
	{ "exec", 0, SPEC_MOUNT_NOEXEC },
	{ "noexec", SPEC_MOUNT_NOEXEC, 0 },
	{ "suid", 0, SPEC_MOUNT_NOSUID },
	{ "nosuid", SPEC_MOUNT_NOSUID, 0 },
	{ "dev", 0, SPEC_MOUNT_NODEV },
	{ "nodev", SPEC_MOUNT_NODEV, 0 },
	{ "tmpcopyup", SPEC_MOUNT_COPY_UP, 0 },
	{ "notmpcopyup", 0, SPEC_MOUNT_COPY_UP },
};

static bool apply(const struct volume_option *rows, size_t n, const char *word, unsigned *flags)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].word, word) == 0) {
			*flags = (*flags & ~rows[i].clear) | rows[i].set;
			return true;
		}
	return false;
}

static int parse_options(char *options, const char *volume, unsigned *flags, struct error *err)
{
	char *rest = NULL;

	for (char *word = strtok_r(options, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
		if (!apply(volume_options, ARRAY_SIZE(volume_options), word, flags))
			return error_say(
				err, -EINVAL, "unknown option '%s' of volume '%s'", word, volume);
	return 0;
}

/* No "..": the target is opened below the container's root anyway, but what would be mounted is
 * not what the words say. */
static int check_target(const char *target, const char *word, struct error *err)
{
	if (target[0] != '/')
		return error_say(err, -EINVAL,
			"'%s' in '%s' must be an absolute path in the container", target, word);
	if (strcmp(target, "/") == 0)
		return error_say(err, -EINVAL, "'%s' would cover the whole container", word);
	if (strstr(target, "/../") || text_ends(target, "/.."))
		return error_say(err, -EINVAL, "'..' in '%s' is not taken", word);
	return 0;
}

/* podman makes a source of no other machine's: it must be there. */
static int find_source(
	struct assembly *assembly, const char *source, const char **ret, struct error *err)
{
	char path[PATH_MAX];

	if (source[0] != '/' && source[0] != '.')
		return error_say(err, -EINVAL,
			"'%s' is the name of a volume; volumes have no names "
			"here yet: use a path like './%s'",
			source, source);
	if (!realpath(source, path))
		return error_set(err, -errno, "cannot find '%s' for the container", source);
	*ret = assembly_keep(assembly, "%s", path);
	return *ret ? 0 : -ENOMEM;
}

/* Without SELinux there is no label to give, as with podman. With it, silence would be a lie. */
static int check_label(const char *source, unsigned flags, struct error *err)
{
	if (!(flags & (SPEC_MOUNT_RELABEL | SPEC_MOUNT_RELABEL_OWN)) ||
		access("/sys/fs/selinux/enforce", F_OK) < 0)
		return 0;
	return error_say(err, -ENOTSUP,
		"cannot give '%s' an SELinux label yet; leave out :z and :Z and run "
		"'chcon -R -t container_file_t %s'",
		source, source);
}

int volume_add(struct assembly *assembly, const char *word, struct error *err)
{
	_cleanup_free_ char *copy = strdup(word);
	struct spec_mount mount = { .kind = SPEC_MOUNT_BIND,
		.flags = SPEC_MOUNT_RECURSIVE | SPEC_MOUNT_NOSUID | SPEC_MOUNT_NODEV };
	char *source = copy, *target, *options;
	int r;

	if (!copy)
		return error_set(err, -ENOMEM, "cannot add volume '%s'", word);
	target = strchr(source, ':');
	if (!target)
		return error_say(
			err, -EINVAL, "volume '%s' must be HOST-DIR:CONTAINER-DIR[:OPTIONS]", word);
	*target++ = '\0';
	options = strchr(target, ':');
	if (options)
		*options++ = '\0';
	r = check_target(target, word, err);
	if (r >= 0 && options)
		r = parse_options(options, word, &mount.flags, err);
	if (r >= 0)
		r = find_source(assembly, source, &mount.source, err);
	if (r >= 0)
		r = check_label(mount.source, mount.flags, err);
	if (r < 0)
		return r;
	mount.target = assembly_keep(assembly, "%s", target);
	return assembly_mount(assembly, &mount, err);
}

/* What is no flag is the file system's: size=, mode=, nr_inodes=, uid=, gid=. */
static int parse_tmpfs_options(char *options, const char *volume, struct spec_mount *mount,
	struct text *data, struct error *err)
{
	static const char *const taken[] = { "size=", "mode=", "nr_inodes=", "uid=", "gid=" };
	char *rest = NULL;

	for (char *word = strtok_r(options, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		bool known = apply(tmpfs_options, ARRAY_SIZE(tmpfs_options), word, &mount->flags);

		for (size_t i = 0; !known && i < ARRAY_SIZE(taken); i++)
			if (text_starts(word, taken[i])) {
				text_addf(data, "%s%s", data->length ? "," : "", word);
				known = true;
			}
		if (!known)
			return error_say(
				err, -EINVAL, "unknown option '%s' of tmpfs '%s'", word, volume);
	}
	return 0;
}

int volume_add_tmpfs(struct assembly *assembly, const char *word, struct error *err)
{
	_cleanup_text_ struct text data = { 0 };
	_cleanup_free_ char *target = strdup(word);
	struct spec_mount mount = { .kind = SPEC_MOUNT_TMPFS,
		.flags = SPEC_MOUNT_NOSUID | SPEC_MOUNT_NODEV | SPEC_MOUNT_COPY_UP };
	char *options;
	int r;

	if (!target)
		return error_set(err, -ENOMEM, "cannot add tmpfs '%s'", word);
	options = strchr(target, ':');
	if (options)
		*options++ = '\0';
	r = check_target(target, word, err);
	if (r >= 0 && options)
		r = parse_tmpfs_options(options, word, &mount, &data, err);
	if (r < 0)
		return r;
	mount.target = assembly_keep(assembly, "%s", target);
	mount.data = data.length ? assembly_keep(assembly, "%s", text_get(&data)) : NULL;
	return assembly_mount(assembly, &mount, err);
}
