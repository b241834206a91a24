/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void error_fill(struct error *err, int code, const char *fmt, va_list args)
{
	*err = (struct error){ .code = code };
	(void)vsnprintf(err->text, sizeof(err->text), fmt, args);
}

int error_set(struct error *err, int code, const char *fmt, ...)
{
	va_list args;
	size_t length;

	if (!err)
		return code;
	va_start(args, fmt);
	error_fill(err, code, fmt, args);
	va_end(args);
	length = strlen(err->text);
	(void)snprintf(err->text + length, sizeof(err->text) - length, ": %s", strerror(-code));
	return code;
}

int error_say(struct error *err, int code, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return code;
	va_start(args, fmt);
	error_fill(err, code, fmt, args);
	va_end(args);
	return code;
}

int error_prefix(struct error *err, const char *fmt, ...)
{
	char before[sizeof(err->text)];
	char context[256];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);
	memcpy(before, err->text, sizeof(before));
	(void)snprintf(err->text, sizeof(err->text), "%s: %.*s", context,
		(int)(sizeof(err->text) - sizeof(context) - 3), before);
	return err->code;
}

int error_see(struct error *err, const char *check_id)
{
	(void)snprintf(err->see, sizeof(err->see), "%s", check_id);
	return err->code;
}

int error_exit(struct error *err, int status)
{
	err->exit_status = status;
	return err->code;
}
