# SPDX-License-Identifier: Apache-2.0
"""Run a program of rpod on the host and read the JSON object it prints.

Every way in which that can go wrong ends in fail_json() with words an admin can act on.
"""

import json
import os
import signal
import subprocess

# 'make install' puts them there, and sudo may leave both out of the search path
LOCAL_DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin']

WRONG_USAGE = 64
NEEDS_ROOT = 77

# seconds from SIGTERM to SIGKILL
GRACE = 5

ADVICE = {
    75: "another run, or a tool that changes users, holds its lock: try again, or raise"
        " 'lock_timeout'",
    78: "this host cannot be prepared",
}


class Answer:
    """What a run of a program gave: its exit status and its JSON object."""

    def __init__(self, command, status, report):
        self.command = command
        self.status = status
        self.report = report

    def says(self, key):
        return self.report.get(key) is True

    @property
    def failed(self):
        return self.status != 0 or self.says('failed')

    @property
    def message(self):
        return str(self.report.get('msg') or self.report.get('error') or 'it did not say why')

    @property
    def reason(self):
        """Why it did not do what it was asked for, and what can be done about that."""
        if self.status == NEEDS_ROOT:
            return "it needs root: set 'become: true' on the task"
        if self.status == WRONG_USAGE and 'unknown option' in self.message:
            return f'{self.message}; the program on this host is older than the collection'
        advice = ADVICE.get(self.status)
        return f'{self.message}; {advice}' if advice else self.message

    @property
    def checks(self):
        return rows(self.report, 'checks')

    @property
    def changes(self):
        return rows(self.report, 'changes')


def rows(report, key):
    """The objects of a list; none where the program printed something else there."""
    value = report.get(key)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def common_arguments():
    return dict(
        root=dict(type='path'),
        executable=dict(type='path'),
        timeout=dict(type='int', default=600),
    )


def find(module, name):
    path = module.params['executable'] or module.get_bin_path(name, opt_dirs=LOCAL_DIRECTORIES)
    if not path:
        module.fail_json(
            msg=f"'{name}' is not installed on this host: the role rpod.host.host installs it"
                " from 'rpod_host_packages' or 'rpod_host_build'; where it is in no search path,"
                " set 'executable'")
    return path


def ask(module, name, schemas, words):
    """The answer of 'NAME --json WORDS...'; its report has one of the schemas."""
    command = [find(module, name), '--json'] + words
    try:
        status, output, errors = run(command, module.params['timeout'])
    except OSError as error:
        module.fail_json(msg=f"cannot run '{command[0]}': {error.strerror}", command=command)
    except subprocess.TimeoutExpired as error:
        module.fail_json(
            msg=f"'{name}' was ended after {error.timeout:g} s; the next run completes what it"
                " began; 'timeout' gives it more",
            command=command)
    report = parse(output, schemas)
    if report is None:
        module.fail_json(
            msg=unreadable(name, status, output, errors), command=command, status=status)
    return Answer(command, status, report)


def run(command, timeout):
    """The status, the output and the errors. When time is up, all that it started ends too."""
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=dict(os.environ, LC_ALL='C.UTF-8'), start_new_session=True)
    try:
        output, errors = child.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        end(child)
        raise
    return child.returncode, output.decode('utf-8', 'replace'), errors.decode('utf-8', 'replace')


def end(child):
    os.killpg(child.pid, signal.SIGTERM)
    try:
        child.communicate(timeout=GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def parse(output, schemas):
    try:
        report = json.loads(output)
    except ValueError:
        return None
    known = isinstance(report, dict) and report.get('schema') in schemas
    return report if known else None


def unreadable(name, status, output, errors):
    ended = f'was killed by signal {-status}' if status < 0 else f'ended with {status}'
    said = errors.strip() or output.strip() or 'nothing'
    return f"'{name}' {ended} and printed no JSON this collection can read; it said: {said[-500:]}"
