/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded host as a whole: the input is its answers, files among them ("read PATH"). Every reader
 * reads it, every check judges it, and what is printed has nothing in it that moves a cursor. */
#include <stdio.h>
#include <stdlib.h>

#include "doctor/report.h"
#include "host/answers.h"
#include "host/root.h"
#include "fuzz.h"

static void print_all(const struct report *report)
{
	struct out out = { .width = 80, .utf8 = true };
	char *text = NULL;
	size_t length = 0;

	out.stream = open_memstream(&text, &length);
	fuzz_must(out.stream != NULL);
	report_text(report, &out, REPORT_ALL, 0);
	fuzz_must(report_json(report, &out, NULL) >= 0);
	(void)fclose(out.stream);
	for (size_t i = 0; i < length; i++)
		fuzz_must(((unsigned char)text[i] >= 0x20 && text[i] != 0x7f) || text[i] == '\n' ||
			  text[i] == '\t');
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool wanted[128];
	struct root root = { .kind = ROOT_RECORDED, .fd = -1, .record_fd = -1 };
	struct error err = { 0 };
	struct report report;

	for (size_t i = 0; i < 128; i++)
		wanted[i] = true;
	fuzz_must(check_count() <= 128 && answers_new(&root.answers) == 0);
	if (answers_parse(root.answers, (const char *)data, size, "fuzz", &err) == 0 &&
		report_make(&report, &root, "alice", wanted, HOST_WHOLE, &err) == 0) {
		report.root = "fuzz";
		print_all(&report);
		report_done(&report);
	}
	root_close(&root);
	return 0;
}
