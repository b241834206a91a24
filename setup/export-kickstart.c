/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections for a kickstart file. They run in the installed system's tree, where the systemd that
 * answers is the installer's: only files count there, and the first boot reads them. The installer
 * boots the new system anyway, so there is no reboot to ask for.
 */
#include "host/os.h"
#include "setup/export-step.h"
#include "setup/export.h"

static const char *refuses(const struct os *os)
{
	return os->family == OS_REDHAT
		       ? NULL
		       : "it installs Red Hat's family; name the tree of such a "
			 "host, or a directory with its etc/os-release, with --root";
}

static void packages(const struct export *x, struct text *ret)
{
	_cleanup_text_list_ struct text_list names = { 0 };

	export_packages(x, &names);
	for (size_t i = 0; i < names.count; i++)
		text_addf(ret, "%s%s\n", i ? "" : "\n%packages\n", names.items[i]);
	text_add(ret, names.count ? "%end\n" : "");
}

static void print(struct export *x, struct text *ret)
{
	_cleanup_text_ struct text script = { 0 };

	step_script(x, STEP_ALL & ~STEP(CHANGE_PACKAGE), "live=''\n", &script);
	export_header(x, ret);
	if (x->reboot)
		text_add(ret, "# Kernel arguments hold from the first boot of the installed system "
			      "on: end with 'reboot'.\n");
	export_missing(x, ret);
	packages(x, ret);
	if (script.length)
		text_addf(ret, "\n%%post --erroronfail --log=/root/rpod-setup.log\n%s%%end\n",
			text_get(&script));
}

const struct format format_kickstart = {
	.word = "kickstart",
	.refuses = refuses,
	.print = print,
};
