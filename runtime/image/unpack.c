/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child for each layer:
 *
 *	load the libraries	while the host's files are there to be loaded
 *	join the id map		files get the owners the layer says, root is the user
 *	sweep, stage, lock	staging.h
 *	chroot			every name is confined by tree.h; should that ever fail, there is
 *				nothing else to reach
 *	unpack, verify, keep	the digests are known at the end: until then nobody sees the layer
 *
 * and it answers with plain bytes on a pipe. A child that dies without answer is an error.
 */
#include "runtime/image/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "runtime/image/staging.h"

enum {
	AT_ONCE = 4
};

struct answer {
	int code;
	struct layer_report report;
	struct error err;
};

struct child {
	pid_t pid;
	int pipe;
};

/* setns gives EINVAL where the caller is in that namespace already: user_namespaces(7). */
static int join(int userns_fd, struct error *err)
{
	if (userns_fd >= 0) {
		if (setns(userns_fd, CLONE_NEWUSER) < 0 && errno != EINVAL)
			return error_set(err, -errno, "cannot join the user namespace");
		(void)setgroups(0, NULL); /* refused where setgroups is denied: nothing to drop */
		if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
			return error_set(err, -errno, "cannot become root of the user namespace");
	}
	/* a change of ids clears it: prctl(2) */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return error_set(err, -errno, "cannot bind to the parent process");
	return 0;
}

static int enter(const struct staging *staging, struct error *err)
{
	locale_t plain = newlocale(LC_ALL_MASK, "C", NULL); /* names stay bytes: tarball.c */

	(void)umask(0);
	if (plain)
		(void)uselocale(plain);
	if (fchdir(staging->fd) < 0 || chroot(".") < 0) {
		if (errno == EPERM)
			return error_say(err, -EPERM, "unpacking layers needs a user namespace");
		return error_set(err, -errno, "cannot enter the layer's directory");
	}
	return 0;
}

static int open_source(const struct unpack_job *job, struct tar_source *ret, struct error *err)
{
	*ret = (struct tar_source){
		.fd = -1,
		.data = job->data,
		.size = job->size,
		.packed_limit = job->layer->blob.size,
		.unpacked_limit = job->limit,
	};
	if (job->layout_fd >= 0)
		ret->fd = blob_open(job->layout_fd, &job->layer->blob, err);
	return job->layout_fd >= 0 && ret->fd < 0 ? ret->fd : 0;
}

static int verify(const struct manifest_layer *layer, struct tar *tar, struct error *err)
{
	struct tar_sums sums;
	int r;

	r = tar_finish(tar, &sums, err);
	if (r < 0)
		return r;
	if (sums.packed_bytes != layer->blob.size)
		return error_say(err, -EBADMSG, "it is damaged: %llu bytes where %llu should be",
			(unsigned long long)sums.packed_bytes,
			(unsigned long long)layer->blob.size);
	if (!digest_equal(&sums.packed, &layer->blob.digest))
		return error_say(
			err, -EBADMSG, "it is damaged: its digest is 'sha256:%s'", sums.packed.hex);
	if (!digest_equal(&sums.unpacked, &layer->diff_id))
		return error_say(err, -EBADMSG,
			"unpacked it has the diff id 'sha256:%s', "
			"not 'sha256:%s' as the image says",
			sums.unpacked.hex, layer->diff_id.hex);
	return 0;
}

static int unpack(const struct unpack_job *job, const struct tar_source *source,
	const struct staging *staging, struct layer_report *report, struct error *err)
{
	static const struct layer_limits limits = { .entries = LAYER_ENTRIES };
	_cleanup_tar_ struct tar *tar = NULL;
	int r;

	r = tar_open(&tar, source, err);
	if (r >= 0)
		r = layer_unpack(staging->fd, tar, &limits, report, err);
	if (r >= 0)
		r = verify(job->layer, tar, err);
	if (r < 0)
		error_prefix(
			err, "cannot unpack layer 'sha256:%.12s'", job->layer->blob.digest.hex);
	return r;
}

static int child_run(
	const struct unpack_job *job, int layers_fd, int userns_fd, struct answer *answer)
{
	_cleanup_staging_ struct staging staging = { .fd = -1 };
	struct error *err = &answer->err;
	struct tar_source source;
	int r;

	r = tar_load(err);
	if (r >= 0)
		r = open_source(job, &source, err);
	if (r >= 0)
		r = join(userns_fd, err);
	if (r < 0)
		return r;
	staging_sweep(layers_fd);
	r = staging_open(&staging, layers_fd, err);
	if (r >= 0)
		r = enter(&staging, err);
	if (r >= 0)
		r = unpack(job, &source, &staging, &answer->report, err);
	if (r >= 0)
		r = staging_keep(&staging, job->layer->diff_id.hex, err);
	return r;
}

NORETURN static void child_main(
	const struct unpack_job *job, int layers_fd, int userns_fd, pid_t parent, int pipe)
{
	struct answer answer = { 0 };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	answer.code = child_run(job, layers_fd, userns_fd, &answer);
	_exit(io_write_all(pipe, &answer, sizeof(answer)) < 0);
}

static int child_start(struct child *ret, const struct unpack_job *job, int layers_fd,
	int userns_fd, struct error *err)
{
	pid_t parent = getpid();
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot start unpacking");
	pid = fork();
	if (pid == 0)
		child_main(job, layers_fd, userns_fd, parent, ends[1]);
	(void)close(ends[1]);
	if (pid < 0) {
		(void)close(ends[0]);
		return error_set(err, -errno, "cannot start unpacking");
	}
	*ret = (struct child){ pid, ends[0] };
	return 0;
}

static int child_wait(const struct child *child, struct layer_report *report, struct error *err)
{
	struct answer answer;
	char *at = (char *)&answer;
	size_t n = 0;
	ssize_t got;
	int status;

	do {
		got = read(child->pipe, at + n, sizeof(answer) - n);
		if (got > 0)
			n += (size_t)got;
	} while (n < sizeof(answer) && (got > 0 || (got < 0 && errno == EINTR)));
	(void)close(child->pipe);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (n < sizeof(answer))
		return error_say(err, -ECHILD, "the process that unpacked a layer died");
	report->devices += answer.report.devices;
	report->attributes += answer.report.attributes;
	if (answer.code < 0 && err)
		*err = answer.err;
	return answer.code;
}

static size_t how_many(void)
{
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return 1;
	return MIN((size_t)CPU_COUNT(&cpus), (size_t)AT_ONCE);
}

int unpack_layers(int layers_fd, int userns_fd, const struct unpack_job *jobs, size_t n,
	struct layer_report *ret, struct error *err)
{
	struct child children[AT_ONCE];
	size_t started = 0, waited = 0, most = how_many();
	struct layer_report report = { 0 };
	int r = 0;

	while (waited < n && (r >= 0 || waited < started)) {
		while (r >= 0 && started < n && started - waited < most) {
			r = child_start(&children[started % AT_ONCE], &jobs[started], layers_fd,
				userns_fd, err);
			started += r >= 0;
		}
		if (waited < started) {
			int done = child_wait(
				&children[waited % AT_ONCE], &report, r < 0 ? NULL : err);

			waited++;
			r = r < 0 ? r : done;
		}
	}
	if (r >= 0)
		*ret = report;
	return r;
}
