/* SPDX-License-Identifier: Apache-2.0 */
/* NixOS makes /etc from its configuration: there a plan is not applied but said, as the part of
 * configuration.nix that would give the same. Writes nothing. */
#pragma once

struct plan;
struct text;

/* Append what @ret has not yet of the plan: a second user's part of the host is the first one's. */
void nixos_configure(const struct plan *plan, struct text *ret);
