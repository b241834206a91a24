#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fifty rpod-setup at once on one host, and useradd and usermod of others among them: no two ranges
# meet, no line is lost, who does not get a lock waits or exits 75. On copies of this machine's files,
# once with each way of giving ids: libsubid, usermod, by hand.
# usage: RPOD_BUILD=build tests/local/setup-crowd.sh
# shellcheck disable=SC2016,SC2317 # for the shells inside; functions are called through check()
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
export setup work

if [[ $(id -u) -ne 0 || -d /run/systemd/system ]]; then
    skip 'a crowd of setups' 'this needs root, and a machine without systemd'
    exit 0
fi
if ! on_a_copy true 2>/dev/null; then
    skip 'a crowd of setups' 'no overlay mounts here'
    exit 0
fi

# Fifty runs with the options given, and twenty tools of others, then one more run, alone: where none
# waits it may be the only one that is done. What became of it, as lines.
crowd='
    cp /etc/subuid /mnt/subuid.was; cp /etc/passwd /mnt/passwd.was
    for n in $(seq 50); do
        ( "$setup" -q $OPTIONS user "u$n" >"/mnt/said.$n" 2>&1; echo $? >"/mnt/status.$n" ) &
        if [ $((n % 5)) = 0 ]; then
            ( useradd --no-create-home "other$n" >/dev/null 2>&1; echo $? >"/mnt/other.$n" ) &
            ( usermod --add-subuids $((300000000 + n * 100000))-$((300000000 + n * 100000 + 65535)) daemon >/dev/null 2>&1
                echo $? >"/mnt/mod.$n" ) &
        fi
    done
    wait
    "$setup" -q $OPTIONS user u51 >/mnt/said.51 2>&1; echo $? >/mnt/status.51
    cp /etc/passwd /etc/subuid /etc/subgid /etc/group /etc/shadow "$work/"
    cat /mnt/subuid.was >"$work/subuid.was"; cat /mnt/passwd.was >"$work/passwd.was"
    for n in $(seq 51); do echo "u$n $(cat /mnt/status.$n)"; done >"$work/statuses"
    for n in 5 10 15 20 25 30 35 40 45 50; do echo "other$n $(cat /mnt/other.$n)"; echo "mod$n $(cat /mnt/mod.$n)"; done >"$work/others"
    cat /mnt/said.* >"$work/told"; ls /etc/*.lock /etc/.rpod-new 2>/dev/null >"$work/left"; true'

statuses_are() { ! grep -vE " ($1)\$" "$work/statuses" || { head -5 "$work/told"; return 1; }; }
no_ranges_meet() {
    local file
    for file in subuid subgid; do
        sort -t: -k2,2n "$work/$file" | awk -F: -v f="$file" \
            '$2 < end { print f ": " $0 " begins before " end " of " owner; bad = 1 } { if ($2 + $3 > end) { end = $2 + $3; owner = $1 } } END { exit bad }' || return 1
    done
}
no_line_is_lost() {
    local missing
    missing=$(sort "$work/subuid.was" | comm -23 - <(sort "$work/subuid")
        sort "$work/passwd.was" | comm -23 - <(sort "$work/passwd"))
    [[ -z $missing ]] || { printf 'lost: %s\n' "$missing"; return 1; }
    while read -r name status; do # who was told that it is done has it
        [[ $status -ne 0 ]] || grep -q "^$name:" "$work/passwd" || { printf 'lost: user %s\n' "$name"; return 1; }
    done < <(cat "$work/statuses" <(grep other "$work/others"))
    while read -r name status; do
        [[ $status -ne 0 ]] || grep -q ":$((300000000 + ${name#mod} * 100000)):" "$work/subuid" ||
            { printf 'lost: range of usermod %s\n' "$name"; return 1; }
    done < <(grep mod "$work/others")
}
done_means_ids() { # the same range in both files, once
    while read -r name status; do
        [[ $status -eq 0 ]] || continue
        [[ $(grep -c "^$name:" "$work/subuid") -eq 1 && $(grep "^$name:" "$work/subuid") == "$(grep "^$name:" "$work/subgid")" ]] ||
            { printf '%s: %s / %s\n' "$name" "$(grep "^$name:" "$work/subuid")" "$(grep "^$name:" "$work/subgid")"; return 1; }
    done <"$work/statuses"
}
some_are_done() { [[ $(grep -c ' 0$' "$work/statuses") -ge $1 ]] || { sort -k2 "$work/statuses" | uniq -cf1; return 1; }; }
nothing_is_left() { [[ ! -s $work/left ]] || { cat "$work/left"; return 1; }; }
try() { # words, options, what is hidden of this machine, done at least, allowed statuses
    OPTIONS=$2 on_a_copy "$3 $crowd"
    check "$1: each run ends in one of: ${5//|/ }" statuses_are "$5"
    check "$1: $4 or more are done" some_are_done "$4"
    check "$1: no two ranges meet" no_ranges_meet
    check "$1: no line is lost" no_line_is_lost
    check "$1: who is done has one range, the same in both files" done_means_ids
    check "$1: no lock and no temporary file is left" nothing_is_left
}

library=$(ldconfig -p | awk '/libsubid\.so\.[45]/ { print $NF; exit }')
without_library="${library:+mount --bind /dev/null '$(realpath "$library" 2>/dev/null)';}"
if [[ -n $library ]]; then
    try 'libsubid, waiting' '--lock-timeout 120' '' 51 0
else
    skip 'a crowd by libsubid' 'it is not installed'
fi
try 'usermod, waiting' '--lock-timeout 120' "$without_library" 51 0
try 'usermod, not waiting' '' "$without_library" 1 '0|75'
try 'by hand, waiting' '--lock-timeout 120' "$without_library for tool in useradd usermod; do cp /usr/sbin/\$tool /mnt/; mount --bind /dev/null /usr/sbin/\$tool; done; PATH=/mnt:\$PATH;" 51 0
exit $failed
