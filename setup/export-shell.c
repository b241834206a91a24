/* SPDX-License-Identifier: Apache-2.0 */
/* A script for POSIX sh, run as root on the host: as often as one likes. */
#include "setup/export-step.h"
#include "setup/export.h"

static void print(struct export *x, struct text *ret)
{
	_cleanup_text_ struct text script = { 0 };

	step_script(x, STEP_ALL, "", &script);
	text_add(ret, "#!/bin/sh\n");
	export_header(x, ret);
	text_add(ret,
		"# Run it as root, as often as you like. It ends with 0, with 1 when something "
		"failed, with\n# 3 when a reboot is pending.\n");
	export_missing(x, ret);
	if (script.length == 0)
		text_add(ret, "\necho 'nothing to change'\n");
	else
		text_addf(ret,
			"\n[ \"$(id -u)\" -eq 0 ] || { echo 'needs root' >&2; exit 77; }\n\n%s",
			text_get(&script));
}

const struct format format_shell = { .word = "shell", .print = print };
