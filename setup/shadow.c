/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/shadow.h"

#include <errno.h>

#include "setup/tool.h"

enum {
	/* userdel(8), usermod(8): "user currently logged in", which means: has a process */
	SHADOW_USER_BUSY = 8
};

int shadow_run(const char *user, struct error *err, const char *const argv[])
{
	struct error why = { 0 };
	int status = tool_status(TOOL_SECONDS, &why, argv);

	if (status == SHADOW_USER_BUSY)
		return error_say(err, -EBUSY,
			"'%s' still runs programs (%.300s); end them, as with "
			"'loginctl terminate-user %s', then run this again",
			user, why.text, user);
	if (status != 0 && err)
		*err = why;
	return status > 0 ? -EIO : status;
}
