#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The collection rpod.host: its modules' words for everything a program may say, and its role on
# small trees made here (--root).
# usage: RPOD_BUILD=build tests/local/ansible.sh
# shellcheck disable=SC2317 # functions are called through check()
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
top=$(cd "$(dirname "$0")/../.." && pwd)

if ! python3=$(command -v /usr/bin/python3) || ! "$python3" -c 'import ansible' 2>/dev/null; then
    skip 'the Ansible collection' 'ansible-core is not installed'
    exit 0
fi
collections=$work/collections
mkdir -p "$collections/ansible_collections/rpod"
ln -s "$top/ansible" "$collections/ansible_collections/rpod/host"
export PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8
export ANSIBLE_COLLECTIONS_PATH=$collections ANSIBLE_HOME=$work/ansible ANSIBLE_LOCAL_TEMP=$work/tmp
export ANSIBLE_NOCOWS=1 ANSIBLE_FORCE_COLOR=0 ANSIBLE_LOCALHOST_WARNING=0
export ANSIBLE_INVENTORY_UNPARSED_WARNING=0

as=() # a command to run modules by
# As Ansible does on a host, without the time it takes: module NAME ARGUMENTS
module() {
    PYTHONPATH=$collections "${as[@]}" "$python3" -m "ansible_collections.rpod.host.plugins.modules.rpod_$1" \
        <<<"{\"ANSIBLE_MODULE_ARGS\": $2}"
}
gives() { # filter, module, arguments: the filter is true of its result, which is one JSON object
    local output
    output=$(module "$2" "$3" 2>&1)
    jq -e "$1" <<<"$output" >"$work/filtered" 2>&1 || {
        printf 'not true: %s\nof: ' "$1"
        jq 'del(.invocation)' <<<"$output" 2>/dev/null || printf '%s\n' "$output"
        return 1
    }
}
# A program that prints its standard input and ends with a status: stand_in STATUS; it is $program.
program=$work/stand-in
stand_in() {
    cat >"$work/stand-in.says"
    printf '#!/bin/sh\ncat %q\nexit %d\n' "$work/stand-in.says" "$1" >"$program"
    chmod 755 "$program"
}

# -- words for what a program may do ----------------------------------------------------------
run="\"executable\": \"$program\""
says_of_setup() { # status, output, filter
    stand_in "$1" <<<"$2"
    gives "$3" setup "{\"users\": [\"ann\"], $run}"
}
says_of_doctor() {
    stand_in "$1" <<<"$2"
    gives "$3" doctor "{\"user\": \"ann\", $run}"
}
report() { printf '{"schema": "rpod-setup/1", "changed": false, "failed": true, "msg": "the reason", "changes": [%s], "checks": [%s], "diff": []}' "${1:-}" "${2:-}"; }
fault='{"id": "idmap.newuidmap", "title": "it is setuid", "verdict": "fail", "why": "it is not setuid",
    "evidence": [{"source": "/usr/bin/newuidmap", "found": "mode 0755", "wanted": "4755"}],
    "effect": "nothing starts", "fix": ["sudo apt-get install --reinstall uidmap"]}'
told='.msg | contains("idmap.newuidmap: it is not setuid") and contains("/usr/bin/newuidmap: mode 0755, wanted: 4755")
    and contains("effect: nothing starts") and contains("to mend it: sudo apt-get install --reinstall uidmap")'

check 'an order that is garbage fails with it' says_of_setup 0 'bus error' '.failed and (.msg | contains("printed no JSON") and contains("bus error"))'
check 'so does silence' says_of_setup 0 '' '.failed and (.msg | contains("it said: nothing"))'
check 'so does a list' says_of_setup 0 '[1, 2]' '.failed and (.msg | contains("no JSON this collection can read"))'
check 'so does another schema' says_of_setup 0 '{"schema": "rpod-setup/2"}' '.failed and .status == 0'
check 'so does half an object' says_of_doctor 0 '{"schema": "rpod-doc' '.failed'
check 'so do bytes that are no text' says_of_doctor 1 $'\xff\xfe{' '.failed and .status == 1'
check 'members of other types are borne' says_of_setup 1 '{"schema": "rpod-setup/1", "changed": "yes", "msg": 7, "changes": [{"note": 5, "state": []}],
    "checks": [3, {"verdict": "fail", "evidence": "x", "fix": 5}], "diff": null}' '.failed and .changed == false and (.msg | startswith("7"))'
