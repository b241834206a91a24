/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our drop-ins that many checks share: one file for settings, one for modules. Each line is one
 * check's wish, so a file is the lines that stand there already and those added by this plan.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/kernel.h"
#include "host/lsm.h"
#include "host/sysctl.h"

#define DROPIN_SYSCTL   SYSCTL_OURS_PATH
#define DROPIN_MODULES  KERNEL_OURS_PATH
#define DROPIN_DELEGATE "/etc/systemd/system/user@.service.d/60-rpod-delegate.conf"
/* %s: his uid. A name of its own, or systemd would read it in place of the one for all. */
#define DROPIN_DELEGATE_USER "/etc/systemd/system/user@%s.service.d/60-rpod-delegate-user.conf"
#define DROPIN_APPARMOR      "/etc/apparmor.d/rpod"
#define DROPIN_HEADER        "# Written by rpod-setup(8), which takes it back with 'rpod-setup undo'.\n"

struct plan;
struct change;

/* Drop-ins are read in the order of their names, whatever their directory: is @path read after
 * @ours, so that it has the last word? */
bool dropin_comes_later(const char *path, const char *ours);

/* Of plan.c, for dropin.c: the part of plan_sysctl() that is not the file. */
void plan_sysctl_live(struct plan *plan, const char *key, const char *value);
struct change *plan_find_file(struct plan *plan, const char *path);
