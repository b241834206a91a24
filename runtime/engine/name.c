/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/name.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static const char *const adjectives[] = {
	"amber",
	"brave",
	"brisk",
	"calm",
	"clear",
	"coral",
	"crisp",
	"dapper",
	"eager",
	"early",
	"fair",
	"fleet",
	"fond",
	"gentle",
	"glad",
	"golden",
	"green",
	"handy",
	"happy",
	"honest",
	"jolly",
	"keen",
	"kind",
	"late",
	"light",
	"lively",
	"lucky",
	"mellow",
	"merry",
	"mild",
	"misty",
	"modest",
	"neat",
	"noble",
	"patient",
	"plain",
	"plucky",
	"proud",
	"quick",
	"quiet",
	"rapid",
	"ready",
	"ruby",
	"rustic",
	"sharp",
	"silent",
	"silver",
	"smooth",
	"snowy",
	"solid",
	"spry",
	"steady",
	"stout",
	"sunny",
	"swift",
	"tidy",
	"tough",
	"upbeat",
	"vivid",
	"warm",
	"wise",
	"witty",
	"young",
	"zesty",
};

static const char *const nouns[] = {
	"acorn",
	"alder",
	"anchor",
	"badger",
	"barge",
	"beacon",
	"beaver",
	"birch",
	"bison",
	"brook",
	"canoe",
	"cedar",
	"clover",
	"cobble",
	"comet",
	"cove",
	"crane",
	"creek",
	"delta",
	"falcon",
	"fern",
	"finch",
	"fjord",
	"fox",
	"gannet",
	"glade",
	"harbor",
	"hazel",
	"heron",
	"hill",
	"ibex",
	"island",
	"juniper",
	"kestrel",
	"kettle",
	"lagoon",
	"lantern",
	"larch",
	"lark",
	"linden",
	"lynx",
	"maple",
	"marten",
	"meadow",
	"moose",
	"otter",
	"owl",
	"pebble",
	"pine",
	"plover",
	"pond",
	"puffin",
	"raven",
	"reef",
	"ridge",
	"robin",
	"sail",
	"sparrow",
	"spruce",
	"stork",
	"tern",
	"thistle",
	"walrus",
	"willow",
};

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool name_is_valid(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n >= NAME_SIZE || !is_letter_or_digit(name[0]))
		return false;
	for (const char *c = name; *c; c++)
		if (!is_letter_or_digit(*c) && !strchr("_.-", *c))
			return false;
	return true;
}

int name_make_id(char ret[ID_SIZE])
{
	uint8_t bytes[ID_SIZE / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -EIO;
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

void name_generate(const char *id, unsigned attempt, char ret[NAME_SIZE])
{
	uint32_t hash = 2166136261U + attempt * 40503U; /* FNV-1a */

	for (const char *c = id; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619U;
	(void)snprintf(ret, NAME_SIZE, "%s_%s", adjectives[hash % ARRAY_SIZE(adjectives)],
		nouns[(hash >> 16) % ARRAY_SIZE(nouns)]);
	if (attempt > 3)
		(void)snprintf(ret + strlen(ret), NAME_SIZE - strlen(ret), "%u", attempt);
}
