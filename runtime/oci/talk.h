/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's side of the conversation with a process in the making (channel.h). */
#pragma once

#include "base/error.h"

struct process;

/* Hear and serve the child until it says that all is made. */
int talk_until_ready(struct process *process, struct error *err) MUST_CHECK;
/* And until its command runs: the channel is closed then. */
int talk_until_exec(struct process *process, struct error *err) MUST_CHECK;
