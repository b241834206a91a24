#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0

DOCUMENTATION = r'''
module: rpod_setup
short_description: Prepare a host and its users for containers without root
version_added: 0.1.0
description:
  - Runs C(rpod-setup) on the host. It makes the users, gives them ranges of subordinate ids, sets
    limits and modules of the kernel, delegates cgroup controllers, lets the users' managers run
    without a login, labels their homes, and says what still fails.
  - A second run changes nothing. What a run changed can be taken back.
  - Not every option is known to every version of C(rpod-setup). One that the program on the host
    does not know fails the task before anything is changed.
author:
  - the rpod developers (@rpod)
options:
  state:
    description:
      - With C(present), the host and the I(users) are prepared.
      - With C(undone), what I(run) changed is taken back, newest change first. What somebody
        changed since stays, and is told as a warning.
    type: str
    choices: [present, undone]
    default: present
  run:
    description:
      - What to take back; required with I(state=undone). A run is named as I(run) is returned,
        C(all) takes back every run, newest first. The second time both change nothing.
      - C(latest) takes back the newest run that has something to take back, so each time the task
        runs it takes back one more.
    type: str
  users:
    description:
      - Users to prepare the host for. One who does not exist is created; one who does keeps his
        id, home and shell. Users who differ in I(home) and its like take a task each, or a loop.
      - Without any, only what all users share is prepared.
    type: list
    elements: str
    aliases: [user]
  home:
    description:
      - Home of the one user of I(users), where he is to be created.
    type: path
  uid:
    description:
      - User id of the one user of I(users), where he is to be created.
    type: int
  shell:
    description:
      - Shell of I(users), where they are to be created.
    type: path
  system:
    description:
      - Whether I(users) are created as service accounts.
    type: bool
  subids:
    description:
      - Subordinate ids for each user; otherwise 65536.
    type: int
  storage:
    description:
      - Directory for the containers of the one user of I(users), where that is not in his home.
    type: path
  controllers:
    description:
      - Cgroup controllers to delegate; otherwise C(cpu), C(cpuset), C(io), C(memory), C(pids).
    type: list
    elements: str
  per_user:
    description:
      - Whether controllers are delegated to I(users) only, and not to every user.
    type: bool
  nofile:
    description:
      - Open files that users' managers allow.
    type: int
  tasks:
    description:
      - Tasks that users' managers allow.
    type: int
  ports_from:
    description:
      - Let users bind ports from this one on.
    type: int
  ping:
    description:
      - Whether every group may send echo requests.
    type: bool
  open_ports:
    description:
      - Ports to open in the host's firewall, as C(8080) or C(53/udp).
    type: list
    elements: str
  features:
    description:
      - What kernel modules are loaded for.
    type: list
    elements: str
  shared_mounts:
    description:
      - Whether C(/) is made a shared mount.
    type: bool
  allow_weaken:
    description:
      - Guards of the host that may be lowered. The manual page of C(rpod-setup) says what each
        costs.
    type: list
    elements: str
  packages:
    description:
      - Whether missing packages are installed too.
    type: bool
  only:
    description:
      - Only these checks, or groups of checks as C(idmap). The manual page C(rpod-checks) has them
        all.
    type: list
    elements: str
  skip:
    description:
      - Leave these checks, or groups of checks, alone.
    type: list
    elements: str
  lock_timeout:
    description:
      - Seconds to wait for another run, and for tools that hold C(/etc/passwd.lock) and its like.
    type: int
    default: 30
extends_documentation_fragment:
  - rpod.host.program
attributes:
  check_mode:
    support: full
    description: Says what would be changed, changes nothing, takes no lock.
  diff_mode:
    support: full
    description: Shows what files become, and in words what is no file.
  platform:
    support: full
    platforms: linux
    description: The hosts it runs on.
seealso:
  - module: rpod.host.rpod_doctor
'''

EXAMPLES = r'''
- name: Prepare the host for a user with a home of its own
  rpod.host.rpod_setup:
    users: [container]
    home: /data/container
  become: true
  register: prepared

- name: Reboot where the host asks for it
  ansible.builtin.reboot:
  when: prepared.reboot_required
  become: true

- name: Prepare the host for several users who may publish port 80 and up
  rpod.host.rpod_setup:
    users: [alice, bob]
    ports_from: 80
  become: true

- name: Id ranges only, twice as many
  rpod.host.rpod_setup:
    users: [alice]
    subids: 131072
    only: [idmap]
  become: true

- name: Prepare the tree of an image
  rpod.host.rpod_setup:
    users: [container]
    root: /srv/images/edge
  become: true

- name: Take back what the first task changed
  rpod.host.rpod_setup:
    state: undone
    run: "{{ prepared.run }}"
  become: true
  when: prepared.run is not none
'''

