/* SPDX-License-Identifier: Apache-2.0 */
#include "host/boot.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "host/boot-args.h"
#include "host/context.h"
#include "host/os.h"
#include "host/root.h"

/* What a row's question may look at. */
struct look {
	struct root *root;
	struct os os;
	struct fact_text container;
};

static bool has(const struct look *l, const char *path)
{
	struct fact_file file;

	root_stat(l->root, path, &file);
	return file.state == FACT_KNOWN;
}

static bool has_program(const struct look *l, const char *name)
{
	static const char *const dirs[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
		"/usr/bin", "/sbin", "/bin" };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		if (has(l, path))
			return true;
	}
	return false;
}

static bool is_contained(const struct look *l)
{
	return l->root->kind != ROOT_IMAGE && l->container.state == FACT_KNOWN;
}

/* In the build of such an image its tree is the root of a container. */
static bool is_bootc_image(const struct look *l)
{
	return (l->root->kind == ROOT_IMAGE || is_contained(l)) && !has(l, "/run/ostree-booted") &&
	       has(l, "/usr/lib/bootc");
}

static bool is_wsl(const struct look *l)
{
	return is_contained(l) && strcmp(l->container.value, "wsl") == 0;
}

static bool is_ubuntu_core(const struct look *l)
{
	return strcmp(l->os.id, "ubuntu-core") == 0;
}

static bool is_transactional(const struct look *l)
{
	return l->os.transactional;
}

static bool has_rpm_ostree(const struct look *l)
{
	return l->os.ostree && has_program(l, "rpm-ostree");
}

static bool is_ostree(const struct look *l)
{
	return l->os.ostree;
}

static bool has_grubby(const struct look *l)
{
	return has_program(l, "grubby") && has(l, "/boot/loader");
}

static bool has_firmware(const struct look *l)
{
	return has(l, "/boot/firmware/cmdline.txt");
}

/* Raspberry Pi OS leaves a notice of several lines where its file was until version 11. */
static bool has_old_firmware(const struct look *l)
{
	_cleanup_text_ struct text text = { 0 };
	const char *line;

	if (root_read(l->root, "/boot/cmdline.txt", ROOT_READ_LIMIT, &text) < 0)
		return false;
	line = text_get(&text);
	line += strcspn(line, "\n");
	return !line[strspn(line, " \t\r\n")];
}

static bool has_pbl(const struct look *l)
{
	return l->os.family == OS_SUSE && has_program(l, "pbl");
}

/* That a file of grub.d is read is Debian's addition to grub-mkconfig; update-grub is Debian's too,
 * and others have a script of that name whose grub-mkconfig does not read it. */
static bool has_grub_drop_ins(const struct look *l)
{
	return has(l, "/etc/default/grub") &&
	       (l->os.family == OS_DEBIAN ||
		       (l->os.family == OS_OTHER && has_program(l, "update-grub")));
}

static bool has_grub2(const struct look *l)
{
	return has(l, "/etc/default/grub") && has_program(l, "grub2-mkconfig");
}

static bool has_grub(const struct look *l)
{
	return has(l, "/etc/default/grub") && has_program(l, "grub-mkconfig");
}

static bool has_kernel_install(const struct look *l)
{
	static const char *const loaders[] = { "/etc/kernel/cmdline", "/efi/loader/loader.conf",
		"/boot/efi/loader/loader.conf", "/boot/loader/loader.conf" };

	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++)
		if (has(l, loaders[i]))
			return has_program(l, "kernel-install");
	return false;
}

/* In the advice "@" stands for the argument. */
static const struct {
	const char *word;
	bool (*is_here)(const struct look *l);
	const char *advice;
} stacks[] = {
	[BOOT_UNKNOWN] = { "unknown", NULL, "add @ to the kernel command line; then reboot" },
	[BOOT_BOOTC] = { "bootc", is_bootc_image,
		"in the image: /usr/lib/bootc/kargs.d/10-rpod.toml with kargs = [\"@\"]" },
	[BOOT_WSL] = { "wsl", is_wsl,
		"on Windows, in %UserProfile%\\.wslconfig below [wsl2]: kernelCommandLine = "
		"cgroup_no_v1=all; then 'wsl --shutdown'" },
	[BOOT_OUTER] = { "outer", is_contained,
		"boot the machine around this container with @, and give the container a cgroup "
		"namespace" },
	[BOOT_SNAP] = { "snap", is_ubuntu_core,
		"sudo snap set system system.kernel.cmdline-append=@ && sudo reboot" },
	[BOOT_TRANSACTIONAL] = { "transactional-update", is_transactional,
		"sudo transactional-update --continue run "
		"sh -c 'pbl --add-option @ && pbl --config' && sudo reboot" },
	[BOOT_OSTREE] = { "rpm-ostree", has_rpm_ostree,
		"sudo rpm-ostree kargs --append-if-missing=@ && sudo reboot" },
	[BOOT_OSTREE_IMAGE] = { "ostree", is_ostree,
		"sudo ostree admin kargs edit-in-place --append-if-missing=@ && sudo reboot" },
	[BOOT_GRUBBY] = { "grubby", has_grubby,
		"sudo grubby --update-kernel=ALL --args=@ && sudo reboot" },
	[BOOT_FIRMWARE] = { "firmware", has_firmware,
		"add @ to /boot/firmware/cmdline.txt; then reboot" },
	[BOOT_OLD_FIRMWARE] = { "old-firmware", has_old_firmware,
		"add @ to /boot/cmdline.txt; then reboot" },
	[BOOT_PBL] = { "pbl", has_pbl,
		"sudo pbl --add-option @ && sudo pbl --config && sudo reboot" },
	[BOOT_GRUB_DROP_IN] = { "grub.d", has_grub_drop_ins,
		"add @ to GRUB_CMDLINE_LINUX in /etc/default/grub; sudo update-grub; then reboot" },
	[BOOT_GRUB2] = { "grub2", has_grub2,
		"add @ to GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub; "
		"sudo grub2-mkconfig -o /boot/grub2/grub.cfg; then reboot" },
	[BOOT_GRUB] = { "grub", has_grub,
		"add @ to GRUB_CMDLINE_LINUX_DEFAULT in /etc/default/grub; "
		"sudo grub-mkconfig -o /boot/grub/grub.cfg; then reboot" },
	[BOOT_KERNEL_INSTALL] = { "kernel-install", has_kernel_install,
		"add @ to /etc/kernel/cmdline; sudo kernel-install add-all; then reboot" },
};
_Static_assert(ARRAY_SIZE(stacks) == BOOT_STACK_COUNT, "a row per boot stack");

