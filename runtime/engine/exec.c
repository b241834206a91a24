/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/exec.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "runtime/engine/assemble.h"
#include "runtime/engine/session.h"
#include "runtime/oci/process.h"

enum {
	EXIT_RPOD = 125
};

bool exec_cgroup(const struct state *state, struct cgroup_place *ret)
{
	struct cgroup_place place = CGROUP_PLACE_NONE;
	int manager;

	/* the widths are those of the members, less the end */
	if (sscanf(state->cgroup, "%d %511s %127s", &manager, place.path, place.unit) != 3 ||
		manager == SPEC_CGROUP_NONE)
		return false;
	place.manager = (enum spec_cgroup_manager)manager;
	if (strcmp(place.path, "-") == 0)
		place.path[0] = '\0';
	if (strcmp(place.unit, "-") == 0)
		place.unit[0] = '\0';
	*ret = place;
	return true;
}

static int gather_env(
	struct text_list *env, const struct settings *settings, const struct exec *exec)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < settings->env.count; i++)
		r = text_list_add(env, settings->env.items[i]);
	if (r >= 0 && exec->tty)
		r = settings_assign(env, "TERM=xterm");
	for (size_t i = 0; r >= 0 && i < exec->env->count; i++)
		r = settings_assign(env, exec->env->items[i]);
	return r;
}

static int describe(struct spec_process *ret, const struct settings *settings,
	const struct exec *exec, const struct text_list *env, struct error *err)
{
	spec_process_init(ret);
	ret->args = exec->args;
	ret->env = (const char *const *)env->items;
	ret->cwd = exec->workdir ? exec->workdir : settings->workdir;
	ret->user = exec->user ? exec->user : settings->user;
	ret->terminal = exec->tty;
	return confine_process(ret, settings, err);
}

static int run(const struct state *state, struct spec_process *spec, struct session *session,
	struct process *process, int *ret_status, struct error *err)
{
	struct cgroup_place place;
	bool placed = exec_cgroup(state, &place);
	int r;

	memcpy(spec->stdio, session->child, sizeof(spec->stdio));
	session_size(session, spec);
	r = process_exec(process, state->pid, state->start_time, spec, placed ? &place : NULL, err);
	if (r < 0)
		return r;
	session_begin(session, process);
	if (session->how.detached) {
		*ret_status = 0;
		return 0;
	}
	return session_run(session, ret_status, err);
}

int exec_run(const struct container *container, const struct state *state,
	const struct settings *settings, const struct exec *exec, int *ret_status,
	struct error *err)
{
	_cleanup_text_list_ struct text_list env = { 0 };
	_cleanup_process_ struct process process = PROCESS_NONE;
	struct session_how how = { .interactive = exec->interactive,
		.tty = exec->tty,
		.detached = exec->detached,
		.proxy = !exec->detached,
		.pass_through = !exec->tty && !exec->detached &&
				!session_sees_terminal(exec->interactive) };
	struct session session = SESSION_NONE;
	struct spec_process spec;
	int r;

	if (state->kind != STATE_RUNNING)
		return error_say(err, -ESRCH,
			"container '%s' is not running; 'rpod start %s' starts it", container->name,
			container->name);
	r = gather_env(&env, settings, exec) < 0 ? error_set(err, -ENOMEM, "cannot run a command")
						 : 0;
	if (r >= 0)
		r = describe(&spec, settings, exec, &env, err);
	if (r >= 0)
		r = session_open(&session, &how, err);
	if (r >= 0)
		r = run(state, &spec, &session, &process, ret_status, err);
	session_close(&session);
	if (r < 0 && !err->exit_status)
		(void)error_exit(err, EXIT_RPOD);
	return r;
}
