/* SPDX-License-Identifier: Apache-2.0 */
/* Names of containers: what is one, and new ones for those who give none. Reads no state. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

enum {
	NAME_SIZE = 256,
	ID_SIZE = 65,
	ID_SHORT = 12
};

/* podman's rule: [a-zA-Z0-9][a-zA-Z0-9_.-]*, here at most 255 bytes as it becomes a file's name. */
bool name_is_valid(const char *name);

/* 64 random hexadecimal digits. */
int name_make_id(char ret[ID_SIZE]) MUST_CHECK;

/* "amber_otter", chosen by the bytes of @id and by @attempt. */
void name_generate(const char *id, unsigned attempt, char ret[NAME_SIZE]);
