/* SPDX-License-Identifier: Apache-2.0 */
/* A small tree to prepare, and one change taken through its kind there. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/io.h"
#include "checks/plan.h"
#include "host/root.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"

enum {
	UID = 54321,
	GID = 54322
};

struct place {
	char top[64];
	struct target t;
	struct root root;
};

static inline void put(const char *path, const char *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, content, strlen(content)), 0);
	assert_int_equal(close(fd), 0);
}

static inline bool holds(const char *path, const char *content)
{
	struct text now = { 0 };
	bool same = io_read_file_at(AT_FDCWD, path, 4096, &now) == 0 &&
		    strcmp(text_get(&now), content) == 0;

	text_done(&now);
	return same;
}

static inline bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* A place of its own that @fill puts files into. */
static inline int set_up_with(void **state, int (*fill)(void))
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	*state = p;
	(void)snprintf(p->top, sizeof(p->top), "/tmp/rpod-kinds.XXXXXX");
	if (!mkdtemp(p->top) || chmod(p->top, 0755) < 0 || chdir(p->top) < 0 || fill() < 0)
		return -1;
	if (root_open(p->top, &p->root, NULL) < 0 || target_open(p->top, false, &p->t, NULL) < 0)
		return -1;
	p->t.root = &p->root;
	return 0;
}

static inline int fill_with_ann(void)
{
	if (mkdir("etc", 0755) < 0 || mkdir("home", 0755) < 0 || mkdir("home/ann", 0700) < 0)
		return -1;
	if (geteuid() == 0 && chown("home/ann", UID, GID) < 0)
		return -1;
	put("etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:54321:54322::/home/ann:/bin/sh\n");
	return 0;
}

static inline int set_up(void **state)
{
	return set_up_with(state, fill_with_ann);
}

static inline int tear_down(void **state)
{
	struct place *p = *state;
	int r;

	target_close(&p->t);
	root_close(&p->root);
	(void)!chdir("/");
	r = io_remove_tree_at(AT_FDCWD, p->top);
	free(p);
	return r;
}

struct result {
	int look, apply, again, undo;
	unsigned needs;
	struct error err;
};

/* What setup does with one change of a plan; @between is called before it is taken back. */
static inline struct result go_through(
	struct target *t, const struct plan *plan, void (*between)(void))
{
	const struct change *c = &plan->changes[0];
	const struct kind *kind = kind_of(c->kind);
	struct entry entry = { 0 }, second = { 0 };
	struct result res = { .look = -ENOMEM };

	if (plan->count == 0 || entry_of(c, &entry) < 0)
		return res;
	res.look = kind->look(t, c, &entry, &res.err);
	if (res.look == LOOK_TODO)
		res.apply = kind->apply(t, c, &entry, &res.err);
	res.needs = entry.needs;
	if (res.look >= 0 && res.apply == 0 && entry_of(c, &second) == 0)
		res.again = kind->look(t, c, &second, &res.err);
	if (between)
		between();
	if (res.look == LOOK_TODO)
		res.undo = kind->undo ? kind->undo(t, &entry, &res.err)
				      : entry_undo_effects(&entry, t, &res.err);
	entry_done(&entry);
	entry_done(&second);
	return res;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
