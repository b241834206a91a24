/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/systemd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/dl.h"
#include "base/spawn.h"
#include "base/text.h"

#define MANAGER                                                                                    \
	"org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"

enum {
	TIMEOUT_S = 30 /* a busy host took more than 10 to read its units */
};

/* sd-bus.h, as far as we go: sd_bus_error(3) fixes the layout */
struct bus;
struct bus_error {
	const char *name, *message;
	int need_free;
};

struct library {
	int (*open_system)(struct bus **ret);
	int (*set_timeout)(struct bus *bus, uint64_t usec);
	int (*call)(struct bus *bus, const char *destination, const char *path,
		const char *interface, const char *member, struct bus_error *ret_error,
		void **reply, const char *types, ...);
	struct bus *(*close)(struct bus *bus);
	void (*error_free)(struct bus_error *error);
};

static const struct library *library_get(void)
{
	static const char *const names[] = { "libsystemd.so.0", NULL };
	static const struct dl_symbol symbols[] = {
		{ "sd_bus_open_system", offsetof(struct library, open_system) },
		{ "sd_bus_set_method_call_timeout", offsetof(struct library, set_timeout) },
		{ "sd_bus_call_method", offsetof(struct library, call) },
		{ "sd_bus_flush_close_unref", offsetof(struct library, close) },
		{ "sd_bus_error_free", offsetof(struct library, error_free) },
	};
	static struct library library;
	static int loaded = 1;

	/* sd_bus_set_method_call_timeout is of systemd 240: before it, systemctl is the way */
	if (loaded == 1)
		loaded = dl_load(names, symbols, ARRAY_SIZE(symbols), &library);
	return loaded == 0 ? &library : NULL;
}

static int by_systemctl(const char *verb, const char *unit, struct error *err)
{
	const char *const argv[] = { "systemctl", unit ? "--no-block" : "--quiet", verb, unit,
		NULL };
	_cleanup_text_ struct text output = { 0 };
	int r = spawn_run(
		&(struct spawn){ .argv = argv, .timeout_ms = TIMEOUT_S * 1000, .output = &output },
		err);

	return r > 0 ? -EIO : r;
}

static int answer(const struct library *l, int r, struct bus_error *error, const char *what,
	struct error *err)
{
	if (r < 0 && error->message)
		(void)error_say(err, r, "systemd cannot %s: %s", what, error->message);
	else if (r < 0)
		(void)error_set(err, r, "systemd cannot %s", what);
	l->error_free(error);
	return r < 0 ? r : 0;
}

static int connect_to(const struct library *l, struct bus **ret, struct error *err)
{
	int r = l->open_system(ret);

	if (r < 0)
		return error_set(err, r, "cannot reach systemd on the system bus");
	(void)l->set_timeout(*ret, (uint64_t)TIMEOUT_S * 1000000);
	return 0;
}

int systemd_reload(struct error *err)
{
	const struct library *l = library_get();
	struct bus_error error = { 0 };
	struct bus *bus = NULL;
	int r;

	if (!l || connect_to(l, &bus, err) < 0)
		return by_systemctl("daemon-reload", NULL, err);
	r = answer(l, l->call(bus, MANAGER, "Reload", &error, NULL, ""), &error,
		"read its units again", err);
	(void)l->close(bus);
	return r;
}

static int unit_job(const char *method, const char *verb, const char *unit, struct error *err)
{
	const struct library *l = library_get();
	struct bus_error error = { 0 };
	struct bus *bus = NULL;
	char what[128];
	int r;

	if (!l || connect_to(l, &bus, err) < 0)
		return by_systemctl(verb, unit, err);
	(void)snprintf(what, sizeof(what), "%s '%s'", verb, unit);
	r = answer(l, l->call(bus, MANAGER, method, &error, NULL, "ss", unit, "replace"), &error,
		what, err);
	(void)l->close(bus);
	return r;
}

int systemd_start(const char *unit, struct error *err)
{
	return unit_job("StartUnit", "start", unit, err);
}

int systemd_stop(const char *unit, struct error *err)
{
	return unit_job("StopUnit", "stop", unit, err);
}

int systemd_nudge(uid_t uid, struct error *err)
{
	const struct library *l = library_get();
	struct bus_error error = { 0 };
	struct bus *bus = NULL;
	char unit[64], slice[64];
	int r;

	if (!l)
		return error_say(err, -ENOENT, "cannot start a unit: no libsystemd");
	r = connect_to(l, &bus, err);
	if (r < 0)
		return r;
	(void)snprintf(
		unit, sizeof(unit), "rpod-setup-%d-%u.service", (int)getpid(), (unsigned)uid);
	(void)snprintf(slice, sizeof(slice), "user-%u.slice", (unsigned)uid);
	/* ssa(sv)a(sa(sv)): name, mode, three properties, no auxiliary units */
	r = l->call(bus, MANAGER, "StartTransientUnit", &error, NULL, "ssa(sv)a(sa(sv))", unit,
		"fail", 3, "Description", "s", "rpod-setup: bring controllers up to date", "Slice",
		"s", slice, "ExecStart", "a(sasb)", 1, "/bin/true", 1, "/bin/true", 0, 0);
	r = answer(l, r, &error, "start a unit in the user's slice", err);
	(void)l->close(bus);
	return r;
}

int systemd_nudge_all(struct error *err)
{
	_cleanup_closedir_ DIR *users = opendir("/run/user");
	struct dirent *entry;
	uint32_t uid;
	int r = 0;

	while (users && r >= 0 && (entry = readdir(users)))
		if (parse_id(entry->d_name, &uid) == 0)
			r = systemd_nudge(uid, err);
	return r;
}
