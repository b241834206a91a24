/* SPDX-License-Identifier: Apache-2.0 */
/* --redact: the report without names, before anything is printed of it. */
#pragma once

#include "base/error.h"
#include "doctor/report.h"
#include "host/redact.h"

/* Change every text of the model that a printer shows, and every verdict. */
int redact_report(const struct redact *redact, struct report *report, struct error *err) MUST_CHECK;
