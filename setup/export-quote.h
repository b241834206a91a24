/* SPDX-License-Identifier: Apache-2.0 */
/* Any string as one word of a language that an export is written in. */
#pragma once

struct text;

/* 'x' for a POSIX shell. No line of it begins with '%', which would end a kickstart section. */
void quote_shell(struct text *ret, const char *s);

/* "x" for YAML, a JSON string. @s is UTF-8. */
void quote_yaml(struct text *ret, const char *s);
/* Lines of text as a YAML literal block, each after @indent blanks; as "x" where a block cannot hold
 * them. Ends in a newline. */
void quote_yaml_block(struct text *ret, unsigned indent, const char *s);

/* The same for a playbook: with !unsafe where Ansible would take parts for a template. */
void quote_ansible(struct text *ret, const char *s);
void quote_ansible_block(struct text *ret, unsigned indent, const char *s);

/* The text as comments, each line after "# "; control characters become '?'. */
void quote_comment(struct text *ret, const char *s);
