/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cli/describe.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "runtime/cli/words.h"
#include "runtime/engine/assemble.h"
#include "runtime/engine/signals.h"

enum {
	COMMAND_WIDTH = 17,
	WORD_SIZE = 64
};

static const char *or_nothing(const char *s)
{
	return s ? s : "";
}

void describe_status(const struct subject *subject, char *ret, size_t size)
{
	const struct state *state = &subject->state;
	char ago[WORD_SIZE];

	switch (state->kind) {
	case STATE_RUNNING:
		words_duration(state_now() - state->started, ago, sizeof(ago));
		(void)snprintf(ret, size, "Up %s%s", ago, state->monitor ? "" : " (no monitor)");
		return;
	case STATE_EXITED:
		words_duration(state_now() - state->finished, ago, sizeof(ago));
		(void)snprintf(ret, size, state->lost ? "Exited (%d)" : "Exited (%d) %s ago",
			state->exit_status, ago);
		return;
	default:
		(void)snprintf(ret, size, "Created");
		return;
	}
}

static struct json *new_list(const struct text_list *list)
{
	struct json *array = json_new_array();

	for (size_t i = 0; i < list->count; i++)
		json_add(array, json_new_text(list->items[i]));
	return array;
}

static struct json *new_map(const struct text_list *pairs)
{
	struct json *map = json_new_object();

	for (size_t i = 0; i < pairs->count; i++) {
		_cleanup_free_ char *name = strdup(pairs->items[i]);
		char *value = name ? strchr(name, '=') : NULL;

		if (value)
			*value++ = '\0';
		if (name)
			json_set_text(map, name, value ? value : "");
	}
	return map;
}

static void add_joined(struct text *to, const struct text_list *list, const char *between)
{
	for (size_t i = 0; i < list->count; i++)
		text_addf(to, "%s%s", i ? between : "", list->items[i]);
}

static void set_joined(
	struct json *row, const char *key, const struct text_list *list, const char *between)
{
	_cleanup_text_ struct text joined = { 0 };

	add_joined(&joined, list, between);
	json_set_text(row, key, text_get(&joined));
}

static void set_command(struct json *row, const struct subject *s, bool truncate)
{
	_cleanup_text_ struct text command = { 0 };

	add_joined(&command, &s->settings.command, " ");
	if (truncate && command.length > COMMAND_WIDTH + 3) {
		command.data[COMMAND_WIDTH] = '\0';
		command.length = COMMAND_WIDTH;
		text_add(&command, "...");
	}
	json_set_text(row, "Command", text_get(&command));
}

static void set_ports(struct json *row, const struct subject *s)
{
	_cleanup_text_ struct text ports = { 0 };
	struct net_port port;

	for (size_t i = 0; i < s->settings.publish.count; i++)
		if (net_parse_port(s->settings.publish.items[i], &port, NULL) >= 0)
			text_addf(&ports, "%s%s", ports.length ? ", " : "", port.shown);
	json_set_text(row, "Ports", text_get(&ports));
}

static void set_times(struct json *row, const struct subject *s)
{
	char words[WORD_SIZE], ago[WORD_SIZE + 8];

	words_duration(state_now() - s->settings.created, words, sizeof(words));
	(void)snprintf(ago, sizeof(ago), "%s ago", words);
	json_set_text(row, "CreatedHuman", ago);
	json_set_text(row, "RunningFor", ago);
	words_time(s->settings.created, words, sizeof(words));
	json_set_text(row, "CreatedAt", words);
}

struct json *describe_row(const struct subject *subject, bool truncate)
{
	struct json *row = json_new_object();
	char text[WORD_SIZE + 32];

	(void)snprintf(
		text, sizeof(text), "%.*s", truncate ? ID_SHORT : ID_SIZE, subject->container.id);
	json_set_text(row, "ID", text);
	json_set_text(row, "Image", or_nothing(subject->settings.image));
	json_set_text(row, "ImageID", or_nothing(subject->settings.image_id));
	json_set_text(row, "Names", subject->container.name);
	describe_status(subject, text, sizeof(text));
	json_set_text(row, "Status", text);
	json_set_text(row, "State", state_word(subject->state.kind));
	(void)snprintf(text, sizeof(text), "%d", (int)subject->state.pid);
	json_set_text(row, "Pid", text);
	(void)snprintf(text, sizeof(text), "%d", subject->state.exit_status);
	json_set_text(row, "ExitCode", text);
	json_set_text(row, "Networks", or_nothing(subject->settings.network));
	set_command(row, subject, truncate);
	set_ports(row, subject);
	set_times(row, subject);
	set_joined(row, "Labels", &subject->settings.labels, ",");
	set_joined(row, "Mounts", &subject->settings.volumes, ",");
	return row;
}

struct json *describe_brief(const struct subject *s)
{
	struct json *row = json_new_object();
	struct json *names = json_new_array();
	char text[WORD_SIZE + 32];

