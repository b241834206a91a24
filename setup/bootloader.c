/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/bootloader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "host/root.h"
#include "setup/target.h"
#include "setup/tool.h"

enum {
	COMMAND_WORDS = 12,
	FIRST_WITH_ADD_ALL = 255, /* systemd, kernel-install(8) */
};

/* What kernel-install(8) itself would take where the file is missing, in its order. Without root=
 * a file of ours would be the machine's last boot. */
static int begin_cmdline(struct target *t, struct text *ret, struct error *err)
{
	_cleanup_text_ struct text now = { 0 };
	const char *word;

	if (target_read(t, "/usr/lib/kernel/cmdline", ret, NULL) == 0)
		return 0;
	if (!t->live)
		return error_say(err, -EOPNOTSUPP,
			"what this tree boots with is not written down; put it into "
			"'/etc/kernel/cmdline', then run this again");
	if (io_read_file_at(AT_FDCWD, "/proc/cmdline", 1 << 16, &now) < 0)
		return error_say(err, -EOPNOTSUPP, "cannot read '/proc/cmdline'");
	for (word = text_get(&now); *(word += strspn(word, " \n")); word += strcspn(word, " \n"))
		if (!text_starts(word, "BOOT_IMAGE=") && !text_starts(word, "initrd="))
			text_addf(ret, "%s%.*s", ret->length ? " " : "", (int)strcspn(word, " \n"),
				word);
	text_add(ret, "\n");
	return 0;
}

static bool is_there(struct target *t, const char *path)
{
	struct stat st;

	return target_stat(t, path, &st) == 0;
}

/* Install one kernel again, so that its entry or unified image has the new command line. 1: there
 * is no such kernel, but only its modules. */
static int install_kernel(struct target *t, const char *version, struct error *err)
{
	char image[PATH_MAX], initrd[PATH_MAX];
	bool in_boot;

	(void)snprintf(image, sizeof(image), "/usr/lib/modules/%s/vmlinuz", version);
	in_boot = !is_there(t, image);
	if (in_boot)
		(void)snprintf(image, sizeof(image), "/boot/vmlinuz-%s", version);
	if (!is_there(t, image))
		return 1;
	/* Debian's initramfs-tools makes it before kernel-install is called, and not in it */
	(void)snprintf(initrd, sizeof(initrd), "/boot/initrd.img-%s", version);
	return tool_run(TOOL_SLOW_SECONDS, err,
		(const char *const[]){ "kernel-install", "add", version, image,
			in_boot && is_there(t, initrd) ? initrd : NULL, NULL });
}

static int install_kernels(struct target *t, struct error *err)
{
	_cleanup_text_list_ struct text_list versions = { 0 };
	size_t installed = 0, with_image = 0;
	int r;

	r = root_list(t->root, "/usr/lib/modules", &versions);
	if (r < 0)
		return error_set(err, r, "cannot list '/usr/lib/modules'");
	for (size_t i = 0; i < versions.count; i++) {
		char image[PATH_MAX];

		(void)snprintf(
			image, sizeof(image), "/usr/lib/modules/%s/vmlinuz", versions.items[i]);
		with_image += is_there(t, image);
	}
	if (with_image && cgroup_systemd_version(t->root) >= FIRST_WITH_ADD_ALL)
		return tool_run(TOOL_SLOW_SECONDS, err,
			(const char *const[]){ "kernel-install", "add-all", NULL });
	for (size_t i = 0; i < versions.count; i++) {
		r = install_kernel(t, versions.items[i], err);
		if (r < 0)
			return r;
		installed += r == 0;
	}
	return installed ? 0
			 : error_say(err, -ENOENT,
				   "cannot install the kernels again: none is in "
				   "'/usr/lib/modules' or '/boot'");
}

#define COMMAND(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* One transaction for both: where the second fails, the snapshot is thrown away. */
#define IN_SNAPSHOT(script)                                                                        \
	COMMAND("transactional-update", "--non-interactive", "--continue", "run", "sh", "-c",      \
		script, "@")

