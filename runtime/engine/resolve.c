/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/resolve.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "runtime/engine/signals.h"

static const char default_path[] =
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* A string of the settings' own: kept at the end of the list that nobody runs. */
static int keep(struct settings *settings, const char *value, const char **ret)
{
	int r = text_list_add(&settings->kept, value);

	if (r >= 0)
		*ret = settings->kept.items[settings->kept.count - 1];
	return r;
}

static int assign_all(struct text_list *list, const struct text_list *pairs)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < pairs->count; i++)
		r = settings_assign(list, pairs->items[i]);
	return r;
}

static int append_all(struct text_list *list, const struct text_list *items)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < items->count; i++)
		r = text_list_add(list, items->items[i]);
	return r;
}

static int resolve_env(
	struct settings *settings, const struct image *image, const struct container *container)
{
	struct text_list env = { 0 };
	char hostname[300];
	int r;

	(void)snprintf(hostname, sizeof(hostname), "HOSTNAME=%.*s",
		settings->hostname ? 255 : ID_SHORT,
		settings->hostname ? settings->hostname : container->id);
	r = text_list_add(&env, default_path);
	if (r >= 0 && settings->tty)
		r = text_list_add(&env, "TERM=xterm");
	/* what systemd looks for: systemd.io/CONTAINER_INTERFACE */
	if (r >= 0)
		r = text_list_add(&env, "container=oci");
	if (r >= 0)
		r = text_list_add(&env, hostname);
	if (r >= 0 && image)
		r = assign_all(&env, &image->config.env);
	if (r >= 0)
		r = assign_all(&env, &settings->env);
	if (r < 0) {
		text_list_done(&env);
		return r;
	}
	text_list_done(&settings->env);
	settings->env = env;
	return 0;
}

/* "prog", or a JSON array of words; "" takes the image's away. */
static int add_entrypoint(struct text_list *command, const char *entrypoint)
{
	_cleanup_json_ struct json *words = NULL;
	int r = 0;

	if (!*entrypoint)
		return 0;
	if (*entrypoint != '[' ||
		json_parse(entrypoint, strlen(entrypoint), "entrypoint", &words, NULL) < 0)
		return text_list_add(command, entrypoint);
	for (size_t i = 0; r >= 0 && i < json_count(words); i++) {
		const char *word = json_as_text(json_at(words, i));

		r = word ? text_list_add(command, word) : -EINVAL;
	}
	return r;
}

/* podman-run(1): with --entrypoint the image's command is not used. */
static int resolve_command(struct settings *settings, const struct image *image)
{
	struct text_list command = { 0 };
	bool own = settings->command.count > 0;
	int r = 0;

	if (settings->entrypoint)
		r = add_entrypoint(&command, settings->entrypoint);
	else if (image)
		r = append_all(&command, &image->config.entrypoint);
	if (r >= 0 && own)
		r = append_all(&command, &settings->command);
	else if (r >= 0 && image && !settings->entrypoint)
		r = append_all(&command, &image->config.cmd);
	if (r < 0) {
		text_list_done(&command);
		return r;
	}
	text_list_done(&settings->command);
	settings->command = command;
	return 0;
}

static int take_image(struct settings *settings, const struct image *image)
{
	const struct image_config *config = &image->config;
	struct text_list labels = { 0 };
	int r = 0;

	if (!settings->user && config->user)
		r = keep(settings, config->user, &settings->user);
	if (r >= 0 && !settings->workdir && config->working_dir)
		r = keep(settings, config->working_dir, &settings->workdir);
	if (r >= 0 && !settings->stop_signal && config->stop_signal)
		r = keep(settings, config->stop_signal, &settings->stop_signal);
	if (r >= 0)
		r = keep(settings, image->id, &settings->image_id);
	if (r >= 0)
		r = append_all(&settings->layers, &image->layers);
	if (r >= 0)
		r = assign_all(&labels, &config->labels);
	if (r >= 0)
		r = assign_all(&labels, &settings->labels);
	text_list_done(&settings->labels);
	settings->labels = labels;
	return r;
}

int resolve(struct settings *settings, const struct image *image, const struct container *container,
	struct error *err)
{
	int r;

	r = keep(settings, container->name, &settings->name);
	if (r >= 0 && image)
		r = take_image(settings, image);
	if (r >= 0)
		r = resolve_env(settings, image, container);
	if (r >= 0)
		r = resolve_command(settings, image);
	if (r < 0)
		return error_set(err, r, "cannot work out what to run");
	if (settings->command.count == 0)
		return error_say(err, -EINVAL, "no command: '%s' names none, and none was given",
			settings->image ? settings->image : settings->rootfs);
	if (settings->stop_signal && signals_parse(settings->stop_signal) < 0)
		return error_say(err, -EINVAL, "unknown stop signal '%s'", settings->stop_signal);
	settings->resolved = true;
	return 0;
}

static int no_new_privileges(struct settings *settings, const char *value, struct error *err)
{
	(void)err;
	settings->no_new_privileges = !value || strcmp(value, "false") != 0;
	return 0;
}

static int seccomp(struct settings *settings, const char *value, struct error *err)
{
	if (!value || strcmp(value, "unconfined") != 0)
		return error_say(err, -ENOTSUP,
			"only 'seccomp=unconfined' is taken; without it the "
			"default filter holds");
	settings->seccomp = "unconfined";
	return 0;
}

static int mask(struct settings *settings, const char *value, struct error *err)
{
	if (!value || text_list_add(&settings->masks, value) < 0)
		return error_say(err, -EINVAL, "'mask' needs paths: mask=/a:/b");
	return 0;
}

static int unmask(struct settings *settings, const char *value, struct error *err)
{
	if (!value || text_list_add(&settings->unmasks, value) < 0)
		return error_say(err, -EINVAL, "'unmask' needs paths or ALL: unmask=/a:/b");
	return 0;
}

struct security {
	const char *name;
	int (*set)(struct settings *settings, const char *value, struct error *err);
};

static const struct security securities[] = {
	{ "no-new-privileges", no_new_privileges },
	{ "seccomp", seccomp },
	{ "mask", mask },
	{ "unmask", unmask },
};

int resolve_security(struct settings *settings, const char *word, struct error *err)
{
	size_t n = strcspn(word, "=:");
	const char *value = word[n] ? word + n + 1 : NULL;

	for (size_t i = 0; i < ARRAY_SIZE(securities); i++)
		if (strlen(securities[i].name) == n && memcmp(securities[i].name, word, n) == 0)
			return securities[i].set(settings, value, err);
	return error_say(err, -ENOTSUP,
		"unknown security option '%s'; there are no-new-privileges, "
		"seccomp=unconfined, mask=PATHS and unmask=PATHS",
		word);
}
