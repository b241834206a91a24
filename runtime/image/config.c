/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/image/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/image/platform.h"

/* One field's values on their way into the structure. */
struct field {
	const char *name;
	struct text_list *list;
	int (*check)(const char *value);
	struct error *err;
};

static int check_any(const char *value)
{
	(void)value;
	return 0;
}

static int check_env(const char *value)
{
	const char *equals = strchr(value, '=');

	return equals && equals != value ? 0 : -EINVAL;
}

static int check_path(const char *value)
{
	return *value == '/' ? 0 : -EINVAL;
}

/* "80", "80/tcp", "8000-8010/udp" */
static int check_port(const char *value)
{
	static const char *const protocols[] = { "", "/tcp", "/udp", "/sctp" };
	size_t n = strspn(value, "0123456789");
	size_t used = n;

	if (n == 0 || n > 5)
		return -EINVAL;
	if (value[n] == '-') {
		size_t m = strspn(value + n + 1, "0123456789");

		if (m == 0 || m > 5)
			return -EINVAL;
		used = n + 1 + m;
	}
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (strcmp(value + used, protocols[i]) == 0)
			return 0;
	return -EINVAL;
}

static int add_value(const struct field *field, const char *value)
{
	if (field->check(value) < 0)
		return error_say(field->err, -EINVAL,
			"bad value '%.200s' for %s in the image's "
			"configuration",
			value, field->name);
	if (text_list_add(field->list, value) < 0)
		return error_set(field->err, -ENOMEM, "cannot read the image's configuration");
	return 0;
}

static int bad_type(const char *name, struct error *err)
{
	return error_say(
		err, -EINVAL, "%s in the image's configuration is of the wrong type", name);
}

static int read_list(struct json *config, const struct field *field)
{
	struct json *list = json_get(config, field->name);
	int r;

	if (!list)
		return 0;
	if (!json_is_array(list))
		return bad_type(field->name, field->err);
	for (size_t i = 0; i < json_count(list); i++) {
		const char *value = json_as_text(json_at(list, i));

		if (!value)
			return bad_type(field->name, field->err);
		r = add_value(field, value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_key(const char *key, struct json *value, void *arg)
{
	(void)value;
	return add_value(arg, key);
}

static int add_pair(const char *key, struct json *value, void *arg)
{
	const struct field *field = arg;
	const char *text = json_as_text(value);

	if (!text)
		return bad_type(field->name, field->err);
	if (text_list_addf(field->list, "%s=%s", key, text) < 0)
		return error_set(field->err, -ENOMEM, "cannot read the image's configuration");
	return 0;
}

static int read_object(struct json *config, struct field *field,
	int (*each)(const char *key, struct json *value, void *arg))
{
	struct json *object = json_get(config, field->name);

	if (object && !json_is_object(object))
		return bad_type(field->name, field->err);
	return json_each(object, each, field);
}

static int read_text(struct json *config, const char *name, char **ret, struct error *err)
{
	struct json *value = json_get(config, name);

	if (!value)
		return 0;
	if (!json_is_text(value))
		return bad_type(name, err);
	if (!*json_as_text(value))
		return 0;
	*ret = strdup(json_as_text(value));
	return *ret ? 0 : error_set(err, -ENOMEM, "cannot read the image's configuration");
}

static int read_texts(struct image_config *ret, struct json *config, struct error *err)
{
	int r;

	r = read_text(config, "User", &ret->user, err);
	if (r >= 0)
		r = read_text(config, "StopSignal", &ret->stop_signal, err);
	if (r >= 0)
		r = read_text(config, "WorkingDir", &ret->working_dir, err);
	if (r >= 0 && ret->working_dir && *ret->working_dir != '/')
		r = error_say(err, -EINVAL,
			"WorkingDir '%.200s' in the image's configuration is "
			"no absolute path",
			ret->working_dir);
	return r;
}

static int check_platform(struct json *document, struct error *err)
{
	const char *os = json_get_text(document, "os");
	const char *architecture = json_get_text(document, "architecture");

	if (!os || !architecture)
		return error_say(err, -EINVAL, "the image does not say which machine it is for");
	if (platform_rank(platform_here(), document) == 0)
		return error_say(err, -ENOEXEC, "the image is for %.30s/%.30s; this is linux/%s",
			os, architecture, platform_here()->architecture);
	return 0;
}

int config_parse(struct image_config *ret, struct json *document, struct error *err)
{
	const struct field lists[] = {
		{ "Entrypoint", &ret->entrypoint, check_any, err },
		{ "Cmd", &ret->cmd, check_any, err },
		{ "Env", &ret->env, check_env, err },
	};
	struct field labels = { "Labels", &ret->labels, check_any, err };
	struct field volumes = { "Volumes", &ret->volumes, check_path, err };
	struct field ports = { "ExposedPorts", &ret->ports, check_port, err };
	struct json *config = json_get(document, "config");
	int r;

	r = check_platform(document, err);
	if (r < 0)
		return r;
	if (config && !json_is_object(config))
		return bad_type("config", err);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		r = read_list(config, &lists[i]);
		if (r < 0)
			return r;
	}
	r = read_texts(ret, config, err);
	if (r >= 0)
		r = read_object(config, &labels, add_pair);
	if (r >= 0)
		r = read_object(config, &volumes, add_key);
	if (r >= 0)
		r = read_object(config, &ports, add_key);
	return r;
}

void config_done(struct image_config *config)
{
	text_list_done(&config->entrypoint);
	text_list_done(&config->cmd);
	text_list_done(&config->env);
	free(config->working_dir);
	free(config->user);
	free(config->stop_signal);
	text_list_done(&config->labels);
	text_list_done(&config->volumes);
	text_list_done(&config->ports);
	*config = (struct image_config){ 0 };
}
