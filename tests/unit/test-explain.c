/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/search.h"
#include "base/text.h"
#include "doctor/explain.h"
#include "doctor/normalise.h"
#include "doctor/report.h"
#include "doctor/signature.h"

/* However it reached us, it is one message. */
static const struct {
	const char *line, *wanted;
} forms[] = {
	{ "Error: X", "error: x" },
	{ "\x1b[31merror\x1b[0m: \x1b]0;title\ax", "error: x" },
	{ "time=\"2026-11-25\" msg=\"no \\\"a\\\"\\n\"", "time='#-#-#' msg='no 'a' '" },
	{ "‘a’ “b” `c` \"d\" «e»", "'a' 'b' 'c' 'd' 'e'" },
	{ "pid 4711\t  uid  0", "pid # uid #" },
	{ "uid_map: Operation nicht erlaubt", "uid_map: operation not permitted" },
	{ "uid_map: Die Operation ist nicht erlaubt", "uid_map: operation not permitted" },
	{ "écriture : Opération non permise", "écriture : operation not permitted" },
	{ "newuidmap: 許可されていない操作です", "newuidmap: operation not permitted" },
	{ "open: Zu viele offene Dateien", "open: too many open files" },
	{ "open: Zu viele offene Dateien im System", "open: too many open files in system" },
	{ "Bus: Kein Medium gefunden", "bus: no medium found" },
	{ "a\x1b", "a" },
	{ "a\\", "a\\" },
	{ "", "" },
};

static void a_message_has_one_form(void **state)
{
	struct normaliser *n = normaliser_new();

	(void)state;
	assert_non_null(n);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct text got = { 0 };
		char copy[256];

		normalise(n, forms[i].line, strlen(forms[i].line), &got);
		(void)text_copy(copy, sizeof(copy), text_get(&got));
		text_done(&got);
		assert_string_equal(copy, forms[i].wanted);
	}
	normaliser_free(n);
}

struct found {
	char list[256];
};

static int note(size_t word, size_t end, void *arg)
{
	struct found *found = arg;
	size_t used = strlen(found->list);

	(void)snprintf(found->list + used, sizeof(found->list) - used, "%zu@%zu ", word, end);
	return 0;
}

static void words_are_found_wherever_they_end(void **state)
{
	static const char *const words[] = { "he", "she", "his", "hers", "" };
	struct search *s = search_new(words, ARRAY_SIZE(words));
	struct found found = { "" };

	(void)state;
	assert_non_null(s);
	assert_int_equal(search_each(s, "ushers, his", 11, note, &found), 0);
	search_free(s);
	assert_string_equal(found.list, "1@4 0@4 3@6 2@11 ");
}

/* The messages of @text: "pattern|pattern". */
static void messages_of(const char *text, char *ret, size_t size)
{
	struct explainer *e;
	const struct hit *hits;
	size_t count;

	*ret = '\0';
	if (explainer_new(&e) < 0)
		return;
	if (explain_bytes(e, text, strlen(text)) == 0 && explain_end(e) == 0) {
		hits = explain_hits(e, &count);
		for (size_t i = 0; i < count; i++) {
			size_t used = strlen(ret);

			(void)snprintf(ret + used, size - used, "%s%s", used ? "|" : "",
				signatures[hits[i].signature].pattern);
		}
	}
	explainer_free(e);
}

static const struct {
	const char *text, *wanted;
} texts[] = {
	{ "all is well\n", "" },
	{ "cannot clone: No space left on device", "cannot clone: No space left on device" },
	{ "write /x: no space left on device\n", "no space left on device" },
	{ "running `/usr/bin/newuidmap 7 0 1000 1`: newuidmap: write to uid_map failed: Operation "
	  "not permitted",
		"newuidmap: write to uid_map failed: Operation not permitted" },
	{ "crun: cannot setresuid to `70000`: Invalid argument",
		"crun: cannot setresuid to `1000`: Invalid argument" },
	{ "a\nlayer not known\nb\nlayer not known", "layer not known" },
	{ "rpod: error while loading shared libraries: x.so: cannot open",
		"error while loading shared libraries: *" },
	{ "Too many users\nlayer not known", "Too many users|layer not known" },
};

static void known_messages_are_found_in_a_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char got[512];

		messages_of(texts[i].text, got, sizeof(got));
		assert_string_equal(got, texts[i].wanted);
	}
}

/* Every id a signature names is a check's, and one with none says where to read on. */
static void every_signature_leads_somewhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < signature_count; i++) {
		char words[256], *rest = words, *id;

		(void)text_copy(words, sizeof(words), signatures[i].checks);
		assert_true((*words == '\0') == (signatures[i].topic != NULL));
		while (*words && (id = strsep(&rest, " ")))
			assert_non_null(check_find(id));
	}
}

static void how_certain_a_cause_is_says_its_verdict(void **state)
{
	(void)state;
	assert_int_equal(
		explain_certainty(&(struct verdict){ .kind = VERDICT_FAIL }), CERTAINTY_CONFIRMED);
	assert_int_equal(
		explain_certainty(&(struct verdict){ .kind = VERDICT_WARN }), CERTAINTY_LIKELY);
	assert_int_equal(
		explain_certainty(&(struct verdict){ .kind = VERDICT_SKIP }), CERTAINTY_POSSIBLE);
	assert_int_equal(
		explain_certainty(&(struct verdict){ .kind = VERDICT_PASS }), CERTAINTY_EXCLUDED);
}

static size_t signature_of(const char *pattern)
{
	size_t i = 0;

	while (i < signature_count && strcmp(signatures[i].pattern, pattern) != 0)
		i++;
	return i;
}

static size_t index_of(const char *id)
{
	size_t i = 0;

	while (i < check_count() && strcmp(check_at(i)->id, id) != 0)
		i++;
	return i;
}

/* What fails comes first, and what a skipped check waits for stands in its place. */
static void the_confirmed_cause_comes_first(void **state)
{
	size_t index = signature_of("newuidmap: write to uid_map failed: Operation not permitted");
	struct verdict *verdicts = calloc(check_count(), sizeof(*verdicts));
	struct report report = { .verdicts = verdicts, .count = check_count() };
	size_t causes[EXPLAIN_CAUSES], n;

	(void)state;
	assert_non_null(verdicts);
	verdicts[index_of("idmap.newuidmap")].kind = VERDICT_FAIL;
	verdicts[index_of("idmap.outer")] =
		(struct verdict){ .kind = VERDICT_SKIP, .skipped_because = "user.exists" };
	verdicts[index_of("user.exists")].kind = VERDICT_FAIL;
	n = explain_causes(index, &report, causes);
	free(verdicts);
	assert_int_equal(n, 6);
	assert_int_equal(causes[0], index_of("idmap.newuidmap"));
	assert_int_equal(causes[1], index_of("user.exists"));
	assert_int_equal(causes[2], index_of("idmap.no-new-privs"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_found_wherever_they_end),
		cmocka_unit_test(a_message_has_one_form),
		cmocka_unit_test(known_messages_are_found_in_a_text),
		cmocka_unit_test(every_signature_leads_somewhere),
		cmocka_unit_test(how_certain_a_cause_is_says_its_verdict),
		cmocka_unit_test(the_confirmed_cause_comes_first),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
