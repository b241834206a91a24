/* SPDX-License-Identifier: Apache-2.0 */
/* The user's session: runtime directory, bus, manager, lingering (loginctl(1), pam_systemd(8)). */
#pragma once

#include "host/fact.h"
#include "host/sshd.h"

struct session {
	char runtime_dir[64]; /* /run/user/UID */
	struct fact_file runtime;
	struct fact_file bus;        /* RUNTIME/bus */
	struct fact_file manager;    /* RUNTIME/systemd/private: the user manager answers here */
	struct fact_file linger;     /* /var/lib/systemd/linger/NAME */
	struct fact_file logind_pam; /* pam_systemd.so in a module directory */
	struct fact_file bus_unit;   /* dbus.socket among the user units: dbus-user-session */
	/* the link to /dev/null that masks it: systemctl(1) mask; "" where there is none */
	char bus_mask[PATH_MAX];
	char masked[64];   /* the same of the first of logind's units */
	char dropins[256]; /* of the user's manager, in /etc and /run, blank separated */
	enum fact_state pam_sshd,
		pam_login; /* pam_systemd.so in these stacks: pam_session_state() */
	struct sshd sshd;
	/* where podman keeps its state without a runtime directory: the first that is there */
	char fallback[64];
	uid_t fallback_owner;
	bool fallback_used; /* it has containers */
};

struct root;
struct user;
void session_read(struct session *ret, struct root *root, const struct user *user);
/* What of it is in the home: not where looking there would hang. */
void session_read_home(struct session *session, struct root *root, const struct user *user);
