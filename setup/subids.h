/* SPDX-License-Identifier: Apache-2.0 */
/* All ranges a user has, given back by usermod(8): those useradd(8) gave without being asked. */
#pragma once

#include "base/error.h"

struct account;
struct target;

int subids_give_back(struct target *t, const struct account *who, struct error *err) MUST_CHECK;
