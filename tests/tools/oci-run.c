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
	(void)fprintf(stderr, "oci-run: %s%s%s%s\n", err->text, *err->see ? "; see '" : "",
		err->see, *err->see ? "'" : "");
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

struct request {
	struct spec spec;
	const char *upper;
	pid_t into;
	bool print, forget;
};

static void network(struct request *q, bool host)
{
	static const char *const no_ports[] = { NULL };

	if (host) {
		q->spec.namespaces[SPEC_NS_NET].mode = SPEC_NS_HOST;
		return;
	}
	q->spec.pasta.options = no_ports;
	q->spec.pasta.dir = "/tmp";
	q->spec.pasta.pid_file = "oci-run.pasta";
}

static void keep_id(struct spec *spec)
{
	static const struct spec_id_map map[] = { { 0, 1, 1000 }, { 1000, 0, 1 },
		{ 1001, 1001, 60000 } };

	spec->uid_map = spec->gid_map = map;
	spec->uid_map_count = spec->gid_map_count = ARRAY_SIZE(map);
}

static void limit(struct spec *spec, const char *bytes)
{
	(void)!parse_size(bytes, &spec->cgroup.memory);
	spec->cgroup.must = true;
}

static int option(struct request *q, int letter)
{
	switch (letter) {
	case 't':
		q->spec.process.terminal = true;
		break;
	case 'r':
		q->spec.root.read_only = true;
		break;
	case 'H':
		network(q, true);
		break;
	case 'n':
		network(q, false);
		break;
	case 'p':
		q->print = true;
		break;
	case 'N':
		q->spec.process.no_new_privileges = true;
		break;
	case 'c':
		keep_id(&q->spec);
		break;
	case 'u':
		q->spec.process.user = optarg;
		break;
	case 'w':
		q->spec.process.cwd = optarg;
		break;
	case 'L':
		return text_list_add(&layers, optarg);
	case 'U':
		q->upper = optarg;
		break;
	case 'v':
		volume(optarg);
		break;
	case 'm':
		limit(&q->spec, optarg);
		break;
	case 'F':
		q->forget = true;
		break;
	case 'x':
		q->into = (pid_t)strtol(optarg, NULL, 10);
		break;
	default:
		return -1;
	}
	return 0;
}

static int enter(const struct request *q)
{
	struct process process = PROCESS_NONE;
	struct cgroup_place place = place_of(q->into);
	struct error err = { 0 };
	uint64_t start;

	if (process_start_time(q->into, &start) < 0)
		return 125;
	if (process_exec(&process, q->into, start, &q->spec.process, &place, &err) < 0)
		die(&err);
	return ended(&process);
}

static int run(struct request *q)
{
	struct process process = PROCESS_NONE;
	bool read_only = q->spec.root.read_only;
	struct error err = { 0 };

	if (userns_enter(NULL, &err) < 0)
		die(&err);
	if (q->upper)
		use_layers(&q->spec, q->upper);
	q->spec.root.read_only = read_only;
	if (process_create(&process, &q->spec, &err) < 0)
		die(&err);
	if (q->print)
		(void)dprintf(2, "%d\n", (int)process.pid);
	if (process_start(&process, &err) < 0)
		die(&err);
	return ended(&process);
}

int main(int argc, char *argv[])
{
	static const char *const env[] = { "PATH=/bin:/sbin:/usr/bin:/usr/sbin", "TERM=xterm",
		NULL };
	struct request q = { 0 };
	char name[32];
	int letter;

	if (process_seal(argv) < 0)
		return 125;
	spec_init(&q.spec);
	(void)snprintf(name, sizeof(name), "oci-run-%d", (int)getpid());
	q.spec.cgroup.name = name;
	q.spec.process.env = env;
	q.spec.hostname = "box";
	while ((letter = getopt(argc, argv, "+trHnpcNFu:w:L:U:v:m:x:")) >= 0)
		if (option(&q, letter) < 0)
			return 64;
	if (q.forget)
		return userns_forget(NULL) < 0 ? 125 : 0;
	if (!q.into && !q.upper)
		q.spec.root.dir = argv[optind++];
	if (optind < argc && strcmp(argv[optind], "--") == 0)
		optind++;
	q.spec.process.args = (const char *const *)(argv + optind);
	q.spec.mounts = mounts;
	q.spec.mount_count = mount_count;
	return q.into ? enter(&q) : run(&q);
}
