/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan for hosts that are still to be made, in the words of what makes them: cloud-init, Butane,
 * kickstart, Ansible, or a shell script. The plan is the one rpod-setup would make on such a host:
 * the same checks are judged on, and the same mends asked about, a host as its distribution's
 * installer leaves it (host/stock.h). Nothing is read from this host but its os-release(5), and
 * nothing is written.
 *
 * Which subordinate ids are free only the host itself can say: every format takes them there, by
 * the rules of checks/subid.h (rpod_subid in export-ids.sh), and looks afterwards.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

struct args;
struct change;
struct os;
struct plan;

struct export
{
	const struct plan *plan;
	const struct os *os;
	const char *command;     /* that made it */
	uint64_t ids;            /* how many each user is to have */
	bool packages;           /* those that are missing are installed */
	bool reboot;             /* something of it needs one */
	struct text_list cannot; /* what the format has no words for, one sentence each */
};

struct format {
	const char *word; /* as on the command line */
	/* The host it is for where the format itself says that; NULL: the one of --root. */
	const char *release;
	/* Why it is of no use for hosts of this distribution; NULL: it is. */
	const char *(*refuses)(const struct os *os);
	void (*print)(struct export *x, struct text *ret);
};

extern const struct format format_cloud_init, format_butane, format_kickstart, format_ansible,
	format_shell;

/* A change that the output lacks is told in it and on standard error, never left out silently. */
void export_cannot(struct export *x, const struct change *change, const char *why);
/* The shell of a user to be made: said, or what his distribution has for such. */
const char *export_shell(const struct export *x, const struct change *user);
/* The names of the packages to install, each once; none where nobody asked for that. */
void export_packages(const struct export *x, struct text_list *ret);
/* "# ..." lines: who made it, with which command, for what; then, when all is printed, what is
 * missing. */
void export_header(const struct export *x, struct text *ret);
void export_missing(const struct export *x, struct text *ret);

int command_export(const struct args *args, int argc, char *argv[], struct error *err) MUST_CHECK;