check 'by the doctor too' says_of_doctor 1 '{"schema": "rpod-doctor/1", "checks": [null, {"verdict": "fail"}, {"id": 5, "evidence": [{}]}], "summary": 3}' \
    '.failed and (.msg | startswith("1 failed"))'
check 'a report without members is borne' says_of_setup 0 '{"schema": "rpod-setup/1"}' '(.failed | not) and (.changed | not)'
for status in 1 2 3 64 70 126 127 255; do
    check "status $status of rpod-setup fails with its reason" says_of_setup "$status" "$(report)" ".failed and .status == $status and .msg == \"the reason\""
done
check 'an option that the program does not know says that it is older' says_of_setup 64 "$(report | sed "s/the reason/unknown option '--ping'/")" \
    ".failed and .msg == \"unknown option '--ping'; the program on this host is older than the collection\""
check 'status 75 names lock_timeout' says_of_setup 75 "$(report)" ".failed and (.msg | contains(\"'lock_timeout'\"))"
check 'status 77 asks for become' says_of_setup 77 "$(report)" ".failed and (.msg | contains(\"'become: true'\") and (contains(\"sudo\") | not))"
check 'status 78 says that the host cannot be prepared' says_of_setup 78 "$(report '' "$fault")" ".failed and (.msg | contains(\"cannot be prepared\")) and ($told)"
check 'a check that still fails is told whole' says_of_setup 1 "$(report '' "$fault")" ".failed and ($told)"
check 'a change that failed is told with its reason' says_of_setup 1 "$(report '{"check": "a.b", "text": "load fuse", "state": "failed", "error": "no such module"}')" \
    '.failed and (.msg | contains("load fuse: no such module"))'
check 'a change that a host has no way to make is a warning' says_of_setup 0 "$(report '{"check": "a.b", "text": "load fuse", "state": "failed", "error": "no modprobe"}' | sed 's/"failed": true/"failed": false/')" \
    '(.failed | not) and .warnings == ["not done: load fuse: no modprobe"]'
check 'a check that waits for a reboot is no failure, and told' says_of_setup 0 "$(report '{"check": "idmap.newuidmap", "text": "boot so", "state": "pending"}' "$fault" | sed 's/"failed": true/"failed": false/')" \
    '(.failed | not) and .warnings == ["not effective yet: boot so"]'
check 'a check that warns is a warning' says_of_setup 0 "$(report '' "${fault/\"fail\"/\"warn\"}" | sed 's/"failed": true/"failed": false/')" '.warnings == ["idmap.newuidmap: it is not setuid"]'
diagnosis() { printf '{"schema": "rpod-doctor/1", "context": {}, "summary": {"pass": 1}, "checks": [%s]}' "$1"; }
check 'what the doctor finds fails the task with its words' says_of_doctor 1 "$(diagnosis "$fault")" ".failed and .failing == [\"idmap.newuidmap\"] and ($told)"
check 'a doctor who could not look fails the task' says_of_doctor 70 '{"schema": "rpod-doctor/1", "checks": [], "error": "cannot open it"}' '.failed and .msg == "cannot open it"'
stand_in 1 <<<"$(diagnosis "$fault")"
check 'with fail_on: never the findings are returned only' gives '(.failed | not) and .failing == ["idmap.newuidmap"] and .status == 1' doctor "{\"fail_on\": \"never\", $run}"
stand_in 70 <<<'{"schema": "rpod-doctor/1", "checks": [], "error": "cannot open it"}'
check 'but not that it could not look' gives '.failed and .msg == "cannot open it"' doctor "{\"fail_on\": \"never\", $run}"
stand_in 1 <<<"$(diagnosis "${fault/\"fail\"/\"warn\"}")"
check 'with fail_on: warn a warning fails the task with its words' gives ".failed and .warning == [\"idmap.newuidmap\"] and ($told) and (.command | index(\"--strict\"))" doctor "{\"fail_on\": \"warn\", $run}"

