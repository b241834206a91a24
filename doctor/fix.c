/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/fix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/spawn.h"
#include "base/text.h"

#define SETUP_PATH_MAX 4096

/* rpod-setup of the same installation: beside us, else where programs are. */
static int find_setup(char ret[static SETUP_PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", ret, SETUP_PATH_MAX - 1);
	char *slash;

	if (n > 0) {
		ret[n] = '\0';
		slash = strrchr(ret, '/');
		slash[1] = '\0';
		if (strlen(ret) + sizeof("rpod-setup") <= SETUP_PATH_MAX) {
			memcpy(slash + 1, "rpod-setup", sizeof("rpod-setup"));
			if (access(ret, X_OK) == 0)
				return 0;
		}
	}
	return spawn_find("rpod-setup", ret, SETUP_PATH_MAX);
}

/* What only lowering a guard mends: rpod-setup promises it to nobody who did not name the guard. */
static const struct {
	const char *guard, *check;
} guards[] = {
	{ "apparmor-userns", "userns.apparmor" },
	{ "low-ports", "net.ports" },
};

static bool is_weakened(const struct fix_request *request, const char *check)
{
	for (size_t i = 0; i < request->weaken->count; i++)
		for (size_t j = 0; j < ARRAY_SIZE(guards); j++)
			if (strcmp(request->weaken->items[i], guards[j].guard) == 0 &&
				strcmp(guards[j].check, check) == 0)
				return true;
	return false;
}

static bool is_mendable(const struct report *report, const struct fix_request *request, size_t i)
{
	const struct verdict *v = &report->verdicts[i];

	if (!report_shows(report, i) || (v->kind != VERDICT_FAIL && v->kind != VERDICT_WARN))
		return false;
	return (v->fix_count > 0 && text_starts(v->fix[0], "sudo rpod-setup ")) ||
	       is_weakened(request, check_at(i)->id);
}

static bool names_a_guard(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(guards); i++)
		if (strcmp(word, guards[i].guard) == 0)
			return true;
	return false;
}

int fix_check(const struct fix_request *request, struct error *err)
{
	for (size_t i = 0; i < request->weaken->count; i++)
		if (!names_a_guard(request->weaken->items[i]))
			return error_say(err, -EINVAL,
				"'--allow-weaken' takes " FIX_GUARDS ", not '%.64s'",
				request->weaken->items[i]);
	return 0;
}

/* [sudo] rpod-setup OPTION --only ID... user NAME */
static int command_line(const struct report *report, const struct fix_request *request,
	const char *setup, const char *option, struct text_list *ret)
{
	int r = 0;

	if (geteuid() != 0)
		r = text_list_add(ret, "sudo");
	if (r >= 0)
		r = text_list_add(ret, setup);
	if (r >= 0 && *option)
		r = text_list_add(ret, option);
	for (size_t i = 0; i < request->weaken->count && r >= 0; i++) {
		r = text_list_add(ret, "--allow-weaken");
		r = r < 0 ? r : text_list_add(ret, request->weaken->items[i]);
	}
	for (size_t i = 0; i < report->count && r >= 0; i++)
		if (is_mendable(report, request, i) && report->host.user.state != FACT_ABSENT) {
			r = text_list_add(ret, "--only");
			r = r < 0 ? r : text_list_add(ret, check_at(i)->id);
		}
	if (r >= 0)
		r = text_list_add(ret, "user");
	return r < 0 ? r : text_list_add(ret, report->host.user.name);
}

/* Not spawn_run(): sudo asks for a password, so the command must have our terminal. */
static int run(const struct text_list *words, struct error *err)
{
	int status = 0;
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		return error_set(err, -errno, "cannot run '%s'", words->items[0]);
	if (pid == 0) {
		(void)execvp(words->items[0], words->items);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, -errno, "cannot wait for '%s'", words->items[0]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return error_say(err, -ECHILD, "'%s' failed: it said why above", words->items[0]);
}

static bool says_yes(const struct out *out)
{
	char answer[16] = "";

	out_print(out, OUT_BOLD, "Do this now? [y/N] ");
	(void)fflush(out->stream);
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

static int ask_and_apply(const struct report *report, const struct fix_request *request,
	const struct out *out, const char *setup, struct error *err)
{
	_cleanup_text_list_ struct text_list show = { 0 }, apply = { 0 };
	int r;

	if (command_line(report, request, setup, "--dry-run", &show) < 0 ||
		command_line(report, request, setup, "--yes", &apply) < 0)
		return error_set(err, -ENOMEM, "cannot run '%s'", setup);
	out_print(out, OUT_PLAIN, "\n");
	r = run(&show, err);
	if (r < 0 || (!request->yes && !says_yes(out)))
		return r;
	r = run(&apply, err);
	return r < 0 ? r : 1;
}

static int show_line(const struct report *report, const struct fix_request *request,
	const struct out *out, struct error *err)
{
	_cleanup_text_list_ struct text_list words = { 0 };

	if (command_line(report, request, "rpod-setup", "", &words) < 0)
		return error_set(err, -ENOMEM, "cannot show the command");
	out_print(out, OUT_PLAIN, "to mend what can be mended:");
	for (size_t i = 0; i < words.count; i++)
		out_print(out, OUT_BOLD, " %s", words.items[i]);
	out_print(out, OUT_PLAIN, "\n");
	return 0;
}

int fix_offer(const struct report *report, const struct fix_request *request, const struct out *out,
	struct error *err)
{
	char setup[SETUP_PATH_MAX];
	size_t n = 0;
	int r;

	for (size_t i = 0; i < report->count; i++)
		n += is_mendable(report, request, i);
	if (n == 0) {
		out_print(out, OUT_PLAIN, "there is nothing that rpod-setup could mend\n");
		return 0;
	}
	if (!request->yes && (!out->terminal || isatty(STDIN_FILENO) != 1))
		return show_line(report, request, out, err);
	r = find_setup(setup);
	if (r < 0)
		return error_set(err, r, "cannot find 'rpod-setup'");
	return ask_and_apply(report, request, out, setup, err);
}
