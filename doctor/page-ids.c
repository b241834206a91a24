/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ids, drawn as ranges on one scale, for users and for groups:
 *
 *	/etc/subuid      |   ######xxxx....            |  ours, met by another's, another's
 *	known here       |-----------------------------|  the namespace we live in
 *	a process got    |   ######                    |  what the trial mapped
 *
 * The scale goes from a little before the user's first id to a little behind his last: files with a
 * hundred thousand lines are not drawn whole, the lines that meet his are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "doctor/markup.h"
#include "doctor/page.h"

enum {
	SPANS = 300, /* a track holds no more that an eye could tell apart */
	NAMED = 20,
};

struct scale {
	uint64_t from, to; /* [from, to) */
};

static void include(struct scale *scale, uint64_t from, uint64_t count)
{
	scale->from = MIN(scale->from, from);
	scale->to = MAX(scale->to, from + count);
}

/* Of the user's own ranges, else of the first of others; false: there is nothing to draw. */
static bool make_scale(const struct idmap_file *file, struct scale *ret)
{
	uint64_t pad;

	*ret = (struct scale){ UINT64_MAX, 0 };
	for (size_t i = 0; i < file->count; i++)
		if (file->ranges[i].ours)
			include(ret, file->ranges[i].start, file->ranges[i].count);
	for (size_t i = 0; i < MIN(file->count, (size_t)4) && ret->to == 0; i++)
		include(ret, file->ranges[i].start, file->ranges[i].count);
	if (ret->to == 0)
		return false;
	pad = (ret->to - ret->from) / 4 + 1;
	ret->from -= MIN(pad, ret->from);
	ret->to = MIN(ret->to + pad, (uint64_t)UINT32_MAX + 1);
	return ret->to > ret->from;
}

/* The part of [from, from + count) on the scale; false: none. */
static bool add_span(struct text *to, const struct scale *scale, const char *class, uint64_t from,
	uint64_t count)
{
	uint64_t begin = MAX(from, scale->from), end = MIN(from + count, scale->to);
	double whole = (double)(scale->to - scale->from);

	if (begin >= end)
		return false;
	markup_add(to, "<span class=\"%s\" style=\"left:%.3f%%;width:%.3f%%\"></span>", class,
		(double)(begin - scale->from) * 100 / whole, (double)(end - begin) * 100 / whole);
	return true;
}

static void begin_lane(struct text *to, const char *name)
{
	markup_add(to, "<div class=\"lane\"><p>%s</p><div class=\"track\">", name);
}

static void end_lane(struct text *to)
{
	text_add(to, "</div></div>\n");
}

static void add_empty(struct text *to, const char *words)
{
	markup_add(to, "<em>%s</em>", words);
}

static bool meet(const struct idmap_range *a, const struct idmap_range *b)
{
	return a->start < b->start + b->count && b->start < a->start + a->count;
}

/* What two ranges share, one of them the user's. */
static void add_clashes(
	struct text *to, const struct idmap_file *file, const struct scale *scale, size_t at)
{
	const struct idmap_range *ours = &file->ranges[at];
	size_t n = 0;

	for (size_t i = 0; i < file->count && n < SPANS; i++) {
		const struct idmap_range *other = &file->ranges[i];
		uint64_t from = MAX(ours->start, other->start);

		if (i == at || (other->ours && i < at) || !meet(ours, other))
			continue;
		n += add_span(to, scale, "clash", from,
			MIN(ours->start + ours->count, other->start + other->count) - from);
	}
}

static void add_ranges(struct text *to, const struct idmap_file *file, const struct scale *scale)
{
	size_t n = 0;

	for (size_t i = 0; i < file->count && n < SPANS; i++)
		if (!file->ranges[i].ours)
			n += add_span(
				to, scale, "theirs", file->ranges[i].start, file->ranges[i].count);
	for (size_t i = 0; i < file->count && n < SPANS; i++)
		if (file->ranges[i].ours)
			n += add_span(
				to, scale, "ours", file->ranges[i].start, file->ranges[i].count);
	for (size_t i = 0; i < file->count; i++)
		if (file->ranges[i].ours)
			add_clashes(to, file, scale, i);
}

/* In words what is drawn: the user's ranges, and who meets them. */
static void add_range_words(struct text *to, const struct idmap_file *file, const char *path)
{
	size_t named = 0;

	text_add(to, "<ul class=\"plain\">\n");
	for (size_t i = 0; i < file->count && named < NAMED; i++) {
		const struct idmap_range *range = &file->ranges[i], *met = NULL;

		for (size_t j = 0; j < file->count && !met; j++)
			if (j != i && meet(range, &file->ranges[j]) &&
				(range->ours || file->ranges[j].ours))
				met = &file->ranges[j];
		if (!range->ours && !met)
			continue;
		named++;
		markup_add(to, "<li><code>%s</code> %llu to %llu, %llu ids (%s:%u)", range->owner,
			(unsigned long long)range->start,
			(unsigned long long)(range->start + range->count - 1),
			(unsigned long long)range->count, path, range->line);
		if (met)
			markup_add(to, " <span class=\"clashing\">⚠ meets %s, line %u</span>",
				met->owner, met->line);
		text_add(to, "</li>\n");
	}
	text_add(to, "</ul>\n");
}

