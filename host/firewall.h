/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who decides about packets from outside: a firewall program that is switched on. Rules written by
 * hand with nft(8) only root may see; they are nobody's here.
 */
#pragma once

#include "host/fact.h"

struct firewall {
	enum fact_state firewalld; /* known: it runs */
	enum fact_state ufw;       /* known: it is switched on, now and at boot */
};

struct root;
void firewall_read(struct firewall *ret, struct root *root);
