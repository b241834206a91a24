/* SPDX-License-Identifier: Apache-2.0 */
#include "host/device.h"

#include "host/root.h"

void device_read(struct device *ret, struct root *root)
{
	root_stat(root, "/dev/fuse", &ret->fuse);
	root_stat(root, "/dev/net/tun", &ret->tun);
	root_stat(root, "/dev/null", &ret->null);
}
