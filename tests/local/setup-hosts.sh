#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-setup on a copy of every recorded host: a dry run changes nothing, a run does what its plan
# says, a second one finds nothing to change, undo leaves the copy as it was.
# usage: RPOD_BUILD=build tests/local/setup-hosts.sh
# shellcheck disable=SC2317 # functions are called through check()
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
hosts=$(cd "$(dirname "$0")/../hosts" && pwd)
need_root 'setup of recorded hosts'

fail() {
    printf '%s\n' "$*"
    return 1
}
# What is set of a running host (a record's answers) no run on files can change.
plan() { jq -S '[.changes[] | {check, kind, text}]' "$1"; }

try() { # host, user
    local copy=$work/host json=$work/json status uid gid home=''
    rm -rf "$copy"
    cp -a "$1" "$copy"
    IFS=: read -r _ _ uid gid _ home _ < <(grep "^$2:" "$copy/etc/passwd") # git keeps no owners
    [[ -z ${home:-} ]] || { mkdir -p "$copy$home" && chown -R "$uid:$gid" "$copy$home"; }
    mkdir -p "$copy/var/lib" # of the journal, which is no part of the comparison
    fingerprint "$copy" >"$work/before"
    "$setup" --json -n --root "$copy" user "$2" >"$json.plan" 2>"$work/words"
    status=$?
    jq -e '.schema == "rpod-setup/1"' "$json.plan" >/dev/null || fail "no JSON, status $status: $(cat "$work/words")" || return 1
    unchanged "$copy" "$work/before" || fail 'the dry run changed something' || return 1
    if [[ $status -ne 0 ]] && jq -e '.changed | not' "$json.plan" >/dev/null; then # refused: so is the run
        "$setup" -q --root "$copy" user "$2" >/dev/null 2>&1
        [[ $? -eq $status ]] || fail "the dry run ended with $status, the run did not" || return 1
        unchanged "$copy" "$work/before" || fail 'a refused run changed something'
        return
    fi
    "$setup" --json --root "$copy" user "$2" >"$json.run" 2>/dev/null
    if jq -e '[.changes[] | select(.state == "would")] == []' "$json.plan" >/dev/null; then
        jq -e '.changed | not' "$json.run" >/dev/null || fail 'it changed what it had not planned'
        return
    fi
    # a record has no packages to install, no boot loader and not every program
    jq -e '.changed and ([.changes[] | select(.state == "failed") | .kind] - ["package", "kernel-arg", "mode"] == [])' \
        "$json.run" >/dev/null || fail "$(jq -c '.changes' "$json.run")" || return 1
    diff <(plan "$json.plan") <(plan "$json.run") || fail 'the run did something else than the plan said' || return 1
    fingerprint "$copy" >"$work/after"
    "$setup" --json --root "$copy" user "$2" >"$json.again" 2>/dev/null
    jq -e '.changed | not' "$json.again" >/dev/null || fail "a second run changes: $(jq -c .changes "$json.again")" || return 1
    unchanged "$copy" "$work/after" || fail 'the second run changed something' || return 1
    "$setup" --root "$copy" undo || return 1
    unchanged "$copy" "$work/before"
}

for host in "$hosts"/*/; do
    host=${host%/}
    [[ -e $host/user ]] || continue
    check "setup of ${host##*/}: planned, made, nothing left, taken back" try "$host" "$(cat "$host/user")"
done
rm -rf "$work/host" && cp -a "$hosts/build-container" "$work/host"
check 'what only the machine around a container decides ends with 78 and its words' \
    refuses 78 'cannot be mended from within this host' "$setup" --root "$work/host" cgroup2
exit $failed