RETURN = r'''
msg:
  description: What was done. Of a task that failed, what failed and why, and of each check that
    still fails why, the evidence, what follows from it and what mends it.
  returned: always
  type: str
  sample: 6 changes made in run 20261125T161051.559224-7329
run:
  description: The run that changed the host, for I(run) of a later task; the last one where several
    were taken back. None where nothing was changed.
  returned: when the program could be run
  type: str
  sample: 20261125T161051.559224-7329
reboot_required:
  description: Whether something is effective only after a reboot.
  returned: when the program could be run
  type: bool
relogin_required:
  description: Whether something is effective only after the user has logged out and in.
  returned: when the program could be run
  type: bool
changes:
  description: Every change, also what was so already.
  returned: when the program could be run
  type: list
  elements: dict
  contains:
    check:
      description: The id of the check that asked for it.
      type: str
    kind:
      description: What kind of change it is.
      type: str
    path:
      description: The file it is about.
      type: str
    text:
      description: What it does.
      type: str
    state:
      description: One of C(done), C(already), C(pending), C(failed), C(would).
      type: str
    error:
      description: Why it failed.
      type: str
  sample:
    - check: session.linger
      kind: linger
      path: /var/lib/systemd/linger/container
      text: let the manager of 'container' run without a login
      state: done
      error: null
checks:
  description: The checks that fail or warn after the changes, before them in check mode, as
    M(rpod.host.rpod_doctor) returns them. With several users those of each have a C(user).
  returned: when the program could be run
  type: list
  elements: dict
command:
  description: The command that was run, the last one where there were several.
  returned: when a program was found
  type: list
  elements: str
  sample: [/usr/sbin/rpod-setup, --json, --lock-timeout=30, user, --, container]
status:
  description: Its exit status.
  returned: when it ended
  type: int
'''

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.rpod.host.plugins.module_utils.program import ask, common_arguments, rows
from ansible_collections.rpod.host.plugins.module_utils.words import (
    failure, finding, sentence, with_state, with_verdict,
)

SCHEMA = 'rpod-setup/1'
HISTORY_SCHEMA = 'rpod-setup-history/1'

LIST = dict(type='list', elements='str')

# parameter: its option of rpod-setup, its argument_spec. A list is an option given several times,
# where it is not in JOINED.
OPTIONS = dict(
    home=('--home', dict(type='path')),
    uid=('--uid', dict(type='int')),
    shell=('--shell', dict(type='path')),
    system=('--system', dict(type='bool')),
    subids=('--subids', dict(type='int')),
    storage=('--storage', dict(type='path')),
    controllers=('--controllers', LIST),
    per_user=('--per-user', dict(type='bool')),
    nofile=('--nofile', dict(type='int')),
    tasks=('--tasks', dict(type='int')),
    ports_from=('--ports-from', dict(type='int')),
    ping=('--ping', dict(type='bool')),
    open_ports=('--open-port', LIST),
    features=('--features', LIST),
    shared_mounts=('--shared-mounts', dict(type='bool')),
    allow_weaken=('--allow-weaken', LIST),
    packages=('--packages', dict(type='bool')),
    only=('--only', LIST),
    skip=('--skip', LIST),
)
JOINED = ('controllers', 'features')


def words_of(params):
    words = []
    for name, (flag, _spec) in OPTIONS.items():
        value = params[name]
        if isinstance(value, list) and name not in JOINED:
            words += [f'{flag}={item}' for item in value]
        elif isinstance(value, list) and value:
            words.append(f"{flag}={','.join(value)}")
        elif value is True:
            words.append(flag)
        elif isinstance(value, (int, str)) and value is not False:
            words.append(f'{flag}={value}')
    return words


def ask_setup(module, words, schema=SCHEMA):
    params = module.params
    common = [f"--lock-timeout={params['lock_timeout']}"]
    common += [f"--root={params['root']}"] if params['root'] else []
    common += ['--dry-run'] if module.check_mode else []
    # what fails before a command is looked at is told in the first schema, whatever the command
    return ask(module, 'rpod-setup', {SCHEMA, schema}, common + words)


def prepare(module):
    users = module.params['users']
    subject = ['user', '--'] + users if users else ['host']
    return [ask_setup(module, words_of(module.params) + subject)]


