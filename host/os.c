/* SPDX-License-Identifier: Apache-2.0 */
#include "host/os.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/root.h"

/* ID and the words of ID_LIKE; the first that is known decides. */
static const struct {
	const char *id;
	enum os_family family;
} families[] = {
	{ "debian", OS_DEBIAN },
	{ "ubuntu", OS_DEBIAN },
	{ "raspbian", OS_DEBIAN },
	{ "fedora", OS_REDHAT },
	{ "rhel", OS_REDHAT },
	{ "centos", OS_REDHAT },
	{ "rocky", OS_REDHAT },
	{ "almalinux", OS_REDHAT },
	{ "suse", OS_SUSE },
	{ "opensuse", OS_SUSE },
	{ "sles", OS_SUSE },
	{ "opensuse-leap", OS_SUSE },
	{ "opensuse-tumbleweed", OS_SUSE },
	{ "sle-micro", OS_SUSE },
	{ "arch", OS_ARCH },
	{ "alpine", OS_ALPINE },
	{ "nixos", OS_NIXOS },
};

static const char *const transactional_ids[] = {
	"opensuse-microos",
	"opensuse-leap-micro",
	"sle-micro",
	"sl-micro",
	"sle-micro-rancher",
};

/* How a value is written: bare, or in single or double quotes with backslash escapes. */
static void copy_value(const char *from, size_t length, char *to, size_t size)
{
	char quote = '\0';
	size_t n = 0;

	for (size_t i = 0; i < length && n + 1 < size; i++) {
		if (!quote && (from[i] == '"' || from[i] == '\'')) {
			quote = from[i];
		} else if (quote && from[i] == quote) {
			quote = '\0';
		} else if (from[i] == '\\' && quote != '\'' && i + 1 < length) {
			to[n++] = from[++i];
		} else if (from[i] != '\r' && from[i] != '\0') {
			to[n++] = from[i];
		}
	}
	to[n] = '\0';
}

static enum os_family family_of(const char *words)
{
	/* in the order of the words: "rhel centos fedora", most alike first */
	while (*(words += strspn(words, " "))) {
		size_t length = strcspn(words, " ");

		for (size_t i = 0; i < ARRAY_SIZE(families); i++)
			if (strlen(families[i].id) == length &&
				memcmp(words, families[i].id, length) == 0)
				return families[i].family;
		words += length;
	}
	return OS_OTHER;
}

void os_parse(struct os *ret, const char *data, size_t length)
{
	char like[128] = "";
	const struct {
		const char *key;
		char *to;
		size_t size;
	} keys[] = {
		{ "ID=", ret->id, sizeof(ret->id) },
		{ "VERSION_ID=", ret->version, sizeof(ret->version) },
		{ "PRETTY_NAME=", ret->pretty, sizeof(ret->pretty) },
		{ "ID_LIKE=", like, sizeof(like) },
	};
	const char *line;
	size_t at = 0, n;

	while ((line = text_line(data, length, &at, &n)))
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			size_t skip = strlen(keys[i].key);

			if (n >= skip && memcmp(line, keys[i].key, skip) == 0)
				copy_value(line + skip, n - skip, keys[i].to, keys[i].size);
		}
	ret->family = family_of(ret->id);
	if (ret->family == OS_OTHER)
		ret->family = family_of(like);
	for (size_t i = 0; i < ARRAY_SIZE(transactional_ids); i++)
		if (strcmp(ret->id, transactional_ids[i]) == 0)
			ret->transactional = true;
}

unsigned os_version_number(const struct os *os)
{
	unsigned major = 0, minor = 0;

	(void)sscanf(os->version, "%u.%u", &major, &minor);
	return major * 100 + minor;
}

static bool is_there(struct root *root, const char *path)
{
	struct fact_file file;

	root_stat(root, path, &file);
	return file.state == FACT_KNOWN;
}

void os_read(struct os *ret, struct root *root)
{
	_cleanup_text_ struct text data = { 0 };
	int r;

	*ret = (struct os){ 0 };
	r = root_read(root, "/etc/os-release", ROOT_READ_LIMIT, &data);
	if (r == -ENOENT || r == -ENODATA)
		r = root_read(root, "/usr/lib/os-release", ROOT_READ_LIMIT, &data);
	ret->state = fact_state_of(r == -EFBIG ? 0 : r);
	if (ret->state == FACT_KNOWN)
		os_parse(ret, data.data, data.length);
	ret->ostree = is_there(root, "/run/ostree-booted") || is_there(root, "/sysroot/ostree");
	if (ret->family == OS_SUSE && is_there(root, "/usr/sbin/transactional-update"))
		ret->transactional = true;
}
