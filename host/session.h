/* SPDX-License-Identifier: Apache-2.0 */
/* The user's session: runtime directory, bus, manager, lingering (loginctl(1), pam_systemd(8)). */
#pragma once

#include "host/fact.h"

struct session {
	char runtime_dir[64]; /* /run/user/UID */
	struct fact_file runtime;
	struct fact_file bus;        /* RUNTIME/bus */
	struct fact_file manager;    /* RUNTIME/systemd/private: the user manager answers here */
	struct fact_file linger;     /* /var/lib/systemd/linger/NAME */
	struct fact_file logind_pam; /* pam_systemd.so in a module directory */
	struct fact_file bus_unit;   /* dbus.socket among the user units: dbus-user-session */
};

struct root;
struct user;
void session_read(struct session *ret, struct root *root, const struct user *user);
