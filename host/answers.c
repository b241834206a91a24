/* SPDX-License-Identifier: Apache-2.0 */
#include "host/answers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct answer {
	char *question;
	char *text;
	int result; /* 0 or negative errno */
};

struct answers {
	struct answer *rows; /* sorted by question: a record is the same whatever the order asked */
	size_t count, room;
};

/* strerrorname_np(3) is younger than our oldest glibc; what is not here is written as a number */
#define ERRNO_ROW(name)                                                                            \
	{                                                                                          \
#name, name                                                                        \
	}
static const struct {
	const char *name;
	int number;
} errno_names[] = {
	ERRNO_ROW(EPERM),
	ERRNO_ROW(ENOENT),
	ERRNO_ROW(EINTR),
	ERRNO_ROW(EIO),
	ERRNO_ROW(ENXIO),
	ERRNO_ROW(E2BIG),
	ERRNO_ROW(ECHILD),
	ERRNO_ROW(EAGAIN),
	ERRNO_ROW(ENOMEM),
	ERRNO_ROW(EACCES),
	ERRNO_ROW(EBUSY),
	ERRNO_ROW(EEXIST),
	ERRNO_ROW(EXDEV),
	ERRNO_ROW(ENODEV),
	ERRNO_ROW(ENOTDIR),
	ERRNO_ROW(EISDIR),
	ERRNO_ROW(EINVAL),
	ERRNO_ROW(ENFILE),
	ERRNO_ROW(EMFILE),
	ERRNO_ROW(EFBIG),
	ERRNO_ROW(ENOSPC),
	ERRNO_ROW(EROFS),
	ERRNO_ROW(ERANGE),
	ERRNO_ROW(ENAMETOOLONG),
	ERRNO_ROW(ENOSYS),
	ERRNO_ROW(ELOOP),
	ERRNO_ROW(ENODATA),
	ERRNO_ROW(EOVERFLOW),
	ERRNO_ROW(EUSERS),
	ERRNO_ROW(EOPNOTSUPP),
	ERRNO_ROW(ECONNREFUSED),
	ERRNO_ROW(ETIMEDOUT),
	ERRNO_ROW(ESTALE),
	ERRNO_ROW(EDQUOT),
	ERRNO_ROW(ESRCH),
	ERRNO_ROW(EKEYEXPIRED),
	ERRNO_ROW(EHOSTDOWN),
};

