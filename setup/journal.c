/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "setup/journal-text.h"
#include "setup/target.h"

void journal_done(struct journal *journal)
{
	for (size_t i = 0; i < journal->count; i++)
		entry_done(&journal->entries[i]);
	free(journal->entries);
	free(journal->command);
	free(journal->time);
	*journal = (struct journal){ 0 };
}

int journal_new(struct target *t, const char *command, struct journal *ret)
{
	char stamp[32], iso[32];
	struct timespec now;
	struct tm tm;

	*ret = (struct journal){ .t = t, .command = strdup(command) };
	if (clock_gettime(CLOCK_REALTIME, &now) < 0 || !gmtime_r(&now.tv_sec, &tm))
		return -EINVAL;
	(void)strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%S", &tm);
	(void)strftime(iso, sizeof(iso), "%Y-%m-%dT%H:%M:%SZ", &tm);
	(void)snprintf(ret->run, sizeof(ret->run), "%s.%06u-%d", stamp,
		(unsigned)now.tv_nsec / 1000 % 1000000, (int)getpid());
	ret->time = strdup(iso);
	return ret->command && ret->time ? 0 : -ENOMEM;
}

static int path_of(const struct target *t, const char *run, char *ret, size_t size)
{
	/* a run's name comes from the command line: it is a name, never a path */
	if (!*run || run[0] == '.' || strchr(run, '/') || strlen(run) >= RUN_SIZE)
		return -EINVAL;
	return snprintf(ret, size, "%s/%s.json", t->state, run) < (int)size ? 0 : -ENAMETOOLONG;
}

int journal_save(struct journal *journal, struct error *err)
{
	_cleanup_text_ struct text text = { 0 };
	char path[PATH_MAX];
	int r = path_of(journal->t, journal->run, path, sizeof(path));

	if (r >= 0)
		r = journal_print(journal, &text);
	if (r >= 0 && text.length > TARGET_READ_LIMIT) /* undo could not read it */
		r = -EFBIG;
	if (r >= 0)
		r = target_mkdirs(journal->t, journal->t->state, 0700);
	if (r >= 0)
		r = target_write(journal->t, path, text.data, text.length, 0600);
	return r < 0 ? error_set(err, r, "cannot write the journal '%s'", path) : 0;
}

int journal_begin(struct journal *journal, struct entry *entry, struct error *err)
{
	struct entry *grown = reallocarray(journal->entries, journal->count + 1, sizeof(*grown));
	int r;

	if (!grown)
		return error_set(err, -ENOMEM, "cannot keep the journal");
	journal->entries = grown;
	grown[journal->count++] = *entry;
	*entry = (struct entry){ 0 };
	r = journal_save(journal, err);
	if (r < 0) /* it is not on disk, so it will not be made */
		entry_done(&journal->entries[--journal->count]);
	return r;
}

int journal_load(struct target *t, const char *run, struct journal *ret, struct error *err)
{
	_cleanup_journal_ struct journal journal = { .t = t };
	_cleanup_text_ struct text content = { 0 };
	char path[PATH_MAX];
	int r = path_of(t, run, path, sizeof(path));
	bool is_name = r >= 0;

	if (is_name)
		r = target_read(t, path, &content, NULL);
	if (!is_name || r == -ENOENT)
		return error_say(err, r, "no run '%s'; 'rpod-setup history' lists them", run);
	if (r == -EINVAL || r == -ELOOP)
		return error_say(err, r, "the journal '%s' is no plain file; move it away", path);
	if (r < 0)
		return error_set(err, r, "cannot read the journal '%s'", path);
	(void)text_copy(journal.run, sizeof(journal.run), run);
	r = journal_parse(&journal, text_get(&content), content.length, path, err);
	if (r < 0)
		return r;
	*ret = journal;
	journal = (struct journal){ 0 };
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int journal_list(struct target *t, struct text_list *ret, struct error *err)
{
	_cleanup_close_ int parent = -1, fd = -1;
	_cleanup_closedir_ DIR *names = NULL;
	struct dirent *entry;
	const char *name;

	parent = target_open_parent(t, t->state, &name);
	if (parent == -ENOENT)
		return 0;
	fd = parent < 0 ? -1
			: openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (parent >= 0 && fd < 0 && errno == ENOENT)
		return 0;
	names = fd < 0 ? NULL : fdopendir(fd);
	if (!names)
		return error_set(err, parent < 0 ? parent : -errno, "cannot list '%s'", t->state);
	fd = -1; /* the stream has it */
	while ((entry = readdir(names))) {
		size_t n = strlen(entry->d_name);

		if (entry->d_name[0] == '.' || !text_ends(entry->d_name, ".json") ||
			n - strlen(".json") >= RUN_SIZE)
			continue;
		if (text_list_addf(ret, "%.*s", (int)(n - 5), entry->d_name) < 0)
			return error_set(err, -ENOMEM, "cannot list '%s'", t->state);
	}
	if (ret->items)
		qsort(ret->items, ret->count, sizeof(*ret->items), compare);
	return 0;
}

const struct entry *journal_newest(
	const struct journal *journal, enum change_kind kind, const char *name)
{
	for (size_t i = journal->count; i-- > 0;)
		if (journal->entries[i].kind == kind && journal->entries[i].name &&
			strcmp(journal->entries[i].name, name) == 0)
			return &journal->entries[i];
	return NULL;
}

int journal_state_of(struct target *t, enum change_kind kind, const char *name)
{
	_cleanup_text_list_ struct text_list runs = { 0 };

	if (journal_list(t, &runs, NULL) < 0)
		return -ENOENT;
	for (size_t i = runs.count; i-- > 0;) {
		_cleanup_journal_ struct journal journal = { 0 };
		const struct entry *entry;

		if (journal_load(t, runs.items[i], &journal, NULL) < 0)
			continue;
		entry = journal_newest(&journal, kind, name);
		if (entry)
			return (int)entry->state;
	}
	return -ENOENT;
}

bool journal_was_cut(struct target *t, enum change_kind kind, const char *name)
{
	return journal_state_of(t, kind, name) == ENTRY_BEGUN;
}

bool journal_is_open(const struct journal *journal)
{
	for (size_t i = 0; i < journal->count; i++)
		if (journal->entries[i].state == ENTRY_DONE ||
			journal->entries[i].state == ENTRY_BEGUN)
			return true;
	return false;
}