def undo(module):
    """The answer for every run that is taken back, up to one that cannot be."""
    answers = []
    for run in runs_to_undo(module):
        answers.append(ask_setup(module, ['undo', '--', run]))
        if answers[-1].failed:
            break
    return answers


def runs_to_undo(module):
    wanted = module.params['run']
    if wanted not in ('latest', 'all'):
        return [wanted]
    history = ask_setup(module, ['history'], HISTORY_SCHEMA)
    if history.failed:
        fail(module, [history])
    runs = [str(run.get('run')) for run in rows(history.report, 'runs')
            if run.get('state') != 'undone']
    return runs[:1] if wanted == 'latest' else runs


def still_failing(answer):
    """What fails and is not only waiting for a reboot or a login."""
    pending = [change.get('check') for change in with_state(answer.changes, 'pending')]
    failing = with_verdict(answer.checks, 'fail')
    return [check for check in failing if check.get('id') not in pending]


def not_mended(answer):
    """What fails before a run that has no change for it."""
    changed = [change.get('check') for change in answer.changes]
    failing = with_verdict(answer.checks, 'fail')
    return [check for check in failing if check.get('id') not in changed]


def warnings_of(answer, check_mode):
    told = with_verdict(answer.checks, 'warn')
    known = [check.get('id') for check in told]
    texts = [f"not done: {failure(change)}" for change in with_state(answer.changes, 'failed')
             if change.get('check') not in known]
    texts += [str(change['note']) for change in answer.changes if change.get('note')]
    if check_mode:
        return texts + [f'would still fail: {sentence(check)}' for check in not_mended(answer)]
    texts += [f"not effective yet: {change.get('text')}"
              for change in with_state(answer.changes, 'pending')]
    return texts + [sentence(check) for check in told]


def difference(answer, state):
    """Ansible's diff: the files as the program shows them, what is no file in words."""
    if not answer.says('changed'):
        return []  # what is pending may be an earlier run's
    sign = '+' if state == 'present' else '-'
    files = rows(answer.report, 'diff')
    shown = [entry.get('after_header') for entry in files]
    words = [f"{sign} {change.get('text')} [{change.get('check')}]"
             for change in with_state(answer.changes, 'done', 'would', 'pending')
             if change.get('path') not in shown]
    return files + ([dict(prepared='\n'.join(words) + '\n')] if words else [])


def all_of(answers, what):
    return [item for answer in answers for item in what(answer)]


def result_of(module, answers):
    """What is returned, whether the task fails or not."""
    result = dict(
        changed=any(answer.says('changed') for answer in answers),
        reboot_required=any(answer.says('reboot_required') for answer in answers),
        relogin_required=any(answer.says('relogin_required') for answer in answers),
        changes=all_of(answers, lambda answer: answer.changes),
        checks=all_of(answers, lambda answer: with_verdict(answer.checks, 'fail', 'warn')),
        run=None,
    )
    if answers:
        last = answers[-1]
        result.update(run=last.report.get('run'), command=last.command, status=last.status)
    if module._diff:
        result['diff'] = all_of(
            answers, lambda answer: difference(answer, module.params['state']))
    return result


def fail(module, answers):
    last = answers[-1]
    told = [last.reason] + [failure(change) for change in with_state(last.changes, 'failed')]
    told += [finding(check) for check in still_failing(last)]
    module.fail_json(msg='\n'.join(told), **result_of(module, answers))


def check_arguments(module):
    params = module.params
    given = [name for name in ['users'] + list(OPTIONS) if params[name] is not None]
    if params['state'] == 'undone' and given:
        module.fail_json(msg=f"'{given[0]}' does not go with 'state: undone'")
    if params['state'] == 'present' and params['run'] is not None:
        module.fail_json(msg="'run' goes with 'state: undone' only")


def argument_spec():
    return dict(
        common_arguments(),
        state=dict(type='str', choices=['present', 'undone'], default='present'),
        run=dict(type='str'),
        users=dict(type='list', elements='str', aliases=['user']),
        lock_timeout=dict(type='int', default=30),
        **{name: spec for name, (_flag, spec) in OPTIONS.items()})


def main():
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_if=[('state', 'undone', ['run'])],
        supports_check_mode=True,
    )
    check_arguments(module)
    answers = prepare(module) if module.params['state'] == 'present' else undo(module)
    if answers and answers[-1].failed:
        fail(module, answers)
    for text in all_of(answers, lambda answer: warnings_of(answer, module.check_mode)):
        module.warn(text)
    message = answers[-1].message if answers else 'there is no run to take back'
    module.exit_json(msg=message, **result_of(module, answers))


if __name__ == '__main__':
    main()
