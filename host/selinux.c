/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SELinux labels. A policy labels by path, and knows the paths of homes below one directory only,
 * that of useradd(8): genhomedircon(8) writes them from HOME_DIR rules. Any other home is labelled
 * like one of these by a line "PATH ORIGINAL" in file_contexts.subs. Whether the policy knows a
 * place is therefore seen by comparing what it says of it with what it says of the same place in a
 * home below that directory; no type's name has to be known here.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/dl.h"
#include "base/io.h"
#include "base/text.h"
#include "host/helper.h"
#include "host/lsm.h"
#include "host/root.h"
#include "host/user.h"

enum {
	LABEL_LIMIT_MS = 700
};

struct selabel_handle;
struct selinux_opt;

static struct libselinux {
	struct selabel_handle *(*open)(unsigned, const struct selinux_opt *, unsigned);
	int (*lookup)(struct selabel_handle *, char **, const char *, int);
	void (*close)(struct selabel_handle *);
	void (*freecon)(char *);
	int (*check_context)(const char *);
} lib;

static int load(void)
{
	static const char *const names[] = { "libselinux.so.1", NULL };
	static const struct dl_symbol symbols[] = {
		{ "selabel_open", offsetof(struct libselinux, open) },
		{ "selabel_lookup", offsetof(struct libselinux, lookup) },
		{ "selabel_close", offsetof(struct libselinux, close) },
		{ "freecon", offsetof(struct libselinux, freecon) },
		{ "security_check_context", offsetof(struct libselinux, check_context) },
	};

	return lib.freecon ? 0 : dl_load(names, symbols, ARRAY_SIZE(symbols), &lib);
}

/* One reading of the policy for all questions: it is megabytes. */
struct policy {
	struct root *root;
	struct selabel_handle *handle;
	int error; /* of opening it: 0, or why there is no handle */
	bool opened, hung;
};

static void policy_close(struct policy *p)
{
	if (p->handle)
		lib.close(p->handle);
}
#define _cleanup_policy_ CLEANUP(policy_close)

static void policy_open(struct policy *p)
{
	p->opened = true;
	p->error = load();
	if (p->error == -ENOENT)
		p->error = -ENOSYS;
	if (p->error < 0)
		return;
	p->handle = lib.open(0 /* SELABEL_CTX_FILE */, NULL, 0);
	if (!p->handle)
		p->error = -errno;
}

static enum selinux_mode mode_of(struct root *root)
{
	struct fact_number enforce;

	/* an image's own setting says what it will boot into, not what holds */
	if (root_is_still(root))
		return SELINUX_UNKNOWN;
	root_read_number(root, "/sys/fs/selinux/enforce", &enforce);
	if (enforce.state == FACT_ABSENT)
		return SELINUX_DISABLED;
	if (enforce.state == FACT_UNKNOWN)
		return SELINUX_UNKNOWN;
	return enforce.value ? SELINUX_ENFORCING : SELINUX_PERMISSIVE;
}

static enum selinux_mode mode_named(const char *word)
{
	if (strcmp(word, "enforcing") == 0)
		return SELINUX_ENFORCING;
	if (strcmp(word, "permissive") == 0)
		return SELINUX_PERMISSIVE;
	return strcmp(word, "disabled") == 0 ? SELINUX_DISABLED : SELINUX_UNKNOWN;
}

static void read_config(struct lsm *ret, struct root *root)
{
	_cleanup_text_ struct text data = { 0 };
	struct fact_text *type = &ret->selinux_policy;
	int r = root_read(root, "/etc/selinux/config", ROOT_READ_LIMIT, &data);
	const char *line;
	size_t at = 0, n;

	*type = (struct fact_text){ .state = r < 0 ? fact_state_of(r) : FACT_ABSENT };
	if (type->state == FACT_UNKNOWN)
		type->error = -r;
	while ((line = text_line(data.data, data.length, &at, &n))) {
		char copy[256], word[16];

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		if (sscanf(copy, " SELINUXTYPE = %63s", type->value) == 1)
			type->state = FACT_KNOWN;
		if (sscanf(copy, " SELINUX = %15s", word) == 1)
			ret->selinux_boots = mode_named(word);
	}
}

/* In a child: the path may be on a file system that hangs. */
static int look_label(void *arg, int out)
{
	char label[256];
	ssize_t n = getxattr(arg, "security.selinux", label, sizeof(label));

	if (n < 0)
		return errno == ENODATA ? -ENOENT : -errno;
	return io_write_all(out, label, strnlen(label, (size_t)n));
}

