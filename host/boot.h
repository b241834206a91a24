/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gives the kernel its command line, and what an administrator would write to change it. One
 * row per boot stack in boot.c, asked in order; setup/bootloader.c does for each what can be done
 * by a program.
 */
#pragma once

#include <limits.h>

#include "host/cgroup.h"
#include "host/fact.h"

enum boot_stack {
	BOOT_UNKNOWN,       /* none of those below */
	BOOT_BOOTC,         /* the tree of an image for bootc, not booted: kargs.d(5) */
	BOOT_WSL,           /* Windows boots the kernel */
	BOOT_OUTER,         /* a container: the machine around it does */
	BOOT_SNAP,          /* Ubuntu Core */
	BOOT_TRANSACTIONAL, /* MicroOS, SLE Micro: a new snapshot, then a reboot */
	BOOT_OSTREE,        /* rpm-ostree keeps arguments with its deployments */
	BOOT_OSTREE_IMAGE,  /* the same without rpm-ostree: in the image it was made from */
	BOOT_GRUBBY,        /* Red Hat's entries of the Boot Loader Specification */
	BOOT_FIRMWARE,      /* Raspberry Pi: one line in a file */
	BOOT_OLD_FIRMWARE,
	BOOT_PBL,            /* SUSE's front of all its boot loaders */
	BOOT_GRUB_DROP_IN,   /* Debian and Ubuntu: /etc/default/grub.d */
	BOOT_GRUB2,          /* others: /etc/default/grub alone, and grub2-mkconfig */
	BOOT_GRUB,           /* ... or grub-mkconfig */
	BOOT_KERNEL_INSTALL, /* systemd-boot and unified kernel images: /etc/kernel/cmdline */
	BOOT_STACK_COUNT
};

struct boot {
	enum boot_stack stack;
	enum cgroup_version usual; /* what it boots with where nobody asked for another */
	/* what the next boot brings: that, or what the boot loader's command line asks for */
	enum cgroup_version next;
	struct fact_text arguments; /* the words of that line that decide about cgroups */
	char arguments_file[PATH_MAX];
};

struct root;
struct os;
void boot_read(struct boot *ret, struct root *root);

/* "grubby"; in the journal: stable. */
const char *boot_stack_word(enum boot_stack stack);
/* The stack of a word, or -ENOENT. */
int boot_stack_find(const char *word);
/* What adds @argument to the command line, in words or as a command for root. */
void boot_advice(enum boot_stack stack, const char *argument, char *ret, size_t size);

/* What systemd was built to boot with: systemd of that version, by distribution. Pure. */
enum cgroup_version boot_usual_cgroups(const struct os *os, unsigned systemd_version);
/* The same where a command line has @words (cgroup_boot_words()). Pure. */
enum cgroup_version boot_next_cgroups(
	enum cgroup_version usual, unsigned systemd_version, const char *words);
