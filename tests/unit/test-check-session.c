/* SPDX-License-Identifier: Apache-2.0 */
#include "check-session.h"

#include <errno.h>

static void runtime_promised(void)
{
	no_session();
	no_linger();
}

static void linger_hidden(void)
{
	host.session.linger = (struct fact_file){ .error = EACCES };
}

static void runtime_gone(void)
{
	no_session();
}

static void runtime_of_root(void)
{
	host.session.runtime.uid = 0;
}

static void left_a_while_ago(void)
{
	host.cgroup.chain[host.cgroup.count - 1].state = FACT_ABSENT;
	host.session.linger = absent();
	fail_probe(PROBE_MANAGER, ECONNREFUSED, "connect", "");
	fail_probe(PROBE_BUS, ECONNREFUSED, "connect", "");
}

static void manager_dead(void)
{
	host.session.manager = host.session.bus = absent();
	fail_probe(PROBE_BUS, ENOENT, "connect", "");
}

static void manager_starts(void)
{
	manager_dead();
	host.manager.pid = number(417);
	host.manager.age = number(2);
}

static void bus_to_come(void)
{
	manager_starts();
	host.session.manager = file(S_IFSOCK | 0700, ALICE);
}

static void bus_masked_from_the_start(void)
{
	bus_to_come();
	(void)text_copy(host.session.bus_mask, sizeof(host.session.bus_mask),
		"/etc/systemd/user/dbus.socket");
}

static void manager_lost_its_socket(void)
{
	manager_starts();
	host.manager.age = number(3600);
}

static void bus_missing(void)
{
	host.session.bus = host.session.bus_unit = absent();
	fail_probe(PROBE_BUS, ENOENT, "connect", "");
}

static void bus_deaf(void)
{
	fail_probe(PROBE_BUS, ECONNREFUSED, "connect", "");
}

static void bus_hung(void)
{
	host.probe.probes[PROBE_BUS] = (struct probe){
		.result = PROBE_HUNG, .error = ETIMEDOUT, .ms = 1500, .step = "wait for an answer"
	};
}

static void manager_hung(void)
{
	host.probe.probes[PROBE_MANAGER] = (struct probe){
		.result = PROBE_HUNG, .error = ETIMEDOUT, .ms = 1500, .step = "wait for an answer"
	};
}

static void manager_had_little_time(void)
{
	manager_hung();
	host.probe.probes[PROBE_MANAGER].ms = 300;
}

static void manager_untried(void)
{
	host.probe.probes[PROBE_MANAGER] = (struct probe){ .result = PROBE_NOT_RUN };
}

static void no_process_for(enum probe_name name)
{
	host.probe.probes[name] =
		(struct probe){ .result = PROBE_UNABLE, .error = EAGAIN, .step = "fork" };
}

static void no_processes(void)
{
	no_process_for(PROBE_MAP);
	host.context.processes = number(63);
}

static void no_process_for_the_user(void)
{
	host.user = (struct user){ .error = EAGAIN };
}

static void full_cgroup(void)
{
	no_process_for(PROBE_BUS);
	say(&host.context.full, "/user.slice/user-1000.slice");
	host.context.full_max = number(100);
}

static void no_files(void)
{
	host.context.files_error = EMFILE;
	host.context.files = number(16);
}

static void no_files_anywhere(void)
{
	host.context.files_error = ENFILE;
}

static void no_files_for_a_try(void)
{
	host.probe.probes[PROBE_OVERLAY] =
		(struct probe){ .result = PROBE_UNABLE, .error = EMFILE, .step = "mkdir" };
}

static void storage_hung(void)
{
	host.probe.probes[PROBE_OVERLAY] = (struct probe){
		.result = PROBE_HUNG, .error = ETIMEDOUT, .ms = 1500, .step = "open the storage"
	};
	(void)text_copy(host.config.storage, sizeof(host.config.storage), "/srv/nfs");
}

static void windows_without_systemd(void)
{
	no_systemd();
	say(&host.context.container, "wsl");
}

static void pam_module_missing(void)
{
	host.session.logind_pam = absent();
	host.context.kind = CONTEXT_MANAGER;
}

static void pam_module_elsewhere(void)
{
	host.session.logind_pam = absent(); /* and yet this is a session */
}

