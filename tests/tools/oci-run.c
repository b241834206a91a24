/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine room without an engine, for tests and measurements:
 *
 *	oci-run [-t] [-r] [-H] [-u USER] [-w DIR] [-n] [-c] [-L LAYER]... [-U DIR] [-v FROM:TO]... [-m BYTES]
 *		[-x PID] ROOTFS -- COMMAND...
 *
 * -r read-only, -H host network, -n pasta, -c keep-id, -L layer (lowest first) with -U for upper
 * work and merged, -x a further process in the container of PID, -p print the pid first.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "runtime/oci/process.h"
#include "runtime/oci/userns.h"

static struct text_list layers;
static struct spec_mount mounts[16];
static size_t mount_count;

static void NORETURN die(const struct error *err)
{
	(void)fprintf(stderr, "oci-run: %s%s%s%s\n", err->text, *err->see ? "; see '" : "", err->see,
		*err->see ? "'" : "");
	exit(err->exit_status ? err->exit_status : 125);
}

static void relay(int master)
{
	char room[4096];
	ssize_t n;

	while ((n = read(master, room, sizeof(room))) > 0)
		(void)!write(1, room, (size_t)n);
}

static int ended(struct process *p)
{
	int status = 0;

	if (p->terminal >= 0)
		relay(p->terminal);
	while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (p->pasta > 0)
		(void)kill(p->pasta, SIGTERM);
	cgroup_remove(&p->cgroup);
	process_done(p);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Where the container of @pid lives, when systemd made its scope. */
static struct cgroup_place place_of(pid_t pid)
{
	struct cgroup_place place = CGROUP_PLACE_NONE;
	char path[64], line[600];
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::", 3) != 0 || !strstr(line, "/oci-run-"))
			continue;
		place.manager = SPEC_CGROUP_SYSTEMD;
		(void)text_copy(place.path, sizeof(place.path), line + 3);
		(void)text_copy(place.unit, sizeof(place.unit), strrchr(line, '/') + 1);
	}
	if (file)
		(void)fclose(file);
	return place;
}

static void volume(char *arg)
{
	char *colon = strchr(arg, ':');

	if (!colon || mount_count == ARRAY_SIZE(mounts))
		exit(64);
	*colon = '\0';
	mounts[mount_count++] = (struct spec_mount){
		.kind = SPEC_MOUNT_BIND,
		.source = arg,
		.target = colon + 1,
		.flags = SPEC_MOUNT_RECURSIVE | SPEC_MOUNT_NOSUID | SPEC_MOUNT_NODEV,
	};
}

static void use_layers(struct spec *spec, const char *dir)
{
	static char upper[512], work[512], merged[512];

	(void)snprintf(upper, sizeof(upper), "%s/upper", dir);
	(void)snprintf(work, sizeof(work), "%s/work", dir);
	(void)snprintf(merged, sizeof(merged), "%s/merged", dir);
	(void)mkdir(upper, 0755);
	(void)mkdir(work, 0755);
	(void)mkdir(merged, 0755);
	spec->root = (struct spec_root){
		.layers = (const char *const *)layers.items,
		.upper = upper,
		.work = work,
		.merged = merged,
		.throw_away = true,
	};
}

int main(int argc, char *argv[])
{
	static const char *const env[] = { "PATH=/bin:/sbin:/usr/bin:/usr/sbin", "TERM=xterm", NULL };
	static const char *const no_ports[] = { NULL };
	static const struct spec_id_map keep[] = { { 0, 1, 1000 }, { 1000, 0, 1 },
		{ 1001, 1001, 60000 } };
	struct process process = PROCESS_NONE;
	struct error err = { 0 };
	const char *upper = NULL;
	char name[32];
	struct spec spec;
	uint64_t start = 0;
	pid_t into = 0;
	bool print = false, single;
	int option;

	if (process_seal(argv) < 0)
		return 125;
	spec_init(&spec);
	spec.process.env = env;
	(void)snprintf(name, sizeof(name), "oci-run-%d", (int)getpid());
	spec.cgroup.name = name;
	while ((option = getopt(argc, argv, "+trHnpcNFu:w:L:U:v:m:x:")) >= 0) {
		switch (option) {
		case 't': spec.process.terminal = true; break;
		case 'r': spec.root.read_only = true; break;
		case 'H': spec.namespaces[SPEC_NS_NET].mode = SPEC_NS_HOST; break;
		case 'n':
			spec.pasta.options = no_ports;
			spec.pasta.pid_file = "/tmp/oci-run.pasta";
			break;
		case 'p': print = true; break;
		case 'N': spec.process.no_new_privileges = true; break;
		case 'c':
			spec.uid_map = spec.gid_map = keep;
			spec.uid_map_count = spec.gid_map_count = ARRAY_SIZE(keep);
			break;
		case 'u': spec.process.user = optarg; break;
		case 'w': spec.process.cwd = optarg; break;
		case 'L': (void)!text_list_add(&layers, optarg); break;
		case 'U': upper = optarg; break;
		case 'v': volume(optarg); break;
		case 'm':
			(void)!parse_size(optarg, &spec.cgroup.memory);
			spec.cgroup.must = true;
			break;
		case 'F': return userns_forget(&err) < 0 ? 125 : 0;
		case 'x': into = (pid_t)strtol(optarg, NULL, 10); break;
		default: return 64;
		}
	}
	if (!into && !upper)
		spec.root.dir = argv[optind++];
	if (optind < argc && strcmp(argv[optind], "--") == 0)
		optind++;
	spec.process.args = (const char *const *)(argv + optind);
	spec.mounts = mounts;
	spec.mount_count = mount_count;
	spec.hostname = "box";
	if (into) {
		struct cgroup_place place = place_of(into);

		if (process_start_time(into, &start) < 0)
			return 125;
		if (process_exec(&process, into, start, &spec.process, &place, &err) < 0)
			die(&err);
		return ended(&process);
	}
	if (userns_enter(&single, &err) < 0)
		die(&err);
	if (upper) {
		bool read_only = spec.root.read_only;

		use_layers(&spec, upper);
		spec.root.read_only = read_only;
	}
	if (process_create(&process, &spec, &err) < 0)
		die(&err);
	if (print)
		(void)dprintf(2, "%d\n", (int)process.pid);
	if (process_start(&process, &err) < 0)
		die(&err);
	return ended(&process);
}
