/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine below the distribution: its processor, its clock, its way to other machines, and
 * whether it is a Linux kernel at all that answers.
 */
#pragma once

#include "host/fact.h"

struct platform {
	struct fact_number clock; /* seconds since 1970 */
	/* words of /proc/cpuinfo that x86-64-v2 wants and this processor lacks; absent: no x86-64 */
	struct fact_text lacks_v2;
	struct fact_text kind; /* "gVisor", "OpenVZ"; absent: neither */
	/* interfaces of the default routes; absent: there is none */
	struct fact_text route4, route6;
	struct fact_number mtu; /* of the first of them */
	struct fact_number
		ipv6_off; /* net.ipv6.conf.all.disable_ipv6; absent: the kernel has none */
};

struct root;
void platform_read(struct platform *ret, struct root *root);

/* What of x86-64-v2 is not in the first line "flags" of /proc/cpuinfo. False: no such line. */
bool platform_parse_cpu(const char *data, size_t length, char *ret, size_t size);
/* The interface of the default route in /proc/net/route, or in /proc/net/ipv6_route. */
bool platform_parse_route(const char *data, size_t length, char *ret, size_t size);
bool platform_parse_route6(const char *data, size_t length, char *ret, size_t size);
