/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

struct signal_name {
	const char *name;
	int number;
};

#define NAMED(name)                                                                                \
	{                                                                                          \
#name, SIG##name                                                                   \
	}

/* signal(7); glibc has a table of its own only since 2.32 */
static const struct signal_name names[] = {
	NAMED(ABRT),
	NAMED(ALRM),
	NAMED(BUS),
	NAMED(CHLD),
	NAMED(CONT),
	NAMED(FPE),
	NAMED(HUP),
	NAMED(ILL),
	NAMED(INT),
	NAMED(IO),
	NAMED(KILL),
	NAMED(PIPE),
	NAMED(POLL),
	NAMED(PROF),
	NAMED(PWR),
	NAMED(QUIT),
	NAMED(SEGV),
	NAMED(STKFLT),
	NAMED(STOP),
	NAMED(SYS),
	NAMED(TERM),
	NAMED(TRAP),
	NAMED(TSTP),
	NAMED(TTIN),
	NAMED(TTOU),
	NAMED(URG),
	NAMED(USR1),
	NAMED(USR2),
	NAMED(VTALRM),
	NAMED(WINCH),
	NAMED(XCPU),
	NAMED(XFSZ),
};

static int by_number(const char *word)
{
	uint32_t number;

	if (parse_u32(word, &number) < 0 || number < 1 || number > (uint32_t)SIGRTMAX)
		return -EINVAL;
	return (int)number;
}

/* RTMIN+n and RTMAX-n, as signal(7) writes them. */
static int real_time(const char *name)
{
	static const struct {
		const char *name;
		char sign;
	} ends[] = { { "RTMIN", '+' }, { "RTMAX", '-' } };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		uint32_t n = 0;
		int number;

		if (strncasecmp(name, ends[i].name, 5) != 0)
			continue;
		if (name[5] && (name[5] != ends[i].sign || parse_u32(name + 6, &n) < 0 || n > 30))
			return -EINVAL;
		number = i == 0 ? SIGRTMIN + (int)n : SIGRTMAX - (int)n;
		return number >= SIGRTMIN && number <= SIGRTMAX ? number : -EINVAL;
	}
	return -EINVAL;
}

int signals_parse(const char *word)
{
	const char *name = strncasecmp(word, "SIG", 3) == 0 ? word + 3 : word;

	if (*word >= '0' && *word <= '9')
		return by_number(word);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i].name, name) == 0)
			return names[i].number;
	return real_time(name);
}
