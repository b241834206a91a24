/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --fix: the doctor writes nothing itself. What rpod-setup can mend is handed to rpod-setup, the one
 * that stands beside this program; on a terminal after it has shown its plan and was told to go on,
 * else as one line to copy.
 */
#pragma once

#include "base/error.h"
#include "base/out.h"
#include "doctor/report.h"

#define FIX_GUARDS "apparmor-userns|low-ports"

struct fix_request {
	bool yes;                       /* nobody is asked */
	const struct text_list *weaken; /* guards that may be lowered, of FIX_GUARDS */
};

/* -EINVAL: it names a guard that is none. */
int fix_check(const struct fix_request *request, struct error *err) MUST_CHECK;

/* 1: something was applied, look again. 0: nothing was. Negative errno: rpod-setup could not run. */
int fix_offer(const struct report *report, const struct fix_request *request, const struct out *out,
	struct error *err) MUST_CHECK;
