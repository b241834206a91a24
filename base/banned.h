/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that cannot be used safely do not compile. Included into every translation unit by the
 * Makefile (-include), after the system headers it needs to see first.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* clang's fortified headers make macros of these two */
#undef sprintf
#undef vsprintf

/* not gets(): openssl 1.1.1 has a member of that name, and C11 no function */
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok
#pragma GCC poison atoi atol atoll tmpnam mktemp
