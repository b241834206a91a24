/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "doctor/report.h"

static const char *const scopes[] = {
	[CHECK_HOST] = "host",
	[CHECK_USER] = "user",
	[CHECK_ENGINE] = "engine",
};

static void list_json(const struct out *out)
{
	_cleanup_json_ struct json *all = json_new_object();
	struct json *checks = json_new_array();

	for (size_t i = 0; i < check_count(); i++) {
		struct json *one = json_new_object();

		json_set_text(one, "id", check_at(i)->id);
		json_set_text(one, "title", check_at(i)->title);
		json_set_text(one, "scope", scopes[check_at(i)->scope]);
		json_set_bool(one, "mends", check_at(i)->mend != NULL);
		json_set_text(one, "see", check_at(i)->see);
		json_add(checks, one);
	}
	json_set_text(all, "schema", "rpod-doctor/1");
	json_set(all, "checks", checks);
	(void)!out_json(out, json_print(all, true));
}

void report_list(const struct out *out, bool json)
{
	if (json) {
		list_json(out);
		return;
	}
	for (size_t i = 0; i < check_count(); i++)
		out_print(out, OUT_PLAIN, "%-20s %s\n", check_at(i)->id, check_at(i)->title);
}
