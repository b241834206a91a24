/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this system's own C library says of an error, in each language we know, is understood. Its
 * catalogues are Debian's libc-l10n; they are chosen by $LANGUAGE alone, no such locale is needed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macro.h"
#include "base/text.h"
#include "doctor/errno-words.h"
#include "doctor/normalise.h"

/* As the rows of errno_words. */
static const int numbers[] = { EPERM, EACCES, ENOENT, ENOSPC, EINVAL, EDQUOT, EMFILE, EROFS, EBUSY,
	EAGAIN, ENODEV, EOPNOTSUPP, ENOTCONN, ECONNREFUSED, ENOEXEC, EUSERS, ENOMEM, ENFILE, ERANGE,
	ETIMEDOUT, EHOSTUNREACH, ENOMEDIUM };
_Static_assert(ARRAY_SIZE(numbers) == ERRNO_ROWS, "a number per row");

static struct normaliser *normaliser;

/* The library asks $LANGUAGE again when the locale has changed. */
static bool speak(const char *language)
{
	return setenv("LANGUAGE", language, 1) == 0 && setlocale(LC_ALL, "C") &&
	       setlocale(LC_ALL, "C.UTF-8");
}

static void understood(const char *language, size_t row)
{
	struct text got = { 0 };
	char line[256], wanted[256], copy[256];

	(void)snprintf(line, sizeof(line), "tool: %s (x)", strerror(numbers[row]));
	(void)snprintf(wanted, sizeof(wanted), "tool: %s (x)", errno_words[row].english);
	normalise(normaliser, line, strlen(line), &got);
	(void)text_copy(copy, sizeof(copy), text_get(&got));
	text_done(&got);
	if (strcmp(copy, wanted) != 0)
		fail_msg("%s: '%s' is read as '%s'", language, line, copy);
}

static void all_are_understood(void **state)
{
	const char *language = *state;

	assert_true(speak(language));
	if (strcmp(language, "en") != 0 && strcmp(strerror(EPERM), "Operation not permitted") == 0)
		skip(); /* no such catalogue here */
	for (size_t i = 0; i < ERRNO_ROWS; i++)
		understood(language, i);
}

static int begin(void **state)
{
	(void)state;
	normaliser = normaliser_new();
	return normaliser ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	normaliser_free(normaliser);
	return 0;
}

int main(void)
{
	static char languages[][6] = { "en", "de", "fr", "es", "it", "pt", "pt_BR", "nl", "pl",
		"cs", "sv", "ru", "uk", "tr", "ja", "ko", "zh_CN", "zh_TW" };
	static char names[ARRAY_SIZE(languages)][160];
	struct CMUnitTest tests[ARRAY_SIZE(languages)];

	for (size_t i = 0; i < ARRAY_SIZE(languages); i++) {
		(void)snprintf(
			names[i], sizeof(names[i]), "errors_are_understood_in_%s", languages[i]);
		tests[i] = (struct CMUnitTest){
			.name = names[i],
			.test_func = all_are_understood,
			.initial_state = languages[i],
		};
	}
	return cmocka_run_group_tests(tests, begin, end);
}