printf '#!/bin/sh\nkill -SEGV $$\n' >"$program"
check 'a program that is killed fails with the signal' gives '.failed and (.msg | contains("killed by signal 11"))' setup "{$run}"
# shellcheck disable=SC2016 # expanded by the stand-in
printf '#!/bin/sh\nsleep 1000 & echo $! >%q\nwait\n' "$work/sleeper" >"$program"
check 'a program that hangs is ended' gives '.failed and (.msg | contains("ended after 1 s"))' setup "{\"timeout\": 1, $run}"
check 'with what it started' bash -c "! grep -qs '^State:.[^ZX]' /proc/$(cat "$work/sleeper")/status"
printf '#!/bin/sh\necho "it: error while loading shared libraries: libjson-c.so.5" >&2\nexit 127\n' >"$program"
check 'a program that does not start says why' gives '.failed and (.msg | contains("libjson-c.so.5"))' setup "{$run}"
printf 'no program' >"$program"
check 'a file that is no program is named' gives ".failed and (.msg | contains(\"cannot run '$program'\"))" setup "{$run}"
chmod 644 "$program"
check 'a file that may not be run is named' gives '.failed and (.msg | contains("Permission denied"))' doctor "{$run}"
rm "$program"
check 'a file that is not there is named' gives '.failed and (.msg | contains("No such file"))' doctor "{$run}"
if command -v rpod-setup >/dev/null || [[ -e /usr/local/sbin/rpod-setup ]]; then
    skip 'a host without the programs' 'they are installed here'
else
    check 'a host without the programs says how it gets them' gives ".failed and (.msg | contains(\"'rpod-setup' is not installed\") and contains(\"rpod_host_build\"))" setup '{}'
fi

# -- what is asked of the program -------------------------------------------------------------
# shellcheck disable=SC2016 # expanded by the stand-in
printf '#!/bin/sh\necho "{\\"schema\\": \\"rpod-${0##*-}/1\\"}"\n' >"$work/rpod-setup"
cp "$work/rpod-setup" "$work/rpod-doctor"
chmod 755 "$work/rpod-setup" "$work/rpod-doctor"
asks() { # words of the command line, module, arguments
    gives "(.failed | not) and (.command[1:] | join(\" \")) == \"--json $1\"" "$2" "{\"executable\": \"$work/rpod-$2\"$3}"
}
check 'without users the host is prepared' asks '--lock-timeout=30 host' setup ''
check 'users are names and nothing else' asks '--lock-timeout=30 user -- ann --root=/' setup ', "users": ["ann", "--root=/"]'
check 'every option has its flag' asks "--lock-timeout=0 --root=/t --home=/h --uid=0 --shell=/bin/sh --system --subids=131072 \
--storage=/s --controllers=cpu,io --per-user --nofile=9 --tasks=8 --ports-from=80 --ping --open-port=80 --open-port=53/udp \
--features=fuse,vxlan --shared-mounts --allow-weaken=low-ports --packages --only=idmap --only=home --skip=net user -- ann" setup \
    ', "root": "/t", "lock_timeout": 0, "home": "/h", "uid": 0, "shell": "/bin/sh", "system": true, "subids": 131072,
    "storage": "/s", "controllers": ["cpu", "io"], "per_user": true, "nofile": 9, "tasks": 8, "ports_from": 80, "ping": true,
    "open_ports": ["80", "53/udp"], "features": ["fuse", "vxlan"], "shared_mounts": true, "allow_weaken": ["low-ports"],
    "packages": true, "only": ["idmap", "home"], "skip": ["net"], "users": ["ann"]'
check 'what is false or empty has none' asks '--lock-timeout=30 host' setup ', "system": false, "controllers": [], "only": [], "users": []'
check 'in check mode it is a dry run' asks '--lock-timeout=30 --dry-run host' setup ', "_ansible_check_mode": true'
check 'a run is taken back' asks '--lock-timeout=30 undo -- 2026' setup ', "state": "undone", "run": "2026"'
check 'the doctor has its options' asks '--check=a --check=b --skip=c --user=ann --root=/t' doctor \
    ', "checks": ["a", "b"], "skip": ["c"], "user": "ann", "root": "/t"'
# what is a command's own, what says how to print, what undo takes too
elsewhere='--(detailed-exitcode|diff|dry-run|json|lock-timeout|quiet|root|verbose|yes|help|version|format|engine|for)$'
flags() { grep -o "('--[a-z-]*'" "$top/ansible/plugins/modules/rpod_setup.py" | tr -d "('" | sort; }
options() { "$build/rpod-setup" --complete | cut -f1 | grep '^--' | grep -v -E -e "$elsewhere" | sort; }
check 'no option of rpod-setup is missing' bash -c "$(declare -f flags options); top=$top build=$build elsewhere='$elsewhere'
    comm -13 <(flags) <(options) | { ! grep .; }"
while read -r option; do
    skip "$option is passed through and tried" 'rpod-setup does not have it'
done < <(comm -23 <(flags) <(options))

