/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cli/command.h"

void diagnose(struct error *err)
{
	(void)err;
}
