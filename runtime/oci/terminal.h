/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal of a container: a pty of its own devpts, whose master travels to the caller over a
 * socket, and the caller's own terminal made raw while it relays.
 */
#pragma once

#include <sys/types.h>
#include <termios.h>

#include "base/error.h"

struct spec_process;

/* Raw mode for the caller's terminal; @ret_saved is what terminal_restore() puts back. */
int terminal_raw(int fd, struct termios *ret_saved) MUST_CHECK;
void terminal_restore(int fd, const struct termios *saved);
/* Copy the size of @from to @to, after SIGWINCH. */
void terminal_copy_size(int from, int to);
int terminal_set_size(int fd, unsigned short rows, unsigned short columns) MUST_CHECK;

/* -- inside the container, for process.c ------------------------------------------------------ */

/* Unlock the pty whose master was opened, and open its other end. */
int terminal_slave(int master) MUST_CHECK;
/* Make @slave the controlling terminal and standard input, output and error. */
int terminal_take(int slave) MUST_CHECK;