static int ask_label(void *arg, struct text *ret)
{
	return helper_run(look_label, arg, LABEL_LIMIT_MS, ret);
}

struct question {
	struct policy *policy;
	const char *path;
};

static int ask_wanted(void *arg, struct text *ret)
{
	struct question *q = arg;
	char *label = NULL;

	if (!q->policy->opened)
		policy_open(q->policy);
	if (!q->policy->handle)
		return q->policy->error;
	if (lib.lookup(q->policy->handle, &label, q->path, S_IFDIR) < 0)
		return -errno;
	text_add(ret, label);
	lib.freecon(label);
	return 0;
}

static void ask_text(struct root *root, const char *what, const char *path, root_look *look,
	void *arg, struct fact_text *ret)
{
	_cleanup_text_ struct text value = { 0 };
	char key[PATH_MAX + 32];
	int r;

	(void)snprintf(key, sizeof(key), "%s %s", what, path);
	r = root_ask(root, key, look, arg, &value);
	*ret = (struct fact_text){ .state = fact_state_of(r) };
	if (ret->state == FACT_UNKNOWN)
		ret->error = -r;
	(void)text_copy(ret->value, sizeof(ret->value), text_get(&value));
}

static void ask_policy(struct policy *p, const char *path, struct fact_text *ret)
{
	struct question q = { p, path };

	ask_text(p->root, "wanted label", path, ask_wanted, &q, ret);
}

/* The longest line "PATH ORIGINAL" of @file that covers @path is put in. */
static void substitute(struct root *root, const char *file, char *path)
{
	_cleanup_text_ struct text data = { 0 };
	char made[PATH_MAX] = "";
	const char *line;
	size_t at = 0, n, best = 0;

	if (root_read(root, file, ROOT_READ_LIMIT, &data) < 0)
		return;
	while ((line = text_line(data.data, data.length, &at, &n))) {
		char copy[1024], from[512], to[512];
		size_t length;

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		if (sscanf(copy, " %511s %511s", from, to) != 2 || from[0] != '/')
			continue;
		length = strlen(from);
		if (length <= best || strncmp(path, from, length) != 0 ||
			(path[length] && path[length] != '/'))
			continue;
		best = length;
		(void)snprintf(made, sizeof(made), "%s%.3500s", to, path + length);
	}
	if (best)
		(void)text_copy(path, PATH_MAX, made);
}

/* The admin's lines, then the distribution's: libselinux looks in this order, and in each once. */
static void find_as(struct root *root, const struct fact_text *policy, const char *path, char *ret)
{
	static const char *const files[] = { "file_contexts.subs", "file_contexts.subs_dist" };

	(void)text_copy(ret, PATH_MAX, path);
	for (size_t i = 0; policy->state == FACT_KNOWN && i < ARRAY_SIZE(files); i++) {
		char file[PATH_MAX];

		(void)snprintf(file, sizeof(file), "/etc/selinux/%s/contexts/files/%s",
			policy->value, files[i]);
		substitute(root, file, ret);
	}
}

/* genhomedircon(8) takes the directory of homes from here, and /home where it is not said. */
static void find_model(struct root *root, const char *name, char *ret)
{
	_cleanup_text_ struct text data = { 0 };
	char homes[256] = "/home";
	const char *line;
	size_t at = 0, n;

	(void)!root_read(root, "/etc/default/useradd", ROOT_READ_LIMIT, &data);
	while ((line = text_line(data.data, data.length, &at, &n))) {
		char copy[256], word[256];

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		if (sscanf(copy, "HOME=%255s", word) == 1 && word[0] == '/')
			(void)text_copy(homes, sizeof(homes), word);
	}
	(void)snprintf(ret, PATH_MAX, "%s/%.200s", homes, name);
}

/* @model: the same place in a home the policy knows. */
static void read_place(struct policy *p, const struct fact_text *policy, struct label_place *place,
	const char *model)
{
	find_as(p->root, policy, place->path, place->as);
	if (p->hung)
		place->has = (struct fact_text){ .error = ETIMEDOUT };
	else
		ask_text(p->root, "label", place->path, ask_label, place->path, &place->has);
	p->hung |= place->has.error == ETIMEDOUT;
	ask_policy(p, place->path, &place->wanted);
	ask_policy(p, model, &place->model);
}

/* Directories at the top that every policy has rules for. */
static bool is_standard(const char *path)
{
	return text_has_word("/home /root /srv /opt /mnt /media /var /usr /tmp /export", path);
}

static bool is_default(const struct fact_text *label)
{
	return label->state == FACT_KNOWN &&
	       (strstr(label->value, ":default_t:") || strstr(label->value, ":unlabeled_t:"));
}