static const struct bootloader bootloaders[BOOT_STACK_COUNT] = {
	[BOOT_BOOTC] = {
		.path = "/usr/lib/bootc/kargs.d/10-rpod.toml",
		.edit = bootloader_edit_kargs,
	},
	[BOOT_SNAP] = {
		.ask = COMMAND("snap", "get", "system", "system.kernel.cmdline-append"),
		.add = COMMAND("snap", "set", "system", "system.kernel.cmdline-append=@"),
		.remove = COMMAND("snap", "set", "system", "system.kernel.cmdline-append=@"),
		.whole = true,
	},
	[BOOT_TRANSACTIONAL] = {
		.add = IN_SNAPSHOT("pbl --add-option \"$0\" && pbl --config"),
		.remove = IN_SNAPSHOT("pbl --del-option \"$0\" && pbl --config"),
	},
	[BOOT_OSTREE] = {
		.ask = COMMAND("rpm-ostree", "kargs"),
		.add = COMMAND("rpm-ostree", "kargs", "--append-if-missing=@"),
		.remove = COMMAND("rpm-ostree", "kargs", "--delete-if-present=@"),
	},
	[BOOT_OSTREE_IMAGE] = {
		.add = COMMAND("ostree", "admin", "kargs", "edit-in-place", "--append-if-missing=@"),
	},
	[BOOT_GRUBBY] = {
		.ask = COMMAND("grubby", "--info=ALL"),
		.add = COMMAND("grubby", "--update-kernel=ALL", "--args=@"),
		.remove = COMMAND("grubby", "--update-kernel=ALL", "--remove-args=@"),
	},
	[BOOT_FIRMWARE] = {
		.path = "/boot/firmware/cmdline.txt",
		.edit = bootloader_edit_line,
	},
	[BOOT_OLD_FIRMWARE] = {
		.path = "/boot/cmdline.txt",
		.edit = bootloader_edit_line,
	},
	[BOOT_PBL] = {
		.add = COMMAND("pbl", "--add-option", "@", ";", "pbl", "--config"),
		.remove = COMMAND("pbl", "--del-option", "@", ";", "pbl", "--config"),
		.shown_by = "/etc/default/grub",
		.edit = bootloader_edit_default,
	},
	[BOOT_GRUB_DROP_IN] = {
		.path = "/etc/default/grub.d/60-rpod.cfg",
		.edit = bootloader_edit_drop_in,
		.tell = COMMAND("update-grub"),
		.made = "/boot/grub/grub.cfg",
	},
	[BOOT_GRUB2] = {
		.path = "/etc/default/grub",
		.edit = bootloader_edit_default,
		.tell = COMMAND("grub2-mkconfig", "-o", "/boot/grub2/grub.cfg"),
		.made = "/boot/grub2/grub.cfg",
	},
	[BOOT_GRUB] = {
		.path = "/etc/default/grub",
		.edit = bootloader_edit_default,
		.tell = COMMAND("grub-mkconfig", "-o", "/boot/grub/grub.cfg"),
		.made = "/boot/grub/grub.cfg",
	},
	[BOOT_KERNEL_INSTALL] = {
		.path = "/etc/kernel/cmdline",
		.edit = bootloader_edit_words,
		.begin = begin_cmdline,
		.tell = COMMAND("kernel-install", "add-all"),
		.tell_all = install_kernels,
		.made = "/usr/lib/modules",
	},
};

enum boot_stack bootloader_stack(struct target *t)
{
	struct boot boot;

	boot_read(&boot, t->root);
	return boot.stack;
}

const struct bootloader *bootloader_of(enum boot_stack stack)
{
	const struct bootloader *loader = &bootloaders[stack];

	return loader->path || loader->add ? loader : NULL;
}

