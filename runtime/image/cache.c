/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/image/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

#define MAGIC "rpod-image 1"
#define END   "end"

enum {
	CACHE_MAX = 8 << 20
};

uint64_t cache_hash(const void *bytes, size_t n)
{
	const unsigned char *at = bytes;
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ at[i]) * 0x100000001b3;
	return hash;
}

int cache_key(struct cache_key *ret, const char *source, const char *state)
{
	int n = snprintf(ret->text, sizeof(ret->text), "%s %s", source, state);

	if (n < 0 || (size_t)n >= sizeof(ret->text))
		return -ENAMETOOLONG;
	(void)snprintf(ret->file, sizeof(ret->file), "ref-%016llx",
		(unsigned long long)cache_hash(source, strlen(source)));
	return 0;
}

/* The lists of an image, in the order of the file. Layers stand as their names below the store. */
static void lists_of(struct image *image, struct text_list *ret[7])
{
	struct image_config *config = &image->config;
	struct text_list *const lists[7] = { &image->layers, &config->entrypoint, &config->cmd,
		&config->env, &config->labels, &config->volumes, &config->ports };

	memcpy(ret, lists, sizeof(lists));
}

static void texts_of(struct image *image, char **ret[3])
{
	struct image_config *config = &image->config;

	ret[0] = &config->working_dir;
	ret[1] = &config->user;
	ret[2] = &config->stop_signal;
}

/* Records of a text, one after the other; NULL when there is no more. */
struct reader {
	const char *at, *end;
};

static const char *next_record(struct reader *reader)
{
	const char *record = reader->at;
	const char *nul = memchr(record, '\0', (size_t)(reader->end - record));

	if (!nul)
		return NULL;
	reader->at = nul + 1;
	return record;
}

static int expect(struct reader *reader, const char *wanted)
{
	const char *record = next_record(reader);

	return record && strcmp(record, wanted) == 0 ? 0 : -ENOENT;
}

static int read_list(struct reader *reader, struct text_list *list, const char *prefix)
{
	const char *record = next_record(reader);
	uint32_t n;

	if (!record || parse_u32(record, &n) < 0)
		return -ENOENT;
	while (n-- > 0) {
		record = next_record(reader);
		if (!record)
			return -ENOENT;
		if (text_list_addf(list, "%s%s", prefix, record) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_text(struct reader *reader, char **ret)
{
	const char *record = next_record(reader);

	if (!record)
		return -ENOENT;
	if (!*record)
		return 0;
	*ret = strdup(record);
	return *ret ? 0 : -ENOMEM;
}

static int read_image(struct reader *reader, struct image *ret, const char *layers)
{
	struct text_list *lists[7];
	char **texts[3];
	const char *id = next_record(reader);
	int r = 0;

	if (!id || !text_copy(ret->id, sizeof(ret->id), id))
		return -ENOENT;
	lists_of(ret, lists);
	texts_of(ret, texts);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(lists); i++)
		r = read_list(reader, lists[i], i == 0 ? layers : "");
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(texts); i++)
		r = read_text(reader, texts[i]);
	return r < 0 ? r : expect(reader, END);
}

static int check_layers(const struct text_list *layers)
{
	for (size_t i = 0; i < layers->count; i++)
		if (faccessat(AT_FDCWD, layers->items[i], F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			return -ENOENT;
	return layers->count > 0 ? 0 : -ENOENT;
}

int cache_read(struct image *ret, const struct store *store, const struct cache_key *key)
{
	_cleanup_text_ struct text text = { 0 };
	char path[sizeof(store->path) + 64];
	struct reader reader;
	int r;

	(void)snprintf(path, sizeof(path), "%s/images/%s", store->path, key->file);
	r = io_read_file_at(AT_FDCWD, path, CACHE_MAX, &text);
	if (r < 0)
		return -ENOENT;
	reader = (struct reader){ text_get(&text), text_get(&text) + text.length };
	if (expect(&reader, MAGIC) < 0 || expect(&reader, key->text) < 0)
		return -ENOENT;
	(void)snprintf(path, sizeof(path), "%s/layers/sha256/", store->path);
	r = read_image(&reader, ret, path);
	return r < 0 ? r : check_layers(&ret->layers);
}

static void add_record(struct text *text, const char *value)
{
	text_add_bytes(text, value, strlen(value) + 1);
}

static void add_list(struct text *text, const struct text_list *list, bool last_component)
{
	char count[24];

	(void)snprintf(count, sizeof(count), "%zu", list->count);
	add_record(text, count);
	for (size_t i = 0; i < list->count; i++) {
		const char *slash = last_component ? strrchr(list->items[i], '/') : NULL;

		add_record(text, slash ? slash + 1 : list->items[i]);
	}
}

void cache_write(const struct image *image, const struct store *store, const struct cache_key *key)
{
	struct image view = *image; /* the same lists, looked at through the same rows */
	_cleanup_text_ struct text text = { 0 };
	_cleanup_close_ int fd = -1;
	char path[sizeof(store->path) + 8];
	struct text_list *lists[7];
	char **texts[3];

	add_record(&text, MAGIC);
	add_record(&text, key->text);
	add_record(&text, image->id);
	lists_of(&view, lists);
	texts_of(&view, texts);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		add_list(&text, lists[i], i == 0);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		add_record(&text, *texts[i] ? *texts[i] : "");
	add_record(&text, END);
	if (text_failed(&text))
		return;
	(void)snprintf(path, sizeof(path), "%s/images", store->path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (io_replace_at(fd, key->file, text.data, text.length, 0600, IO_NO_SYNC) < 0)
		return;
}