int answers_new(struct answers **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void answers_free(struct answers *answers)
{
	if (!answers)
		return;
	for (size_t i = 0; i < answers->count; i++) {
		free(answers->rows[i].question);
		free(answers->rows[i].text);
	}
	free(answers->rows);
	free(answers);
}

/* Where @question is, or would be put. */
static size_t place(const struct answers *answers, const char *question, bool *found)
{
	size_t low = 0, high = answers->count;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(answers->rows[middle].question, question);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int make_room(struct answers *answers)
{
	size_t room = answers->room ? answers->room * 2 : 64;
	struct answer *grown;

	if (answers->count < answers->room)
		return 0;
	grown = realloc(answers->rows, room * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	answers->rows = grown;
	answers->room = room;
	return 0;
}

int answers_put(struct answers *answers, const char *question, int result, const char *answer)
{
	_cleanup_free_ char *q = strdup(question), *t = strdup(answer ? answer : "");
	struct answer *row;
	bool found;
	size_t at;

	if (!q || !t || make_room(answers) < 0)
		return -ENOMEM;
	at = place(answers, question, &found);
	row = &answers->rows[at];
	if (found) {
		free(row->text);
	} else {
		memmove(row + 1, row, (answers->count - at) * sizeof(*row));
		row->question = take_ptr(q);
		answers->count++;
	}
	row->text = take_ptr(t);
	row->result = result;
	return 0;
}

int answers_get(const struct answers *answers, const char *question, struct text *ret)
{
	bool found;
	size_t at = place(answers, question, &found);

	if (!found)
		return -ENODATA;
	text_add(ret, answers->rows[at].text);
	return text_failed(ret) ? -ENOMEM : answers->rows[at].result;
}

/* Undo the escapes in place. -EINVAL for one that is none of ours. */
static int unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		static const char from[] = "tnr\\", into[] = "\t\n\r\\";
		const char *at;

		if (*s != '\\') {
			*to++ = *s;
			continue;
		}
		at = s[1] ? strchr(from, *++s) : NULL;
		if (!at)
			return -EINVAL;
		*to++ = into[at - from];
	}
	*to = '\0';
	return 0;
}

int answers_parse_result(const char *s, int *ret)
{
	uint32_t number;

	for (size_t i = 0; i < ARRAY_SIZE(errno_names); i++)
		if (strcmp(s, errno_names[i].name) == 0) {
			*ret = -errno_names[i].number;
			return 0;
		}
	if (parse_u32(s, &number) < 0 || number > 4095)
		return -EINVAL;
	*ret = -(int)number;
	return 0;
}

static int parse_row(struct answers *answers, char *line, const char **ret_why)
{
	char *result = strchr(line, '\t'), *answer = result ? strchr(result + 1, '\t') : NULL;
	int number;

	*ret_why = "expected question, result and answer with tabs between them";
	if (!answer)
		return -EINVAL;
	*result++ = *answer++ = '\0';
	*ret_why = "the result is neither 0 nor the name of an error";
	if (answers_parse_result(result, &number) < 0)
		return -EINVAL;
	*ret_why = "unknown escape";
	if (unescape(line) < 0 || unescape(answer) < 0)
		return -EINVAL;
	*ret_why = "no question";
	return *line ? answers_put(answers, line, number, answer) : -EINVAL;
}

int answers_parse(struct answers *answers, const char *data, size_t length, const char *name,
	struct error *err)
{
	const char *line, *why;
	size_t at = 0, n;

	for (unsigned number = 1; (line = text_line(data, length, &at, &n)); number++) {
		_cleanup_free_ char *copy = NULL;
		int r;

		if (n == 0 || *line == '#')
			continue;
		if (memchr(line, '\0', n))
			return error_say(
				err, -EINVAL, "line %u of '%s' holds a zero byte", number, name);
		copy = strndup(line, n);
		if (!copy)
			return error_set(err, -ENOMEM, "cannot read '%s'", name);
		r = parse_row(answers, copy, &why);
		if (r == -EINVAL)
			return error_say(
				err, r, "line %u of '%s' is malformed: %s", number, name, why);
		if (r < 0)
			return error_set(err, r, "cannot read '%s'", name);
	}
	return 0;
}

static void add_escaped(struct text *ret, const char *s)
{
	for (; *s; s++)
		switch (*s) {
		case '\t':
			text_add(ret, "\\t");
			break;
		case '\n':
			text_add(ret, "\\n");
			break;
		case '\r':
			text_add(ret, "\\r");
			break;
		case '\\':
			text_add(ret, "\\\\");
			break;
		default:
			text_add_bytes(ret, s, 1);
		}
}

void answers_print_result(int result, struct text *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(errno_names); i++)
		if (errno_names[i].number == -result) {
			text_add(ret, errno_names[i].name);
			return;
		}
	text_addf(ret, "%d", -result);
}

int answers_print(const struct answers *answers, struct text *ret)
{
	for (size_t i = 0; i < answers->count; i++) {
		const struct answer *row = &answers->rows[i];

		/* a question that begins with '#' would read back as a comment: none of ours does */
		add_escaped(ret, row->question);
		text_add(ret, "\t");
		answers_print_result(row->result, ret);
		text_add(ret, "\t");
		add_escaped(ret, row->text);
		text_add(ret, "\n");
	}
	return text_failed(ret) ? -ENOMEM : 0;
}
