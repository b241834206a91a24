/* SPDX-License-Identifier: Apache-2.0 */
#include "host/pause.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/context.h"
#include "host/idmap.h"
#include "host/root.h"
#include "host/user.h"

static void read_file(struct pause *ret, struct root *root, uid_t uid)
{
	_cleanup_text_ struct text text = { 0 };
	char digits[24];
	uint64_t pid;
	int r;

	r = root_read_owned(root, ret->path, 64, uid, &text);
	ret->pid = (struct fact_number){ .state = fact_state_of(r) };
	if (ret->pid.state == FACT_UNKNOWN)
		ret->pid.error = -r;
	if (r < 0)
		return;
	(void)snprintf(digits, sizeof(digits), "%.*s", (int)strcspn(text_get(&text), " \n"),
		text_get(&text));
	ret->pid.value = parse_u64(digits, &pid) < 0 || pid > INT32_MAX ? 0 : (int64_t)pid;
}

static void read_process(struct pause *ret, struct idmap_map *maps, struct root *root)
{
	static const char *const names[] = { "uid_map", "gid_map" };
	_cleanup_text_ struct text status = { 0 };
	char path[64];
	int64_t uid;
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%" PRId64 "/status", ret->pid.value);
	r = root_read(root, path, 1 << 16, &status);
	ret->process = fact_state_of(r);
	if (r < 0 || !context_parse_status(&status, "Uid", &uid))
		return;
	ret->uid = (uid_t)uid;
	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++) {
		_cleanup_text_ struct text data = { 0 };

		(void)snprintf(
			path, sizeof(path), "/proc/%" PRId64 "/%s", ret->pid.value, names[kind]);
		if (root_read(root, path, 1 << 16, &data) < 0 ||
			idmap_parse_map(&maps[kind], data.data, data.length) < 0)
			maps[kind] = (struct idmap_map){ 0 };
	}
}

/* Below the runtime directory, or where podman goes when it is told of none. */
void pause_read(
	struct pause *ret, struct idmap_map *maps, struct root *root, const struct user *user)
{
	static const char *const dirs[] = { "/run/user/", "/tmp/podman-run-" };

	*ret = (struct pause){ .pid.state = FACT_ABSENT };
	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++)
		maps[kind] = (struct idmap_map){ 0 };
	if (user->state != FACT_KNOWN)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(dirs) && ret->pid.state != FACT_KNOWN; i++) {
		(void)snprintf(ret->path, sizeof(ret->path), "%s%u/libpod/tmp/pause.pid", dirs[i],
			(unsigned)user->uid);
		read_file(ret, root, user->uid);
	}
	if (ret->pid.state == FACT_KNOWN)
		read_process(ret, maps, root);
}