refuses_to_run() { gives ".failed and (.msg | contains(\"$1\")) and (has(\"command\") | not)" setup "{$2, \"executable\": \"$work/rpod-setup\"}"; }
check 'undo needs to know what' refuses_to_run 'run' '"state": "undone"'
check 'undo takes no options' refuses_to_run "'users' does not go with 'state: undone'" '"state": "undone", "run": "all", "users": ["a"]'
check 'a run is of undo' refuses_to_run "'run' goes with 'state: undone' only" '"run": "all"'
check 'an unknown state is refused' refuses_to_run 'value of state must be one of' '"state": "absent"'
check 'an unknown option is refused' refuses_to_run 'Unsupported parameters' '"hoem": "/h"'

# -- the programs on a tree -------------------------------------------------------------------
if [[ $(id -u) -ne 0 ]]; then
    skip 'changes to trees' 'not root'
    exit $failed
fi
# A small Debian that has all rpod needs but the user.
make_tree() {
    local t=$work/tree
    rm -rf "$t"
    mkdir -p "$t"/{etc/skel,etc/default,usr/bin,usr/sbin,bin,var/lib,root}
    printf 'root:x:0:0:root:/root:/bin/sh\n' >"$t/etc/passwd"
    printf 'root:x:0:\n' >"$t/etc/group"
    printf 'root:*:19000:0:99999:7:::\n' >"$t/etc/shadow"
    printf 'root:*::\n' >"$t/etc/gshadow"
    chmod 640 "$t/etc/shadow" "$t/etc/gshadow"
    : >"$t/etc/subuid" && : >"$t/etc/subgid"
    printf 'UID_MIN 1000\nUID_MAX 60000\nSUB_UID_MIN 100000\nSUB_UID_MAX 600100000\n' >"$t/etc/login.defs"
    printf 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n' >"$t/etc/os-release"
    touch "$t"/bin/sh "$t"/usr/bin/{newuidmap,newgidmap,pasta}
    chmod 755 "$t/bin/sh" "$t/usr/bin/pasta"
    chmod 4755 "$t"/usr/bin/new{u,g}idmap
}
as_before() { unchanged "$work/tree" "$work/before"; }
setup="\"root\": \"$work/tree\", \"executable\": \"$build/rpod-setup\""
doctor="\"root\": \"$work/tree\", \"executable\": \"$build/rpod-doctor\""
ann="\"users\": [\"ann\"], \"home\": \"/data/ann\", $setup"