static void pam_on_nixos(void)
{
	pam_module_missing();
	host.os.family = OS_NIXOS;
}

static void pam_without_logind(void)
{
	host.session.pam_sshd = FACT_ABSENT;
	host.session.pam_login = FACT_KNOWN;
}

static void sshd_without_pam(void)
{
	say(&host.session.sshd.use_pam, "No");
	(void)text_copy(host.session.sshd.file, sizeof(host.session.sshd.file),
		"/etc/ssh/sshd_config.d/10-x.conf");
}

static void sshd_with_pam(void)
{
	sshd_without_pam();
	say(&host.session.sshd.use_pam, "yes");
}

static void logind_masked(void)
{
	(void)text_copy(host.session.masked, sizeof(host.session.masked),
		"/etc/systemd/system/user@.service");
	manager_dead();
}

static void bus_masked_for_all(void)
{
	bus_missing();
	host.session.bus_unit = file(S_IFCHR | 0666, 0);
	(void)text_copy(host.session.bus_mask, sizeof(host.session.bus_mask),
		"/etc/systemd/user/dbus.socket");
}

static void bus_masked_by_the_user(void)
{
	bus_masked_for_all();
	(void)text_copy(host.session.bus_mask, sizeof(host.session.bus_mask),
		"/home/alice/.config/systemd/user/dbus.socket");
}

static void bus_masked_and_deaf(void)
{
	bus_deaf();
	(void)text_copy(host.session.bus_mask, sizeof(host.session.bus_mask),
		"/home/alice/.config/systemd/user/dbus.socket");
}

static void bus_stopped(void)
{
	bus_missing();
	host.session.bus_unit = file(S_IFREG | 0644, 0);
}

static void manager_without_delegation(void)
{
	manager_dead();
	say(&host.cgroup.delegate.words, "");
	(void)text_copy(host.cgroup.delegate.emptied, sizeof(host.cgroup.delegate.emptied),
		"/etc/systemd/system/user@.service.d/z.conf");
}

static void manager_died(void)
{
	host.cgroup.chain[3].state = FACT_ABSENT;
	bus_deaf();
}

static void manager_with_dropins(void)
{
	manager_dead();
	(void)text_copy(host.session.dropins, sizeof(host.session.dropins),
		"/etc/systemd/system/user@.service.d/x.conf");
}

static void fallback_of_another(void)
{
	(void)text_copy(
		host.session.fallback, sizeof(host.session.fallback), "/tmp/podman-run-1000");
	host.session.fallback_owner = 1001;
}

static void fallback_left(void)
{
	fallback_of_another();
	host.session.fallback_owner = ALICE;
}

static void fallback_used(void)
{
	fallback_left();
	host.session.fallback_used = true;
}