	json_set_text(row, "Id", s->container.id);
	json_set_text(row, "Image", or_nothing(s->settings.image));
	json_set_text(row, "ImageID", or_nothing(s->settings.image_id));
	json_set(row, "Command", new_list(&s->settings.command));
	json_set_number(row, "Created", s->settings.created / 1000000000);
	words_stamp(s->settings.created, text, sizeof(text));
	json_set_text(row, "CreatedAt", text);
	json_set_bool(row, "Exited", s->state.kind == STATE_EXITED);
	json_set_number(row, "ExitCode", s->state.exit_status);
	json_set_number(row, "ExitedAt", s->state.finished / 1000000000);
	json_set_number(row, "StartedAt", s->state.started / 1000000000);
	json_set(row, "Labels", new_map(&s->settings.labels));
	json_set(row, "Mounts", new_list(&s->settings.volumes));
	json_add(names, json_new_text(s->container.name));
	json_set(row, "Names", names);
	json_set_number(row, "Pid", s->state.pid);
	json_set(row, "Ports", new_list(&s->settings.publish));
	json_set_text(row, "State", state_word(s->state.kind));
	describe_status(s, text, sizeof(text));
	json_set_text(row, "Status", text);
	json_set_bool(row, "AutoRemove", s->settings.remove);
	return row;
}

static struct json *new_state(const struct subject *s)
{
	struct json *state = json_new_object();
	char stamp[WORD_SIZE];

	json_set_text(state, "Status", state_word(s->state.kind));
	json_set_bool(state, "Running", s->state.kind == STATE_RUNNING);
	json_set_bool(state, "Paused", false);
	json_set_number(state, "Pid", s->state.pid);
	json_set_number(state, "ConmonPid", s->state.monitor);
	json_set_number(state, "ExitCode", s->state.exit_status);
	words_stamp(s->state.started, stamp, sizeof(stamp));
	json_set_text(state, "StartedAt", stamp);
	words_stamp(s->state.finished, stamp, sizeof(stamp));
	json_set_text(state, "FinishedAt", stamp);
	json_set_text(state, "CgroupPath", s->state.cgroup);
	return state;
}

static struct json *new_config(const struct settings *s)
{
	struct json *config = json_new_object();

	json_set_text(config, "Hostname", or_nothing(s->hostname));
	json_set_text(config, "User", or_nothing(s->user));
	json_set_bool(config, "Tty", s->tty);
	json_set_bool(config, "OpenStdin", s->interactive);
	json_set(config, "Env", new_list(&s->env));
	json_set(config, "Cmd", new_list(&s->command));
	json_set_text(config, "Image", or_nothing(s->image));
	json_set_text(config, "WorkingDir", s->workdir ? s->workdir : "/");
	json_set(config, "Labels", new_map(&s->labels));
	json_set_text(config, "StopSignal", s->stop_signal ? s->stop_signal : "SIGTERM");
	json_set_number(config, "StopTimeout", s->stop_timeout);
	json_set(config, "CreateCommand", new_list(&s->create_command));
	return config;
}

static struct json *new_host_config(const struct settings *s)
{
	struct json *config = json_new_object();

	json_set(config, "Binds", new_list(&s->volumes));
	json_set(config, "Tmpfs", new_list(&s->tmpfs));
	json_set_text(config, "NetworkMode", or_nothing(s->network));
	json_set(config, "PortBindings", new_list(&s->publish));
	json_set_bool(config, "AutoRemove", s->remove);
	json_set_bool(config, "Privileged", s->privileged);
	json_set_bool(config, "ReadonlyRootfs", s->read_only);
	json_set_bool(config, "Init", s->init);
	json_set(config, "CapAdd", new_list(&s->cap_add));
	json_set(config, "CapDrop", new_list(&s->cap_drop));
	json_set(config, "SecurityOpt", new_list(&s->security));
	json_set(config, "Ulimits", new_list(&s->ulimits));
	json_set_number(config, "Memory", s->memory);
	json_set_number(config, "MemorySwap", s->memory_swap);
	json_set_number(config, "PidsLimit", s->pids_limit);
	json_set_number(config, "NanoCpus", s->cpu_quota * 10000);
	json_set_number(config, "ShmSize", s->shm_size);
	return config;
}

struct json *describe_whole(const struct subject *subject, const struct place *place)
{
	const struct settings *s = &subject->settings;
	struct json *whole = json_new_object();
	char text[4096 + 128];

	json_set_text(whole, "Id", subject->container.id);
	json_set_text(whole, "Name", subject->container.name);
	words_stamp(s->created, text, sizeof(text));
	json_set_text(whole, "Created", text);
	json_set_text(whole, "Path", s->command.count ? s->command.items[0] : "");
	json_set(whole, "State", new_state(subject));
	json_set_text(whole, "Image", or_nothing(s->image_id));
	json_set_text(whole, "ImageName", or_nothing(s->image));
	json_set_text(whole, "Rootfs", or_nothing(s->rootfs));
	json_set_text(whole, "Driver", "overlay");
	json_set_text(whole, "ConmonPidFile", or_nothing(s->conmon_pidfile));
	json_set_text(whole, "PidFile", or_nothing(s->pidfile));
	container_path(&subject->container, place, "", text, sizeof(text));
	json_set_text(whole, "StaticDir", text);
	container_run_path(&subject->container, place, "hosts", text, sizeof(text));
	json_set_text(whole, "HostsPath", text);
	container_run_path(&subject->container, place, "resolv.conf", text, sizeof(text));
	json_set_text(whole, "ResolvConfPath", text);
	json_set(whole, "Config", new_config(s));
	json_set(whole, "HostConfig", new_host_config(s));
	return whole;
}