make_tree
fingerprint "$work/tree" >"$work/before"
check 'check mode says what would change, with a diff' gives '.changed and (.failed | not) and (.warnings | not) and .run == null
    and any(.diff[]; .after_header == "/etc/passwd" and (.after | contains("/data/ann")))
    and any(.diff[]; (.prepared // "") | contains("+ give '"'ann'"' the ids"))' setup "{$ann, \"_ansible_check_mode\": true, \"_ansible_diff\": true}"
check 'and changes nothing' as_before
check 'without diff mode there is no diff' gives '.changed and (has("diff") | not)' setup "{$ann, \"_ansible_check_mode\": true}"
check 'a run changes the tree, and says which run it was' gives '.changed and (.run | test("^[0-9T.]+-[0-9]+$")) and all(.changes[]; .state == "done")' setup "{$ann}"
run_of_ann=$(jq -r '.runs[0].run' <("$build/rpod-setup" --root "$work/tree" --json history))
check 'the second run changes nothing' gives '(.changed | not) and .run == null and .diff == []' setup "{$ann, \"_ansible_diff\": true}"
check 'nor would it' gives '(.changed | not) and (.warnings | not)' setup "{$ann, \"_ansible_check_mode\": true}"
check 'the doctor passes' gives '(.failed | not) and .changed == false and .failing == [] and .summary.fail == 0 and .checks == []' doctor "{\"user\": \"ann\", $doctor}"
check 'and returns all it looked at where asked' gives '(.checks | length) > 10 and .schema == "rpod-doctor/1" and .context.user == "ann"' doctor "{\"user\": \"ann\", \"all_checks\": true, $doctor}"
check 'what rpod-setup refuses fails with its words' gives ".failed and (.changed | not) and (.msg | contains(\"exists with the home '/data/ann'\"))" setup "{${ann/\/data/\/elsewhere}}"
check 'a home for two users fails with its words' gives '.failed and .status == 64 and (.msg | contains("--home"))' setup "{\"users\": [\"a\", \"b\"], \"home\": \"/h\", $setup}"
check 'a user id without a user fails with its words' gives '.failed and .status == 64 and (.msg | contains("--uid"))' setup "{\"uid\": 1000, $setup}"
check 'an empty name fails with its words' gives ".failed and .status == 64 and (.msg | contains(\"'' can be no user's name\"))" setup "{\"users\": [\"\"], $setup}"
check 'a name that can be none fails with its words' gives ".failed and (.msg | contains(\"'--root=/' can be no user's name\"))" setup "{\"users\": [\"--root=/\"], $setup}"
check 'a check that is none fails with its words' gives ".failed and (.msg | contains(\"'no.such'\"))" doctor "{\"checks\": [\"no.such\"], $doctor}"
exec 8>"$work/tree/var/lib/rpod/setup/lock"
flock 8
check 'a lock that is held fails as one' gives '.failed and .status == 75 and (.msg | contains("lock_timeout"))' setup "{$setup, \"lock_timeout\": 0, \"users\": [\"bob\"]}"
exec 8>&-
chmod 755 "$work"
as=(setpriv --reuid 65534 --clear-groups)
check 'without root it asks for become' gives ".failed and .status == 77 and .msg == \"it needs root: set 'become: true' on the task\"" setup "{$ann}"
check 'in check mode it needs none' gives '(.failed | not) and .changed' setup "{\"_ansible_check_mode\": true, \"users\": [\"bob\"], $setup}"
as=()
check 'another run follows' gives '.changed' setup "{\"users\": [\"bob\"], $setup}"
fingerprint "$work/tree" >"$work/two"
check 'undo in check mode says what it would take back' gives '.changed and any(.diff[]; .prepared // "" | contains("- create the user '"'bob'"'"))' \
    setup "{\"state\": \"undone\", \"run\": \"latest\", $setup, \"_ansible_check_mode\": true, \"_ansible_diff\": true}"
check 'and takes nothing back' unchanged "$work/tree" "$work/two"
check 'undo takes back the run that is named' gives ".changed and .run == \"$run_of_ann\" and (.msg | contains(\"taken back of run $run_of_ann\"))" \
    setup "{\"state\": \"undone\", \"run\": \"$run_of_ann\", $setup}"
check 'once' gives '.changed | not' setup "{\"state\": \"undone\", \"run\": \"$run_of_ann\", $setup}"
check 'an unknown run fails with its name' gives ".failed and (.msg | contains(\"no run '1999'\"))" setup "{\"state\": \"undone\", \"run\": \"1999\", $setup}"
check 'undo takes back the latest run' gives '.changed' setup "{\"state\": \"undone\", \"run\": \"latest\", $setup}"
check 'the tree is as it was' as_before
check 'then there is none' gives '(.changed | not) and .msg == "there is no run to take back"' setup "{\"state\": \"undone\", \"run\": \"latest\", $setup}"
module setup "{\"users\": [\"ann\"], $setup}" >/dev/null
module setup "{\"users\": [\"bob\"], $setup}" >/dev/null
check 'undo takes back all runs' gives '.changed and ([.changes[].text] | any(contains("ann")) and any(contains("bob")))' setup "{\"state\": \"undone\", \"run\": \"all\", $setup}"
check 'and the tree is as it was' as_before
check 'once too' gives '.changed | not' setup "{\"state\": \"undone\", \"run\": \"all\", $setup}"
module setup "{\"users\": [\"ann\"], $setup}" >/dev/null
echo mine >"$work/tree/home/ann/file"
check 'what undo leaves is a warning' gives '.changed and any(.warnings[]; contains("stays"))' setup "{\"state\": \"undone\", \"run\": \"all\", $setup}"

# -- the role, by ansible-playbook ------------------------------------------------------------
cat >"$work/play.yml" <<PLAY
- hosts: localhost
  connection: local
  gather_facts: false
  vars: {ansible_python_interpreter: $python3}
  module_defaults:
    group/rpod.host.rpod:
      root: $work/tree
  roles: [rpod.host.host]
PLAY
play() { # variables, options...: the recap's line and the tasks are in $work/play.out
    local variables=$1
    shift
    PATH=${programs-$build}:$PATH timeout 120 ansible-playbook "$work/play.yml" -e "$variables" "$@" >"$work/play.out" 2>&1
}
plays() { # words of the recap, variables, options...
    local words=$1
    shift
    play "$@"
    grep -E "^localhost .*$words" "$work/play.out" || { cat "$work/play.out"; return 1; }
}
play_says() { grep -F -- "$1" "$work/play.out" || { cat "$work/play.out"; return 1; }; }
never_says() { ! grep -F -- "$1" "$work/play.out"; }
users='{"rpod_host_users": [{"name": "ann", "home": "/data/ann", "subids": 131072}, "bob"], "rpod_host_options": {"skip": ["limits"]}}'

if ! command -v ansible-playbook >/dev/null; then
    skip 'the role' 'ansible-playbook is not installed'
    exit $failed
fi
make_tree
fingerprint "$work/tree" >"$work/before"
check 'the role in check mode changes nothing' plays 'changed=1 .*failed=0' "$users" --check --diff
check 'as the tree shows' as_before
check 'it shows the files' play_says '+ann:x:1000:1000::/data/ann:/bin/sh'
check 'and what is no file' play_says "+ give 'ann' the ids"
check 'the role prepares the users' plays 'changed=1 .*failed=0' "$users"
check 'with what each is to have' grep -qx 'ann:100000:131072' "$work/tree/etc/subuid"
check 'both of them' grep -qx 'bob:231072:65536' "$work/tree/etc/subuid"
check 'and options of all' grep -q -- '--skip=limits' <("$build/rpod-setup" --root "$work/tree" history)
check 'the second run changes nothing' plays 'changed=0 .*failed=0' "$users"
check 'nor does check mode, which asks the doctor' plays 'ok=[1-9].*changed=0 .*failed=0' "$users" --check
chmod u-s "$work/tree/usr/bin/newuidmap"
blind=${users/\"limits\"/\"limits\", \"idmap.newuidmap\"}
check 'what setup may not mend fails the play' plays 'changed=0 .*failed=1' "$blind"
check 'with the words of the check' play_says 'idmap.newuidmap'
check 'and its evidence' play_says '/usr/bin/newuidmap'
check 'unless findings may be there' plays 'failed=0' "$blind" -e rpod_host_fail_on=never
check 'or the doctor leaves it out' plays 'failed=0' "$blind" -e '{"rpod_host_doctor_skip": ["idmap"]}'
chmod u+s "$work/tree/usr/bin/newuidmap"
check 'a value the role cannot take is refused' plays 'failed=1' '{"rpod_host_fail_on": "sometimes"}'
check 'with what it takes' play_says 'must be one of'
check 'an option that rpod_setup has not is refused' plays 'failed=1' '{"rpod_host_options": {"hoem": "/h"}}'
check 'with its name' play_says 'hoem'
check 'the host alone is prepared without users' plays 'changed=0 .*failed=0' '{}'

make_tree
mkdir "$work/prefix"
copied="{\"rpod_host_build\": \"$build\", \"rpod_host_prefix\": \"$work/prefix\", \"rpod_host_users\": [\"ann\"]}"
for each in bin sbin; do mkdir "$work/prefix/$each"; done
programs=$work/prefix/bin:$work/prefix/sbin
if ! command -v rpod-setup >/dev/null; then
    check 'in check mode a host without the programs is no failure' plays 'failed=0' "$copied" --check
    check 'and the role says that it cannot see further' play_says 'The programs would be installed first'
    check 'as nothing was copied' test ! -e "$work/prefix/sbin/rpod-setup"
    check 'a host without them fails where nothing brings them' plays 'failed=1' '{"rpod_host_users": ["ann"]}'
    check 'and says how it gets them' play_says 'is not installed on this host'
else
    skip 'the role on a host without the programs' 'they are installed here'
fi
check 'the role copies the programs of a build' plays 'changed=2 .*failed=0' "$copied"
check 'as they are' cmp "$build/rpod-setup" "$work/prefix/sbin/rpod-setup"
check 'once' plays 'changed=0 .*failed=0' "$copied"

stand_in 0 <<<'{"schema": "rpod-setup/1", "changed": true, "reboot_required": true, "msg": "so be it"}'
programs=$work/programs
mkdir "$programs"
cp "$program" "$programs/rpod-setup"
printf '#!/bin/sh\ntouch %q\n' "$work/asked" >"$programs/rpod-doctor"
chmod 755 "$programs/rpod-doctor"
check 'a reboot that is needed is said, and not made' plays 'changed=1 .*failed=0' '{"rpod_host_users": ["ann"]}'
check 'in words' play_says "A reboot is needed before the host is ready"
check 'and the doctor is not asked before it' test ! -e "$work/asked"
exit $failed
