#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0

DOCUMENTATION = r'''
module: rpod_doctor
short_description: Say what is wrong with a host for containers without root
version_added: 0.1.0
description:
  - Runs C(rpod-doctor) on the host. It reads the host, tries what can be tried in child processes,
    and says all that is amiss at once, with the evidence and the command that mends it.
  - It changes nothing, in check mode as otherwise.
author:
  - the rpod developers (@rpod)
options:
  user:
    description:
      - Judge for this user. Only root can try things as somebody else, so C(become) is needed
        where that is not who Ansible logs in as.
      - Without it, for who runs the module.
    type: str
  checks:
    description:
      - Only these checks, or groups of checks as C(idmap). The manual page C(rpod-checks) has them
        all.
    type: list
    elements: str
    default: []
  skip:
    description:
      - Not these checks, or groups of checks.
    type: list
    elements: str
    default: []
  fail_on:
    description:
      - When the task fails. With C(fail), when a check fails; with C(warn), also when one warns,
        as C(rpod-doctor --strict) has it; with C(never), not for what the doctor finds.
      - A host that could not be looked at fails the task whatever is set here.
    type: str
    choices: [never, fail, warn]
    default: fail
  all_checks:
    description:
      - Whether I(checks) is returned with the checks that pass or are skipped, too. A task that
        fails shows all that it returns.
    type: bool
    default: false
extends_documentation_fragment:
  - rpod.host.program
attributes:
  check_mode:
    support: full
    description: It only reads.
  diff_mode:
    support: none
    description: It changes nothing.
  platform:
    support: full
    platforms: linux
    description: The hosts it runs on.
seealso:
  - module: rpod.host.rpod_setup
'''

EXAMPLES = r'''
- name: Fail where containers would not run for alice
  rpod.host.rpod_doctor:
    user: alice
  become: true

- name: Ask about the id ranges only, and go on whatever they are
  rpod.host.rpod_doctor:
    user: alice
    checks: [idmap]
    fail_on: never
  become: true
  register: ids

- name: Say what is wrong with them
  ansible.builtin.debug:
    msg: "{{ ids.checks | selectattr('verdict', 'eq', 'fail') | map(attribute='why') }}"

- name: Judge the tree of an image before it is shipped
  rpod.host.rpod_doctor:
    user: container
    root: /srv/images/edge
'''

RETURN = r'''
msg:
  description: How many checks passed, warned and failed; of each that failed, why, the evidence,
    what follows from it and what mends it.
  returned: always
  type: str
  sample: '1 failed, 0 warned, 48 passed, 1 skipped'
summary:
  description: How many checks have each verdict.
  returned: when the host could be looked at
  type: dict
  sample: {pass: 48, warn: 0, fail: 1, skip: 1}
failing:
  description: The ids of the checks that failed.
  returned: when the host could be looked at
  type: list
  elements: str
  sample: [idmap.newuidmap]
warning:
  description: The ids of the checks that warned.
  returned: when the host could be looked at
  type: list
  elements: str
  sample: [net.pasta]
checks:
  description: The checks that failed or warned, with I(all_checks) every one, as
    C(rpod-doctor --json) prints them.
  returned: when the host could be looked at
  type: list
  elements: dict
  contains:
    id:
      description: Its name, which is never given to another.
      type: str
    title:
      description: What holds when it passes.
      type: str
    verdict:
      description: One of C(pass), C(warn), C(fail), C(skip).
      type: str
    why:
      description: What was found.
      type: str
    evidence:
      description: The files and calls it was found in, with C(source), C(found) and C(wanted).
      type: list
      elements: dict
    effect:
      description: What follows from it.
      type: str
    fix:
      description: Commands that mend it on this distribution, best first.
      type: list
      elements: str
    skipped_because:
      description: The id of the check that it depends on and that failed.
      type: str
context:
  description: Who was judged for, in what session, on what host.
  returned: when the host could be looked at
  type: dict
schema:
  description: The schema of C(summary), C(context) and C(checks).
  returned: when the host could be looked at
  type: str
  sample: rpod-doctor/1
command:
  description: The command that was run.
  returned: when a program was found
  type: list
  elements: str
  sample: [/usr/bin/rpod-doctor, --json, --user=alice]
status:
  description: Its exit status. It is not called C(rc), as Ansible fails every task where that is
    not 0.
  returned: when it ended
  type: int
'''

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.rpod.host.plugins.module_utils.program import ask, common_arguments
from ansible_collections.rpod.host.plugins.module_utils.words import finding, with_verdict

SCHEMA = 'rpod-doctor/1'

FOUND_NOTHING = 0
FOUND_FAULTS = 1


def words_of(params):
    words = [f"--check={pattern}" for pattern in params['checks']]
    words += [f"--skip={pattern}" for pattern in params['skip']]
    words += [f"--{name}={params[name]}" for name in ('user', 'root') if params[name]]
    return words + (['--strict'] if params['fail_on'] == 'warn' else [])


def ids(checks):
    return [check.get('id') for check in checks]


def message(checks, told):
    numbers = ', '.join(f'{len(with_verdict(checks, verdict))} {word}' for verdict, word in (
        ('fail', 'failed'), ('warn', 'warned'), ('pass', 'passed'), ('skip', 'skipped')))
    return '\n'.join([numbers] + [finding(check) for check in told])


def result_of(answer, params):
    """What is returned, whether the task fails or not."""
    failing, warning = with_verdict(answer.checks, 'fail'), with_verdict(answer.checks, 'warn')
    told = failing + warning if params['fail_on'] == 'warn' else failing
    return dict(
        changed=False,
        msg=message(answer.checks, told),
        failing=ids(failing),
        warning=ids(warning),
        checks=answer.checks if params['all_checks'] else failing + warning,
        summary=answer.report.get('summary'),
        context=answer.report.get('context'),
        schema=SCHEMA,
        command=answer.command,
        status=answer.status,
    )


def main():
    module = AnsibleModule(
        argument_spec=dict(
            common_arguments(),
            user=dict(type='str'),
            checks=dict(type='list', elements='str', default=[]),
            skip=dict(type='list', elements='str', default=[]),
            all_checks=dict(type='bool', default=False),
            fail_on=dict(type='str', choices=['never', 'fail', 'warn'], default='fail'),
        ),
        supports_check_mode=True,
    )
    answer = ask(module, 'rpod-doctor', [SCHEMA], words_of(module.params))
    if answer.status not in (FOUND_NOTHING, FOUND_FAULTS):
        module.fail_json(msg=answer.reason, command=answer.command, status=answer.status)
    result = result_of(answer, module.params)
    if answer.status == FOUND_FAULTS and module.params['fail_on'] != 'never':
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == '__main__':
    main()
