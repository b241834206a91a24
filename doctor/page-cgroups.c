/* SPDX-License-Identifier: Apache-2.0 */
/* The way of the controllers, from the root down to the user's manager, and where it breaks. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "doctor/markup.h"
#include "doctor/page.h"

/* The first two are what every limit wants. The third counts where those arrive; the rest are welcome. */
static const char *const controllers[] = { "memory", "pids", "cpu", "cpuset", "io" };
enum {
	REQUIRED = 2,
	COUNTED = 3,
};

static bool is_last(const struct cgroup *cgroup, size_t at)
{
	return at + 1 == cgroup->count || cgroup->chain[at + 1].state == FACT_ABSENT;
}

/* Has it, and does not hand it on to a node that could have it. */
static bool is_kept(const struct cgroup *cgroup, size_t at, const char *controller)
{
	const struct cgroup_node *node = &cgroup->chain[at];

	return !is_last(cgroup, at) && node->handed_on.state == FACT_KNOWN &&
	       cgroup_has(node, controller) && !cgroup_hands_on(node, controller);
}

/* How many of the controllers, from the first on, are a break where they stop. */
static size_t counted(const struct cgroup *cgroup)
{
	for (size_t at = 0; at < cgroup->count; at++)
		for (size_t i = 0; i < REQUIRED; i++)
			if (is_kept(cgroup, at, controllers[i]))
				return REQUIRED;
	return COUNTED;
}

static bool is_break(const struct cgroup *cgroup, size_t at)
{
	for (size_t i = 0; i < counted(cgroup); i++)
		if (is_kept(cgroup, at, controllers[i]))
			return true;
	return false;
}

static void add_chips(struct text *to, const struct cgroup *cgroup, size_t at)
{
	const struct cgroup_node *node = &cgroup->chain[at];

	text_add(to, "<div class=\"chips\">");
	for (size_t i = 0; i < ARRAY_SIZE(controllers); i++) {
		const char *name = controllers[i];
		bool kept = is_kept(cgroup, at, name);

		if (!cgroup_has(node, name))
			markup_add(
				to, "<span class=\"chip off\" title=\"not here\">%s</span>", name);
		else if (kept && i < counted(cgroup))
			markup_add(to, "<span class=\"chip lost\">✗ %s stops</span>", name);
		else if (kept)
			markup_add(to, "<span class=\"chip kept\">%s stops</span>", name);
		else
			markup_add(to, "<span class=\"chip\">%s%s</span>", name,
				is_last(cgroup, at) ? "" : " ↓");
	}
	text_add(to, "</div>");
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void add_node(struct text *to, const struct cgroup *cgroup, size_t at)
{
	const struct cgroup_node *node = &cgroup->chain[at];
	bool breaks = is_break(cgroup, at);

	markup_add(to, "<li class=\"node%s\"><div class=\"box\"><code title=\"%s\">%s</code>",
		breaks ? " break" : "", node->path, last_part(node->path));
	if (node->state == FACT_KNOWN)
		markup_add(to, "<span class=\"who\">of uid %u</span>", (unsigned)node->owner);
	if (node->state != FACT_KNOWN)
		markup_add(to, "<span class=\"who\">%s</span>",
			node->state == FACT_ABSENT ? "is not there" : "nobody could look");
	else if (node->controllers.state != FACT_KNOWN)
		text_add(to, "<span class=\"who\">controllers unknown</span>");
	else
		add_chips(to, cgroup, at);
	if (breaks)
		text_add(to, "<p class=\"broken\">The chain breaks here.</p>");
	text_add(to, "</div>");
}

static void add_chain(struct text *to, const struct cgroup *cgroup)
{
	text_add(to, "<ol class=\"tree\">\n");
	for (size_t i = 0; i < cgroup->count; i++) {
		add_node(to, cgroup, i);
		if (i + 1 < cgroup->count)
			text_add(to, is_break(cgroup, i) ? "\n<ol class=\"cut\">\n" : "\n<ol>\n");
	}
	for (size_t i = 0; i < cgroup->count; i++)
		text_add(to, i + 1 < cgroup->count ? "</li></ol>" : "</li>");
	text_add(to, "</ol>\n");
}

void page_cgroups(struct text *to, const struct report *report)
{
	const struct cgroup *cgroup = &report->host.cgroup;

	text_add(to, "<h2 id=\"cgroups\">The cgroup tree</h2>\n<p>A limit needs its controller "
		     "handed down (↓) by every node above the user's manager.</p>\n"
		     "<section class=\"card\">\n");
	(void)page_findings_of(to, report, "cgroup session.manager");
	if (cgroup->count > 0 && cgroup->version != CGROUP_V1)
		add_chain(to, cgroup);
	else
		markup_add(to, "<p>Nothing to draw: cgroups are %s here.</p>\n",
			cgroup_version_words(cgroup->version));
	text_add(to, "</section>\n");
}
