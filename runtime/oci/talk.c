/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/talk.h"

#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/oci/channel.h"
#include "runtime/oci/fuse.h"
#include "runtime/oci/process.h"

static int serve_fuse(struct process *p)
{
	struct error err = { 0 };
	_cleanup_close_ int tree = fuse_overlay(&p->spec->root, &err);

	int r;

	if (tree < 0)
		r = channel_send_error(p->channel, &err);
	else
		r = channel_send_fd(p->channel, CHANNEL_FUSE, tree, 0);
	return r == -EPIPE ? 0 : r; /* it has gone, and its last word is still to be heard */
}

/* The next word of the child; CHANNEL_EOF is returned as 0, an error it tells as its code. */
static int hear(struct process *p, struct error *err)
{
	struct channel_message message;
	int r = channel_receive(p->channel, &message);

	if (r < 0)
		return error_set(err, r, "cannot hear from the container");
	switch (message.word) {
	case CHANNEL_ERROR:
		*err = message.error;
		return err->code < 0 ? err->code : -EPROTO;
	case CHANNEL_TERMINAL:
		p->terminal = message.fd;
		break;
	case CHANNEL_READY:
		p->ready = true;
		break;
	case CHANNEL_FUSE:
		r = serve_fuse(p);
		if (r < 0)
			return error_set(err, r, "cannot hand over fuse-overlayfs");
		break;
	case CHANNEL_EOF:
	default:
		if (message.fd >= 0)
			(void)close(message.fd);
	}
	return message.word;
}

int talk_until_ready(struct process *p, struct error *err)
{
	int r = 1;

	while (r > 0 && !p->ready)
		r = hear(p, err);
	if (r == 0 && !p->ready)
		return error_say(
			err, -ECHILD, "the container's first process died while it was made");
	return r < 0 ? r : 0;
}

int talk_until_exec(struct process *p, struct error *err)
{
	int r = talk_until_ready(p, err);

	if (r < 0)
		return r;
	do
		r = hear(p, err);
	while (r > 0);
	if (r < 0)
		return r;
	(void)close(take_fd(&p->channel));
	return 0;
}
