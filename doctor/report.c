/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/report.h"

#include <errno.h>
#include <stdlib.h>

#include "base/io.h"
#include "host/root.h"

/* What the first line says comes from these, whatever is asked. */
enum {
	HEADER = HOST_OS | HOST_KERNEL | HOST_USER | HOST_CONTEXT | HOST_CGROUP
};

int report_make(struct report *ret, struct root *root, const char *user, const bool *wanted,
	unsigned sections, struct error *err)
{
	uint64_t began = io_now_ms();
	struct report report = { .wanted = wanted, .count = check_count() };
	int r;

	report.verdicts = calloc(report.count, sizeof(*report.verdicts));
	if (!report.verdicts)
		return error_set(err, -ENOMEM, "cannot judge the host");
	r = host_read(&report.host, root, user, sections | HEADER, err);
	if (r < 0) {
		free(report.verdicts);
		return r;
	}
	check_judge(&report.host, wanted, report.verdicts);
	for (size_t i = 0; i < report.count; i++)
		if (report_shows(&report, i))
			report.sums[report.verdicts[i].kind]++;
	report.ms = (unsigned)(io_now_ms() - began);
	*ret = report;
	return 0;
}

void report_done(struct report *report)
{
	if (!report->verdicts)
		return;
	host_done(&report->host);
	free(report->verdicts);
	report->verdicts = NULL;
}

bool report_shows(const struct report *report, size_t index)
{
	return report->wanted[index] || report->verdicts[index].kind == VERDICT_FAIL;
}

int report_status(const struct report *report, bool strict)
{
	return report->sums[VERDICT_FAIL] > 0 || (strict && report->sums[VERDICT_WARN] > 0);
}

unsigned report_ms(const struct report *report, const struct check *check)
{
	unsigned ms = 0;

	for (unsigned i = 0; i < PROBE_COUNT; i++)
		if (check->probes & (1u << i))
			ms += report->host.probe.probes[i].ms;
	return ms;
}
