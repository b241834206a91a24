# SPDX-License-Identifier: Apache-2.0
"""Sentences from what rpod's programs found. Nothing here runs or decides anything."""

from ansible_collections.rpod.host.plugins.module_utils.program import rows


def sentence(check):
    """One line: 'idmap.subuid (alice): no range of ids'."""
    user = f" ({check['user']})" if check.get('user') else ''
    why = check.get('why') or check.get('title') or 'it did not say why'
    return f"{check.get('id', '?')}{user}: {why}"


def evidence(row):
    wanted = f", wanted: {row['wanted']}" if row.get('wanted') else ''
    return f"  evidence: {row.get('source', '?')}: {row.get('found', '?')}{wanted}"


def finding(check):
    """All that is said of a check: why, the evidence, what follows, what mends it."""
    lines = [sentence(check)] + [evidence(row) for row in rows(check, 'evidence')]
    if check.get('effect'):
        lines.append(f"  effect: {check['effect']}")
    fixes = check.get('fix')
    lines += [f'  to mend it: {fix}' for fix in fixes] if isinstance(fixes, list) else []
    return '\n'.join(lines)


def failure(change):
    return f"{change.get('text', '?')}: {change.get('error') or 'it did not say why'}"


def with_verdict(checks, *verdicts):
    return [check for check in checks if check.get('verdict') in verdicts]


def with_state(changes, *states):
    return [change for change in changes if change.get('state') in states]