/* The ids that exist where we live, as they are called there. */
static void add_outer(struct text *to, const struct idmap_map *map, const struct scale *scale)
{
	size_t n = 0;

	begin_lane(to, "known to the namespace the doctor ran in");
	for (size_t i = 0; i < map->count; i++)
		n += add_span(to, scale, "held", map->extents[i].inside, map->extents[i].count);
	if (map->state != FACT_KNOWN)
		add_empty(to, "nobody could look");
	else if (n == 0)
		add_empty(to, "none of these ids");
	end_lane(to);
}

/* "0 1000 1, 1 100000 65536" */
static void parse_got(const char *text, struct idmap_map *ret)
{
	char lines[sizeof(((struct probe *)NULL)->text)];

	*ret = (struct idmap_map){ 0 };
	(void)text_copy(lines, sizeof(lines), text);
	for (char *at = lines; (at = strchr(at, ',')); at++)
		*at = '\n';
	if (idmap_parse_map(ret, lines, strlen(lines)) < 0)
		ret->count = 0;
}

static void add_got_words(struct text *to, const struct idmap_map *map)
{
	text_add(to, "<ul class=\"plain\">\n");
	for (size_t i = 0; i < map->count; i++) {
		const struct idmap_extent *e = &map->extents[i];

		if (e->count == 1)
			markup_add(to, "<li>%llu inside is %llu on the host</li>\n",
				(unsigned long long)e->inside, (unsigned long long)e->outside);
		else
			markup_add(to,
				"<li>%llu to %llu inside are %llu to %llu on the host</li>\n",
				(unsigned long long)e->inside,
				(unsigned long long)(e->inside + e->count - 1),
				(unsigned long long)e->outside,
				(unsigned long long)(e->outside + e->count - 1));
	}
	text_add(to, "</ul>\n");
}

static void add_got(struct text *to, const struct probe *probe, const struct scale *scale)
{
	static const char *const why_not[] = {
		[PROBE_NOT_RUN] = "not tried",
		[PROBE_FAILED] = "none: the trial failed",
		[PROBE_HUNG] = "none: the trial hung",
		[PROBE_UNABLE] = "could not be tried",
	};
	struct idmap_map *map = calloc(1, sizeof(*map));

	begin_lane(to, "what a process of the user got");
	if (map && probe->result == PROBE_OK) {
		parse_got(probe->text, map);
		for (size_t i = 0; i < map->count; i++)
			(void)add_span(
				to, scale, "ours", map->extents[i].outside, map->extents[i].count);
	} else if (probe->result != PROBE_OK)
		add_empty(to, why_not[probe->result]);
	end_lane(to);
	if (map && map->count > 0)
		add_got_words(to, map);
	free(map);
}

static void add_axis(struct text *to, const struct scale *scale)
{
	markup_add(to, "<div class=\"axis\"><span>%llu</span><span>%llu</span></div>\n",
		(unsigned long long)scale->from, (unsigned long long)(scale->to - 1));
}

static void add_kind(struct text *to, const struct report *report, enum idmap_kind kind)
{
	const struct idmap *idmap = &report->host.idmap;
	const struct idmap_file *file = &idmap->files[kind];
	const char *path = idmap_path(kind);
	struct scale scale;
	bool drawn = make_scale(file, &scale);

	markup_add(to, "<section class=\"card\"><h3>%s</h3>\n",
		kind == IDMAP_UID ? "User ids" : "Group ids");
	begin_lane(to, path);
	if (drawn)
		add_ranges(to, file, &scale);
	if (!drawn || idmap_own_count(file) == 0)
		add_empty(to, file->state == FACT_ABSENT    ? "the file is not there"
			      : file->state == FACT_UNKNOWN ? "nobody could look"
							    : "no range of this user");
	end_lane(to);
	if (drawn) {
		add_axis(to, &scale);
		add_range_words(to, file, path);
		add_outer(to, &idmap->outer[kind], &scale);
		if (kind == IDMAP_UID)
			add_got(to, &report->host.probe.probes[PROBE_MAP], &scale);
	}
	text_add(to, "</section>\n");
}

void page_ids(struct text *to, const struct report *report)
{
	text_add(to,
		"<h2 id=\"ids\">The id map</h2>\n<p>Which ids of the host a container of this "
		"user may use.</p>\n<ul class=\"key\"><li class=\"ours\"><i></i>this user's</li>"
		"<li class=\"theirs\"><i></i>another's</li><li class=\"clash\"><i></i>given "
		"twice</li><li class=\"held\"><i></i>exist here</li></ul>\n");
	(void)page_findings_of(to, report, "idmap");
	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++)
		add_kind(to, report, kind);
}
