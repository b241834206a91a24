/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/shadow.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/io.h"
#include "setup/lock.h"
#include "setup/tool.h"

enum {
	/* userdel(8), usermod(8): "user currently logged in", which means: has a process */
	SHADOW_USER_BUSY = 8,
	RETRY_MS = 100
};

/* Their word for a lock that another of them holds: "cannot lock /etc/subuid; try again later.", with
 * an exit status of its own per tool and file. */
static bool is_locked_out(const struct error *why)
{
	return strstr(why->text, "try again later");
}

int shadow_status(const char *user, unsigned timeout_s, struct error *err, const char *const argv[])
{
	uint64_t deadline = io_now_ms() + (uint64_t)timeout_s * 1000;
	struct error why = { 0 };
	int status;

	while ((status = tool_status(TOOL_SECONDS, &why, argv)) > 0 && is_locked_out(&why) &&
		io_now_ms() < deadline)
		(void)poll(NULL, 0, RETRY_MS);
	if (status > 0 && is_locked_out(&why)) {
		(void)error_say(
			err, -EBUSY, "%.600s; wait for it, or give --lock-timeout", why.text);
		return error_exit(err, EXIT_BUSY);
	}
	if (status == SHADOW_USER_BUSY)
		return error_say(err, -EBUSY,
			"'%s' still runs programs (%.300s); end them, as with "
			"'loginctl terminate-user %s', then run this again",
			user, why.text, user);
	if (status != 0 && err)
		*err = why;
	return status;
}

int shadow_run(const char *user, unsigned timeout_s, struct error *err, const char *const argv[])
{
	int r = shadow_status(user, timeout_s, err, argv);

	return r > 0 ? -EIO : r;
}