const char *boot_stack_word(enum boot_stack stack)
{
	return stacks[stack].word;
}

int boot_stack_find(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++)
		if (strcmp(stacks[i].word, word) == 0)
			return (int)i;
	return -ENOENT;
}

void boot_advice(enum boot_stack stack, const char *argument, char *ret, size_t size)
{
	_cleanup_text_ struct text words = { 0 };

	for (const char *at = stacks[stack].advice; *at; at++)
		if (*at == '@')
			text_add(&words, argument);
		else
			text_add_bytes(&words, at, 1);
	(void)text_copy(ret, size, text_get(&words));
}

/*
 * systemd boots with version 2 alone since 243 where a distribution did not choose otherwise, and
 * from 256 on knows no other unless it is forced to (its NEWS). The rows are those that chose.
 */
enum cgroup_version boot_usual_cgroups(const struct os *os, unsigned systemd_version)
{
	static const struct {
		const char *id;
		unsigned before; /* os_version_number() */
		enum cgroup_version usual;
	} rows[] = {
		{ "rhel", 900, CGROUP_V1 },
		{ "centos", 900, CGROUP_V1 },
		{ "rocky", 900, CGROUP_V1 },
		{ "almalinux", 900, CGROUP_V1 },
		{ "ol", 900, CGROUP_V1 },
		{ "fedora", 3100, CGROUP_HYBRID },
		{ "debian", 1100, CGROUP_HYBRID },
		{ "ubuntu", 2110, CGROUP_HYBRID },
		{ "opensuse-leap", 1600, CGROUP_HYBRID },
		{ "sles", 1600, CGROUP_HYBRID },
	};
	unsigned version = os_version_number(os);

	if (systemd_version == 0)
		return CGROUP_UNKNOWN;
	if (systemd_version >= 256)
		return CGROUP_V2;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].id, os->id) == 0 && version && version < rows[i].before)
			return rows[i].usual;
	return systemd_version >= 243 ? CGROUP_V2 : CGROUP_HYBRID;
}

static bool is_on(const char *word, const char *name)
{
	static const char *const yes[] = { "1", "yes", "true", "on" };
	size_t length = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		if (strcmp(word + length, yes[i]) == 0)
			return true;
	return !word[length];
}

/* systemd's src/basic/cgroup-util.c: an argument without a value is yes. */
enum cgroup_version boot_next_cgroups(
	enum cgroup_version usual, unsigned systemd_version, const char *words)
{
	enum cgroup_version version = usual, legacy = CGROUP_HYBRID;
	bool forced = systemd_version < 256;
	char copy[256], *at = copy, *word;

	(void)text_copy(copy, sizeof(copy), words);
	while ((word = strsep(&at, " "))) {
		if (text_starts(word, "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE="))
			forced = forced || is_on(word, "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=");
		else if (text_starts(word, "systemd.legacy_systemd_cgroup_controller"))
			legacy = CGROUP_V1;
		else if (strcmp(word, "systemd.unified_cgroup_hierarchy") == 0)
			version = CGROUP_V2;
		else if (text_starts(word, "systemd.unified_cgroup_hierarchy="))
			version = is_on(word, "systemd.unified_cgroup_hierarchy=") ? CGROUP_V2
										   : CGROUP_V1;
		else if (strcmp(word, "cgroup_no_v1=all") == 0)
			version = CGROUP_V2;
	}
	if (systemd_version >= 258 || !forced)
		return usual;
	return version == CGROUP_V1 && usual != CGROUP_V1 ? legacy : version;
}

static void read_next(struct boot *ret, struct root *root, unsigned systemd_version)
{
	_cleanup_text_ struct text line = { 0 };
	int r = boot_args_read(root, &line, ret->arguments_file, sizeof(ret->arguments_file));

	if (r >= 0)
		cgroup_boot_words(text_get(&line), &ret->arguments);
	ret->next = boot_next_cgroups(ret->usual, systemd_version, ret->arguments.value);
}

void boot_read(struct boot *ret, struct root *root)
{
	unsigned systemd_version = cgroup_systemd_version(root);
	struct look l = { .root = root };

	os_read(&l.os, root);
	context_read_container(&l.container, root);
	*ret = (struct boot){ .stack = BOOT_UNKNOWN };
	for (int i = BOOT_UNKNOWN + 1; i < BOOT_STACK_COUNT && !ret->stack; i++)
		if (stacks[i].is_here(&l))
			ret->stack = (enum boot_stack)i;
	ret->usual = boot_usual_cgroups(&l.os, systemd_version);
	read_next(ret, root, systemd_version);
}