/* One command of a list: its words with "@" replaced, up to ";". The rest of the list. */
static const char *const *fill(const char *const *command, const char *argument,
	const char *argv[COMMAND_WORDS], struct text *filled)
{
	size_t i = 0;

	for (; *command && strcmp(*command, ";") != 0 && i + 1 < COMMAND_WORDS; command++, i++) {
		size_t n = strcspn(*command, "@");

		argv[i] = *command;
		if ((*command)[n] != '@')
			continue;
		/* no row has more than one */
		text_addf(filled, "%.*s%s", (int)n, *command, argument);
		argv[i] = text_get(filled);
	}
	argv[i] = NULL;
	return *command ? command + 1 : NULL;
}

static int run(
	struct target *t, const char *const *commands, const char *argument, struct error *err)
{
	int r = 0;

	target_progress(t, "telling the boot loader");
	while (r >= 0 && commands && *commands) {
		_cleanup_text_ struct text filled = { 0 };
		const char *argv[COMMAND_WORDS];

		commands = fill(commands, argument, argv, &filled);
		r = text_failed(&filled) ? -ENOMEM : tool_run(TOOL_SLOW_SECONDS, err, argv);
	}
	target_progress(t, NULL);
	return r;
}

/* "args=" lines are grubby's, one for each kernel: all have to have it. */
static bool says(char *output, const char *argument)
{
	size_t length = strlen(output), at = 0, n, kernels = 0, with = 0;
	const char *line;

	for (char *c = output; *c; c++)
		if (*c == '"')
			*c = ' ';
	while ((line = text_line(output, length, &at, &n))) {
		_cleanup_text_ struct text words = { 0 };

		text_add_bytes(&words, line, n);
		kernels += text_starts(text_get(&words), "args=");
		with += text_has_word(text_get(&words), argument);
	}
	return with > 0 && with >= kernels;
}

bool bootloader_has(struct target *t, const struct bootloader *loader, const char *argument)
{
	_cleanup_text_ struct text output = { 0 };

	return t->live && loader->ask && tool_ask(TOOL_SECONDS, loader->ask, &output, NULL) == 0 &&
	       output.data && says(output.data, argument);
}

/* All that is asked for now, with the argument or without it. */
static int whole(const struct bootloader *loader, const char *argument, bool with, struct text *ret,
	struct error *err)
{
	_cleanup_text_ struct text now = { 0 };
	struct error why = { 0 };
	int r = tool_ask(TOOL_SECONDS, loader->ask, &now, &why);

	/* it fails while nothing is set, and says so; any other failure hides what is set */
	if (r != 0 && !(r > 0 && strstr(text_get(&now), "has no "))) {
		if (err)
			*err = why;
		return r < 0 ? r : -EIO;
	}
	if (r != 0)
		text_done(&now);
	bootloader_drop_word(text_get(&now), argument, ret);
	if (with)
		text_addf(ret, "%s%s", ret->length ? " " : "", argument);
	return text_failed(ret) ? error_set(err, -ENOMEM, "cannot keep what is set") : 0;
}

static int change(struct target *t, const struct bootloader *loader, const char *argument,
	bool with, struct error *err)
{
	_cleanup_text_ struct text all = { 0 };
	int r = loader->whole ? whole(loader, argument, with, &all, err) : 0;

	if (r < 0)
		return r;
	return run(t, with ? loader->add : loader->remove,
		loader->whole ? text_get(&all) : argument, err);
}

int bootloader_add(
	struct target *t, const struct bootloader *loader, const char *argument, struct error *err)
{
	int r = change(t, loader, argument, true, err);

	/* what the first of two commands wrote there is not to look like the work done */
	if (r < 0 && loader->shown_by)
		(void)!change(t, loader, argument, false, NULL);
	return r;
}

int bootloader_remove(
	struct target *t, const struct bootloader *loader, const char *argument, struct error *err)
{
	return change(t, loader, argument, false, err);
}

int bootloader_tell(struct target *t, const struct bootloader *loader, struct error *err)
{
	int r;

	if (!t->live || !loader->tell)
		return 0;
	if (!loader->tell_all)
		return run(t, loader->tell, "", err);
	target_progress(t, "telling the boot loader");
	r = loader->tell_all(t, err);
	target_progress(t, NULL);
	return r;
}
