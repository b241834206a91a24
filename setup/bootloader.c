/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/bootloader.h"

#include <string.h>
#include <unistd.h>

#include "checks/dropin.h"
#include "setup/target.h"
#include "setup/tool.h"

static bool is_there(struct target *t, const char *path)
{
	struct stat st;

	return target_stat(t, path, &st) == 0;
}

static bool has_ostree(struct target *t)
{
	return t->live && access("/run/ostree-booted", F_OK) == 0 && tool_is_here("rpm-ostree");
}

static bool has_grubby(struct target *t)
{
	return t->live && tool_is_here("grubby") && is_there(t, "/boot/loader");
}

static bool has_grub_drop_ins(struct target *t)
{
	return is_there(t, "/etc/default/grub") &&
	       (is_there(t, "/usr/sbin/update-grub") || is_there(t, "/etc/default/grub.d"));
}

static bool has_pi_firmware(struct target *t)
{
	return is_there(t, "/boot/firmware/cmdline.txt");
}

static bool has_old_pi_firmware(struct target *t)
{
	return is_there(t, "/boot/cmdline.txt");
}

static bool has_kernel_install(struct target *t)
{
	return is_there(t, "/etc/kernel/cmdline");
}

/* A line of shell that adds to what the main file and the cloud image's drop-in have set. */
int bootloader_edit_grub(const char *now, const char *argument, struct text *ret)
{
	_cleanup_text_ struct text line = { 0 };

	text_addf(&line, "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX %s\"\n", argument);
	text_add(ret, *now ? now : DROPIN_HEADER);
	if (strstr(now, text_get(&line)))
		return 1;
	if (*now && !text_ends(now, "\n"))
		text_add(ret, "\n");
	text_add(ret, text_get(&line));
	return 0;
}

/* One line for firmware that reads no second one: the argument goes to its end. */
int bootloader_edit_line(const char *now, const char *argument, struct text *ret)
{
	size_t first = strcspn(now, "\n");

	if (text_has_word(now, argument)) {
		text_add(ret, now);
		return 1;
	}
	while (first > 0 && now[first - 1] == ' ')
		first--;
	text_add_bytes(ret, now, first);
	text_addf(ret, "%s%s", first ? " " : "", argument);
	text_add(ret, now[first] ? now + strcspn(now, "\n") : "");
	return 0;
}

static const char *const update_grub[] = { "update-grub", NULL };
static const char *const kernel_install[] = { "kernel-install", "add-all", NULL };
static const char *const ostree_add[] = { "rpm-ostree", "kargs", "--append-if-missing=@", NULL };
static const char *const ostree_remove[] = { "rpm-ostree", "kargs", "--delete-if-present=@", NULL };
static const char *const grubby_add[] = { "grubby", "--update-kernel=ALL", "--args=@", NULL };
static const char *const grubby_remove[] = { "grubby", "--update-kernel=ALL", "--remove-args=@",
	NULL };

static const struct bootloader bootloaders[] = {
	{ .word = "rpm-ostree", .is_here = has_ostree, .add = ostree_add, .remove = ostree_remove },
	{ .word = "grubby", .is_here = has_grubby, .add = grubby_add, .remove = grubby_remove },
	{
		.word = "GRUB",
		.is_here = has_grub_drop_ins,
		.path = "/etc/default/grub.d/60-rpod.cfg",
		.edit = bootloader_edit_grub,
		.tell = update_grub,
	},
	{
		.word = "the firmware's cmdline.txt",
		.is_here = has_pi_firmware,
		.path = "/boot/firmware/cmdline.txt",
		.edit = bootloader_edit_line,
	},
	{
		.word = "the firmware's cmdline.txt",
		.is_here = has_old_pi_firmware,
		.path = "/boot/cmdline.txt",
		.edit = bootloader_edit_line,
	},
	{
		.word = "kernel-install",
		.is_here = has_kernel_install,
		.path = "/etc/kernel/cmdline",
		.edit = bootloader_edit_line,
		.tell = kernel_install,
	},
};

const struct bootloader *bootloader_find(struct target *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(bootloaders); i++)
		if (bootloaders[i].is_here(t))
			return &bootloaders[i];
	return NULL;
}

int bootloader_run(
	struct target *t, const char *const command[], const char *argument, struct error *err)
{
	const char *argv[8] = { NULL };
	char filled[256];
	int r;

	if (!t->live || !command)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(argv) - 1 && command[i]; i++) {
		size_t n = strcspn(command[i], "@");

		argv[i] = command[i];
		if (command[i][n] != '@')
			continue;
		(void)snprintf(filled, sizeof(filled), "%.*s%s", (int)n, command[i], argument);
		argv[i] = filled;
	}
	target_progress(t, "telling the boot loader");
	r = tool_run(TOOL_SLOW_SECONDS, err, argv);
	target_progress(t, NULL);
	return r;
}
