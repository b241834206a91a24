/* SPDX-License-Identifier: Apache-2.0 */
/* What ps(1) shows of this process, for one that lives on as something else than it was started
 * as. It will not make room: a long title is cut. */
#pragma once

/* Overwrites the arguments of main(): whoever calls this has done with them. */
void title_set(const char *title);
