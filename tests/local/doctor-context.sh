#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-doctor says first where it looks from; as root it looks at a user both as a bare process of
# his and from inside his manager (here a stand-in for systemd-run), and tells where they differ.
# usage: RPOD_BUILD=build tests/local/doctor-context.sh
# shellcheck disable=SC2317,SC2016 # functions are called through check(); inner shells expand
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"

need_root 'another user'
command -v dbus-daemon >/dev/null || { skip 'the user in his manager' 'no dbus-daemon'; exit $failed; }
chmod 755 "$work"
cp "$doctor" "$work/doctor" # another user may run it there
cat >"$work/inside" <<'INSIDE'
printf 'there:x:54398:54398::/home/there:/bin/sh\n' >>/etc/passwd
printf 'there:x:54398:\n' >>/etc/group
printf 'there:1100000:65536\n' | tee -a /etc/subuid >>/etc/subgid
mkdir -p /home/there /run/systemd/system /run/user/54398/systemd
ln -s ../bus /run/user/54398/systemd/private
chown -R 54398:54398 /home/there /run/user/54398
cd /
as_there='setpriv --reuid 54398 --regid 54398 --clear-groups'
$as_there dbus-daemon --session --nofork --address=unix:path=/run/user/54398/bus >/dev/null 2>&1 &
bus=$!
trap 'kill $bus' EXIT
while [[ ! -S /run/user/54398/bus ]]; do sleep 0.05; done
manager() { # what becomes of the command that is run in the manager, "${words[@]}"
    mount -t tmpfs tmpfs /usr/local/sbin
    install -m 666 /dev/null /run/asked
    printf '#!/bin/bash\necho "$(id -u) $DBUS_SESSION_BUS_ADDRESS $*" >/run/asked\nwhile [[ $1 == --* || $1 == systemd-run ]]; do shift; done\nwords=("$@")\n%s\n' "$1" >/usr/local/sbin/systemd-run
    chmod 755 /usr/local/sbin/systemd-run
}
INSIDE
inside() { on_a_copy "source '$work/inside'; ${1//DOCTOR/timeout -s KILL 60 \"$work/doctor\" --user there}"; }
json() { # filter, script
    inside "$2" >"$work/json"
    [[ -s $work/json ]] && jq -e "$1" "$work/json" >/dev/null && return
    jq -c '.context, .manager' "$work/json"
    return 1
}

same='manager "exec \"\${words[@]}\""'
bound='manager "exec setpriv --no-new-privs \"\${words[@]}\""'
check 'what confines us is told first' says 'confined here: without new privileges' inside 'setpriv --no-new-privs DOCTOR'
check 'and in JSON' json '.context.no_new_privs == 1 and .context.seccomp == 0' 'setpriv --no-new-privs DOCTOR --json'
check 'where nothing does there is no such line' bash -c "'$doctor' | sed -n 1,3p | grep -v 'confined here' | grep rpod-doctor"
check 'the manager is asked for the user' json '.manager.looked' "$same; DOCTOR --json; grep -q '^54398 unix:path=/run/user/54398/bus --user' /run/asked || echo wrong"
check 'what is so both ways is not told' json '.manager.differs == []' "$same; DOCTOR --json --check idmap --check home"
check 'he is not, where nothing of a user is asked' json '.manager == null' "$same; DOCTOR --json --check kernel; [[ ! -s /run/asked ]] || echo wrong"
check 'what is amiss there alone is told' json '.manager.differs | any(.id == "idmap.no-new-privs" and .bare == "pass" and .manager == "fail")' "$bound; DOCTOR --json"
check 'in words too' says 'idmap.no-new-privs  ok as a bare process of the user, amiss in his manager' inside "$bound; DOCTOR"
check 'what is amiss here alone is told' says "ok in the user's manager, amiss as a bare process" inside \
    'manager "exec cat /run/other"; $as_there "'"$work"'/doctor" --json | jq ".checks |= map(.verdict = \"pass\")" >/run/other; mount -t tmpfs -o mode=700 tmpfs /home/there; DOCTOR'
check 'a manager that does not answer is told' says 'could not look from inside the user' inside 'manager "exit 5"; DOCTOR'
check 'nonsense is no report' says 'could not look from inside the user' inside 'manager "echo {]"; DOCTOR'
check 'a manager that hangs is given up' says 'could not look from inside the user' inside 'manager "exec sleep 1000"; DOCTOR'
next='printf "user.max_user_namespaces = 0\n" >/etc/sysctl.d/99-cis.conf; DOCTOR --json --after-reboot'
check 'after the reboot counts what files say' json '.context.view == "next-boot" and any(.checks[]; .id == "userns.max" and .verdict == "fail" and (.evidence[0].source | startswith("/etc/sysctl.d/99-cis.conf")))' "$next"
check 'nothing is tried for it' json '[.checks[] | select(.id == "userns.probe" or .id == "session.bus") | .verdict] == ["skip", "skip"] and .manager == null' "$next"
check 'it goes with no mending' refuses 64 "'--after-reboot' goes neither" "$doctor" --after-reboot --fix
check 'who asks for himself asks nobody else' json '.manager == null' "$same; \$as_there '$work/doctor' --json"
exit $failed
