/* SPDX-License-Identifier: Apache-2.0 */
/* Who is logged in, as logind's own records in /run/systemd say; no bus is asked. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * Has that user a session? One that is closing is none, and none is the user manager's own (systemd
 * counts it as one since 256). @records is the directory, /run/systemd.
 */
bool login_has_session(const char *records, uid_t uid);
