#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-doctor explain and run, on recorded hosts and on this one.
# usage: RPOD_BUILD=build tests/local/doctor-explain.sh
# shellcheck disable=SC2317,SC2016 # functions are called through check(); quotes stand in messages
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
hosts=$(cd "$(dirname "$0")/../hosts" && pwd)
map='newuidmap: write to uid_map failed: Operation not permitted'

on() { # host, words of the command line...
    "$doctor" --root "$hosts/$1" --user "$(cat "$hosts/$1/user")" "${@:2}"
}
first_is() { # host, text, certainty, id
    on "$1" --json explain "$2" >"$work/json" # whose status is 1 where a cause is confirmed
    jq -e --arg c "$3" --arg id "$4" '.messages[0].causes[0] | .certainty == $c and .check.id == $id' "$work/json" >/dev/null ||
        { cat "$work/json"; return 1; }
}

# one message, and the cause that holds on each of these hosts
check 'a bare newuidmap is confirmed' first_is fault-newuidmap-bare "$map" confirmed idmap.newuidmap
check 'and is the status 1' status_is 1 on fault-newuidmap-bare explain "$map"
check 'a nosuid /usr is confirmed' first_is fault-usr-nosuid "$map" confirmed idmap.newuidmap
check 'no_new_privs is confirmed' first_is fault-no-new-privs "$map" confirmed idmap.no-new-privs
check 'a namespace around us is confirmed' first_is fault-nested "$map" confirmed idmap.outer
check 'limits at zero are confirmed, and no disk' first_is fault-userns-max-zero 'cannot clone: No space left on device' confirmed userns.max
check 'ranges that overlap each other are confirmed' first_is fault-subid-twice 'newuidmap: write to uid_map failed: Invalid argument' confirmed idmap.self-overlap
check 'a node that keeps a controller is confirmed' first_is fault-user-slice-keeps 'opening file `pids.max` for writing: No such file or directory' confirmed cgroup.delegation
check 'a user without a bus is confirmed' first_is fault-no-bus 'cannot open sd-bus: No such file or directory' confirmed session.bus
while IFS='|' read -r host id text; do
    check "$host: $id is confirmed first" first_is "$host" "$text" confirmed "$id"
done <<'HOSTS'
fault-subid-missing|idmap.subuid|Using rootless single mapping into the namespace. This might break some images.
fault-subid-missing|idmap.subuid|lchown /etc/shadow: invalid argument
fault-subid-carriage-return|idmap.subuid|cannot find UID/GID for user alice: no subuid ranges found for user "alice" in /etc/subuid
fault-subid-overlap|idmap.overlap|newuidmap: uid range [1-65537) -> [100000-165536) not allowed
fault-home-noexec|home.exec|the path `id` exists but it is not executable: Operation not permitted: OCI permission denied
fault-home-nfs|home.network-fs|ApplyLayer exit status 1 stdout: stderr: open /root/.bash_logout: permission denied
fault-no-bus|session.bus|cannot open sd-bus: Datei oder Verzeichnis nicht gefunden
fault-user-slice-keeps|cgroup.delegation|crun: controller `pids` is not available under /sys/fs/cgroup/user.slice/x/cgroup.controllers
fault-config-of-root|home.owner|path "/home/alice/.config" exists and it is not owned by the current user
fault-selinux-labels|selinux.home|error while loading shared libraries: libc.so.6: cannot change memory protections
HOSTS
check 'on a healthy host nothing is' bash -c "'$doctor' --root '$hosts/debian-13-ready' --user alice --json explain '$map' |
    jq -e '.messages[0].causes | length > 3 and all(.certainty == \"excluded\")'"
check 'and it says so, with status 0' bash -c "'$doctor' --root '$hosts/debian-13-ready' --user alice explain '$map' | grep 'none of these is confirmed'"
check 'an unknown text is told' bash -c "'$doctor' explain 'the dog ate it' | grep 'no message that is known'"
check 'standard input is read' bash -c "printf '%s\n' '$map' | '$doctor' --root '$hosts/fault-newuidmap-bare' --user alice explain | grep confirmed"
printf 'time="t" level=error msg="%s\\n"\n' "${map/Operation not permitted/Operation nicht erlaubt}" >"$work/log"
check 'a file, logfmt and German are' bash -c "'$doctor' --root '$hosts/fault-newuidmap-bare' --user alice --file '$work/log' explain | grep confirmed"
check 'a file that is not there is 70, and named' bash -c "'$doctor' --file /no/such explain 2>'$work/err'; test \$? -eq 70 && grep /no/such '$work/err'"
check 'two texts are 64' status_is 64 "$doctor" explain a b
check 'a text and a file are 64' status_is 64 "$doctor" --file "$work/log" explain a

# run
check 'a command that succeeds is left alone' bash -c "test \"\$('$doctor' run -- sh -c 'echo out; echo err >&2' 2>&1)\" = \$'out\nerr'"
check 'one that fails keeps its status' status_is 5 "$doctor" run -- sh -c 'exit 5'
check 'its error is shown and explained' bash -c "'$doctor' run -- sh -c 'echo \"could not find pasta, the network namespace\" >&2; exit 3' 2>&1 >/dev/null | grep net.pasta ||
    '$doctor' run -- sh -c 'echo \"layer not known\" >&2; exit 3' 2>&1 >/dev/null | grep \"podman's own state\""
check 'its output stays its own' bash -c "test \"\$('$doctor' run -- sh -c 'echo out; echo layer not known >&2; exit 1' 2>/dev/null)\" = out"
check 'a signal is told as a shell does' status_is 143 "$doctor" run -- sh -c 'kill -TERM $$'
check 'a command that is not there is 127' status_is 127 "$doctor" run -- /no/such/command
check 'no command is 64' status_is 64 "$doctor" run
exit $failed