static const struct fault faults[] = {
	{ "B19", no_systemd, "session.systemd", VERDICT_WARN, "not booted with systemd" },
	{ "B19 says it once", no_systemd, "session.linger", VERDICT_SKIP, "no systemd" },
	{ "B05", no_linger, "session.linger", VERDICT_WARN, "loginctl enable-linger alice" },
	{ "linger hidden", linger_hidden, "session.linger", VERDICT_SKIP, "Permission denied" },
	{ "logged out is no fault", logged_out, "session.runtime-dir", VERDICT_SKIP, "not logged" },
	{ "logged out: no bus asked", logged_out, "session.bus", VERDICT_SKIP, "not logged in" },
	{ "B03", runtime_promised, "session.runtime-dir", VERDICT_FAIL, "enable-linger alice" },
	{ "E21", runtime_gone, "session.runtime-dir", VERDICT_FAIL, "user-runtime-dir@1000" },
	{ "B02 directory", runtime_of_root, "session.runtime-dir", VERDICT_FAIL, "owner 0" },
	{ "logged out, with sockets", left_a_while_ago, "session.manager", VERDICT_SKIP,
		"not logged in" },
	{ "logged out, with a bus", left_a_while_ago, "session.bus", VERDICT_SKIP,
		"not logged in" },
	{ "B15", manager_dead, "session.manager", VERDICT_FAIL, "/run/user/1000/systemd/private" },
	{ "B07", bus_missing, "session.bus", VERDICT_FAIL, "apt-get install dbus-user-session" },
	{ "processes", no_processes, "context.processes", VERDICT_FAIL, "Max processes 63" },
	{ "processes", no_process_for_the_user, "context.processes", VERDICT_FAIL,
		"looking for the user" },
	{ "processes", full_cgroup, "context.processes", VERDICT_FAIL, "pids.max 100, all taken" },
	{ "files", no_files, "context.files", VERDICT_FAIL, "Max open files 16" },
	{ "files", no_files_anywhere, "context.files", VERDICT_FAIL, "file-nr" },
	{ "files", no_files_for_a_try, "context.files", VERDICT_FAIL, "mkdir" },
	{ "storage hangs", storage_hung, "home.overlay", VERDICT_FAIL, "/srv/nfs" },
	{ "bus hangs", bus_hung, "session.bus", VERDICT_WARN, "none within 1500 ms" },
	{ "manager starts", manager_starts, "session.manager", VERDICT_WARN,
		"process 417 began 2 s ago" },
	{ "its bus is yet to come", manager_starts, "session.bus", VERDICT_SKIP, "" },
	{ "the bus comes after the manager", bus_to_come, "session.bus", VERDICT_WARN,
		"process 417 began 2 s ago" },
	{ "a masked bus never comes", bus_masked_from_the_start, "session.bus", VERDICT_FAIL,
		"masked" },
	{ "manager without its socket", manager_lost_its_socket, "session.manager", VERDICT_FAIL,
		"/run/user/1000/systemd/private" },
	{ "manager hangs", manager_hung, "session.manager", VERDICT_FAIL, "none within 1500 ms" },
	{ "manager had little time", manager_had_little_time, "session.manager", VERDICT_WARN,
		"none within 300 ms" },
	{ "manager untried", manager_untried, "session.manager", VERDICT_PASS, "" },
	{ "B07 deaf", bus_deaf, "session.bus", VERDICT_FAIL, "Connection refused" },
	{ "WSL without systemd", windows_without_systemd, "session.systemd", VERDICT_WARN,
		"/etc/wsl.conf" },
	{ "B16", pam_module_missing, "session.pam", VERDICT_FAIL, "install libpam-systemd" },
	{ "B16 disproved", pam_module_elsewhere, "session.pam", VERDICT_PASS, "" },
	{ "B16 NixOS", pam_on_nixos, "session.pam", VERDICT_PASS, "" },
	{ "B16 stack", pam_without_logind, "session.pam", VERDICT_WARN,
		"/etc/pam.d/sshd: not in it, session optional pam_systemd.so" },
	{ "B16 sshd", sshd_without_pam, "session.pam", VERDICT_WARN, "10-x.conf: UsePAM no" },
	{ "sshd asks PAM", sshd_with_pam, "session.pam", VERDICT_PASS, "" },
	{ "B15 masked", logind_masked, "session.logind", VERDICT_FAIL,
		"sudo systemctl unmask user@.service" },
	{ "B07 masked", bus_masked_for_all, "session.bus", VERDICT_FAIL, "--global unmask" },
	{ "B07 masked by the user", bus_masked_by_the_user, "session.bus", VERDICT_FAIL,
		"systemctl --user unmask dbus.socket" },
	{ "B07 masked, socket left", bus_masked_and_deaf, "session.bus", VERDICT_FAIL,
		"systemctl --user unmask dbus.socket" },
	{ "B07 stopped", bus_stopped, "session.bus", VERDICT_FAIL, "--user start dbus.socket" },
	{ "B15 Delegate=no", manager_without_delegation, "session.manager", VERDICT_FAIL,
		"user@.service.d/z.conf: Delegate=no" },
	{ "B15 left its socket", manager_died, "session.manager", VERDICT_FAIL,
		"no cgroup '/user.slice/user-1000.slice/user@1000.service'" },
	{ "B15 drop-ins", manager_with_dropins, "session.manager", VERDICT_FAIL, "x.conf" },
	{ "B04 of another", fallback_of_another, "session.tmp", VERDICT_WARN, "owner 1001" },
	{ "B04 left", fallback_left, "session.tmp", VERDICT_PASS, "" },
	{ "B04", fallback_used, "session.tmp", VERDICT_WARN, "podman stop -a" },
};

static void each_fault_fails_its_own_check_and_no_other(void **state)
{
	(void)state;
	expect_each(faults, ARRAY_SIZE(faults));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_fails_its_own_check_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
