/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes a container start opens. Whether they *work* is a probe's business. */
#pragma once

#include "host/fact.h"

struct device {
	struct fact_file fuse; /* /dev/fuse, char 10:229 */
	struct fact_file tun;  /* /dev/net/tun, char 10:200 */
	struct fact_file null; /* /dev/null, char 1:3 */
};

struct root;
void device_read(struct device *ret, struct root *root);
