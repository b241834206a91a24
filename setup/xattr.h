/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes (xattr(7)): security labels and access lists of a file that is replaced. */
#pragma once

#include "base/macro.h"

/* Copy what @from has and @to may have. What the file system or our rights refuse is left out. */
int xattr_copy(int from, int to) MUST_CHECK;