/* mkdir(1) in / makes root_t, which is well until the next relabelling. */
static bool is_nothings(const struct policy *p, const struct label_place *place)
{
	if (is_default(&place->has) || is_default(&place->wanted))
		return true;
	/* a tree's labels cannot be read */
	return root_is_still(p->root) && !strchr(place->path + 1, '/') && !is_standard(place->path);
}

static void read_above(struct policy *p, struct lsm *lsm, const char *home)
{
	char homes[PATH_MAX];

	(void)text_copy(homes, sizeof(homes), lsm->home_model);
	*strrchr(homes, '/') = '\0';
	for (size_t n = 1; home[n] && !*lsm->above.path; n++) {
		struct label_place place = { 0 };

		if (home[n] != '/')
			continue;
		(void)snprintf(place.path, sizeof(place.path), "%.*s", (int)n, home);
		if (strcmp(place.path, homes) == 0)
			return;
		read_place(p, &lsm->selinux_policy, &place, homes);
		if (is_nothings(p, &place))
			lsm->above = place;
	}
}

static bool is_alone(struct root *root, const char *home)
{
	_cleanup_text_list_ struct text_list names = { 0 };
	const char *name = strrchr(home, '/') + 1;
	char directory[PATH_MAX];
	int r;

	(void)snprintf(directory, sizeof(directory), "%.*s", (int)(name - 1 - home), home);
	r = *directory ? root_list(root, directory, &names) : -EPERM;
	for (size_t i = 0; i < names.count; i++)
		if (strcmp(names.items[i], name) != 0 && strcmp(names.items[i], "lost+found") != 0)
			return false;
	return r == 0 || r == -ENOENT;
}

static void read_places(struct policy *p, const struct lsm *lsm, struct label_place *places,
	const char *path, const char *model, const char *const below[])
{
	for (size_t i = 0; i < LABEL_PLACES; i++) {
		char model_path[PATH_MAX];

		(void)snprintf(places[i].path, PATH_MAX, "%.3500s%s", path, below[i]);
		(void)snprintf(model_path, PATH_MAX, "%.3500s%s", model, below[i]);
		read_place(p, &lsm->selinux_policy, &places[i], model_path);
	}
}

/* By the policy that is loaded: one may be installed and wait for the next boot. A policy without
 * levels takes the shorter one. */
static int ask_type(void *arg, struct text *ret)
{
	static const char *const contexts[] = { "system_u:system_r:container_t:s0",
		"system_u:system_r:container_t" };
	int r = load();

	(void)arg;
	(void)ret;
	for (size_t i = 0; i < ARRAY_SIZE(contexts) && r >= 0; i++) {
		if (lib.check_context(contexts[i]) == 0)
			return 0;
		r = errno == EINVAL ? 0 : -errno;
	}
	return r == 0 ? -ENOENT : r == -ENOENT ? -ENOSYS : r;
}

static void read_type(struct lsm *ret, struct root *root)
{
	_cleanup_text_ struct text unused = { 0 };
	int r = root_ask(root, "type container_t", ask_type, NULL, &unused);

	/* a record of before this was asked says nothing */
	ret->container_type = fact_state_of(r);
	ret->container_type_error = r < 0 && r != -ENOENT ? -r : 0;
}

void selinux_read(struct lsm *ret, struct root *root, const struct user *user, const char *storage)
{
	static const char *const in_home[LABEL_PLACES] = { "", LABEL_STORAGE "/overlay",
		LABEL_STORAGE "/volumes" };
	static const char *const in_storage[LABEL_PLACES] = { "", "/overlay", "/volumes" };
	_cleanup_policy_ struct policy policy = { .root = root };
	char model[PATH_MAX];

	ret->selinux = mode_of(root);
	read_config(ret, root);
	find_model(root, user->name, ret->home_model);
	if (ret->selinux == SELINUX_ENFORCING || ret->selinux == SELINUX_PERMISSIVE)
		read_type(ret, root);
	if (ret->selinux == SELINUX_DISABLED || user->state != FACT_KNOWN || !*user->home)
		return;
	read_places(&policy, ret, ret->home, user->home, ret->home_model, in_home);
	read_above(&policy, ret, user->home);
	ret->home_is_alone = *ret->above.path && !policy.hung && is_alone(root, user->home);
	if (storage[0] != '/' || text_is_within(storage, user->home, strlen(user->home)))
		return;
	(void)snprintf(model, sizeof(model), "%.3500s%s", ret->home_model, LABEL_STORAGE);
	read_places(&policy, ret, ret->storage, storage, model, in_storage);
}
