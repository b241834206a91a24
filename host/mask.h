/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must not leave a host with its record: passwords in URLs, values of variables that are named
 * after a secret, private keys. The rest of the text stays as it is, so that it reads the same.
 */
#pragma once

#include <stddef.h>

#include "base/text.h"

#define MASK "***"

/* Append @data to @ret, masked. */
void mask_secrets(const char *data, size_t length, struct text *ret);

/* Append @data, which is passwd(5), without the hashes that accounts made before shadow(5) have. */
void mask_passwd(const char *data, size_t length, struct text *ret);
