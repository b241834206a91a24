/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan is what would have to be changed: data, in the order it is to be done. Checks add to it,
 * setup shows it and applies it; nothing here does anything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macro.h"

struct host;
struct request;

enum change_kind {
	CHANGE_USER,      /* name; path: home or ""; text: shell or ""; number: uid or 0; count: 1 a
			    * service account, else 0 */
	CHANGE_PACKAGE,   /* name: of packages that are missing, by blanks; text: "" or
			    * PLAN_NO_PACKAGE; installed where the request says so, else said */
	CHANGE_SUBID,     /* name: user; number: start, count: both files get the same range, and a
			   * file that has it already stays as it is; see checks/subid.h */
	CHANGE_FILE,      /* path; text: whole content; mode; owner 0 */
	CHANGE_USER_FILE, /* the same, written as the user `name`: nothing in a home is trusted */
	CHANGE_MODE,      /* path; mode: permission bits to set on a program of the host */
	CHANGE_CAPS,      /* path; number: capabilities(7) of a program, as bits; text: in words */
	CHANGE_SYSCTL,    /* name: key; text: live value (the file is a CHANGE_FILE) */
	CHANGE_MODULE,    /* name: load now (the file is a CHANGE_FILE); number: 1: no error where
			   * the kernel has none, another does its work */
	CHANGE_SHARE, /* "/" and what is mounted below becomes shared; number: 0: until a boot */
	CHANGE_KERNEL_ARG, /* name: the argument; through the host's boot loader; needs a reboot */
	CHANGE_LINGER,     /* name: user */
	CHANGE_RELOAD,     /* systemd: read units again */
	CHANGE_DELEGATE,   /* name: user; text: controllers; make the running manager have them */
	CHANGE_LIMIT,      /* name: user; text: "nofile" or "tasks"; number: of a running manager */
	CHANGE_DIRECTORY,  /* path; name: the user whose it is; mode: outside his home */
	CHANGE_LABEL, /* path; text: SELinux equivalence path; "": the policy knows the path, only
			    * the labels of what is there are wrong */
	CHANGE_APPARMOR,  /* path: load this profile now; number: 1: its file is new */
	CHANGE_PORT,      /* name: "8080/tcp"; text: "firewalld", "ufw", or "" where none runs */
	CHANGE_USER_UNIT, /* a user file that is a unit: his manager, if it runs, reads it */
	CHANGE_KIND_COUNT
};

struct change {
	const char *check; /* id of the check that asked for it */
	enum change_kind kind;
	char *path;
	char *name;
	char *text;
	uint64_t number, count;
	mode_t mode;
	const char *cost; /* what is given up for it: shown wherever the change is; or NULL */
};

/* Starts as { 0 }; owns its strings. */
struct plan {
	struct change *changes;
	size_t count;
	const char *check;       /* changes added now are this check's */
	const char *cost;        /* and have this cost; NULL: none */
	const struct host *host; /* whose drop-ins of ours are kept; NULL: there are none */
	bool failed;             /* memory ran out: nothing may be applied */
};

void plan_done(struct plan *plan);
#define _cleanup_plan_ CLEANUP(plan_done)

/* Strings are copied; NULL becomes "". Adding the same change twice keeps one. */
/* As the request says; its NULLs and zeros are the system's defaults. */
void plan_user(struct plan *plan, const char *name, const struct request *request);
void plan_package(struct plan *plan, const char *name);
/* What was asked for and this release of the distribution has not. */
#define PLAN_NO_PACKAGE "none"
void plan_no_package(struct plan *plan, const char *name);
void plan_subid(struct plan *plan, const char *user, uint64_t start, uint64_t count);
void plan_file(struct plan *plan, const char *path, mode_t mode, const char *content);
void plan_user_file(
	struct plan *plan, const char *user, const char *path, mode_t mode, const char *content);
void plan_user_unit(struct plan *plan, const char *user, const char *path, const char *content);
void plan_mode(struct plan *plan, const char *path, mode_t mode);
void plan_caps(struct plan *plan, const char *path, uint64_t caps, const char *words);
/* The key's line in our one sysctl drop-in, and the live value. */
void plan_sysctl(struct plan *plan, const char *key, uint64_t value);
void plan_sysctl_range(struct plan *plan, const char *key, uint64_t from, uint64_t last);
/* The module's line in our one modules-load.d file, and loading it now. */
void plan_module(struct plan *plan, const char *name);
/* Loading it alone. */
void plan_module_now(struct plan *plan, const char *name, bool spare);
void plan_share(struct plan *plan, bool kept);
void plan_kernel_arg(struct plan *plan, const char *argument);
void plan_linger(struct plan *plan, const char *user);
void plan_reload(struct plan *plan);
void plan_delegate(struct plan *plan, const char *user, const char *controllers);
/* A line in one section of a drop-in of ours, which holds @present now. */
void plan_dropin_line(struct plan *plan, const char *path, const char *present, const char *section,
	const char *key, uint64_t value);
void plan_limit(struct plan *plan, const char *user, const char *which, uint64_t value);
void plan_directory(struct plan *plan, const char *user, const char *path, mode_t mode);
void plan_label(struct plan *plan, const char *path, const char *like);
void plan_apparmor(struct plan *plan, const char *path, bool is_new);
void plan_port(struct plan *plan, const char *port, const char *firewall);

/* Drop the changes of all other kinds. */
void plan_keep(struct plan *plan, enum change_kind kind);
/* Move @more's changes to where they belong among @plan's; a file that both write becomes what
 * @more says. */
void plan_join(struct plan *plan, struct plan *more);

struct verdict;
/*
 * Ask the checks that can mend (and for which @wanted, indexed like check_at(), is true; NULL: all)
 * for their changes, and bring these into the order they are to be done in. A check that was skipped
 * because of a failed one is only asked when that one is being mended too: what follows from a
 * missing user is planned together with the user.
 */
void plan_mend(struct plan *plan, const struct host *host, const struct request *request,
	const struct verdict *verdicts, const bool *wanted);
