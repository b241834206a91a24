#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Users as they are asked for (--uid, --shell, --system) and their subordinate ids, on trees made here
# and on copies of this machine's /etc in a mount namespace.
# usage: RPOD_BUILD=build tests/local/setup-ids.sh
# shellcheck disable=SC2317 # functions are called through check()
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"

tree() { # name: a small tree with one user
    local t=$work/$1
    mkdir -p "$t"/{etc/skel,usr/sbin,bin,var/lib,home}
    printf 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n' >"$t/etc/passwd"
    printf 'root:x:0:\nann:x:1000:\n' >"$t/etc/group"
    printf 'root:*:19000:0:99999:7:::\n' >"$t/etc/shadow"
    printf 'UID_MIN 1000\nUID_MAX 60000\nSYS_UID_MIN 100\nSYS_UID_MAX 999\n' >"$t/etc/login.defs"
    touch "$t"/bin/sh "$t"/usr/sbin/nologin "$t"/etc/sub{u,g}id
}
user() { # tree, arguments...
    local t=$work/$1
    shift
    "$setup" --root "$t" "$@"
}

check 'a uid that is none is 64' refuses 64 '--uid' "$setup" -n --uid 0 user x
check 'a uid for two users is 64' refuses 64 'one user' "$setup" -n --uid 1500 user x y
check 'a shell without a path is 64' refuses 64 'absolute' "$setup" -n --shell bash user x
need_root 'users and ids'

tree plain
user plain -q --only user --only idmap --uid 1234 --shell /bin/sh user bob >/dev/null 2>&1
check 'the uid and the shell are as asked' grep -qx 'bob:x:1234:1234::/home/bob:/bin/sh' "$work/plain/etc/passwd"
check 'a uid that is taken is refused with its owner' refuses 1 "uid 1000 is another user's" user plain --uid 1000 user eve
check 'a shell that is not there is refused' refuses 1 "no shell '/bin/zsh'" user plain --shell /bin/zsh user eve
cp "$work/plain/etc/passwd" "$work/passwd.was"
check 'another uid of a user who is there is refused' refuses 1 'exists with the uid 1234' user plain --uid 1235 user bob
check 'another shell too' refuses 1 "exists with the shell '/bin/sh'" user plain --shell /bin/bash user bob
check 'a user as a service account who is none too' refuses 1 'leave out --system' user plain --system user bob
check 'and nobody is altered' cmp "$work/passwd.was" "$work/plain/etc/passwd"

user plain -q --system user svc >/dev/null 2>&1
check 'a service account has the highest free uid below UID_MIN, and cannot log in' \
    grep -qx 'svc:x:999:999::/home/svc:/usr/sbin/nologin' "$work/plain/etc/passwd"
check 'its password does not age' grep -qE '^svc:!:[0-9]+::::::$' "$work/plain/etc/shadow"
check 'it has subordinate ids, the same in both files' bash -c \
    "grep -E '^svc:[0-9]+:65536$' '$work/plain/etc/subuid' && cmp '$work'/plain/etc/sub{u,g}id"
check 'a second run says nothing is to be changed' refuses 1 'nothing to change' user plain --system user svc
check 'a uid of people for a service is refused' refuses 1 "no service account's" user plain --system --uid 1500 user svc2

tree elsewhere
printf 'subid: sss\n' >"$work/elsewhere/etc/nsswitch.conf"
check 'with a source in nsswitch.conf the command to run is said' refuses 1 'ipa subid-generate --owner ann' user elsewhere subids ann
check 'and the files are not written' test ! -s "$work/elsewhere/etc/subuid"
tree half
printf 'bob:100000:65536\nann:300000:65536' >"$work/half/etc/subuid"
user half -q subids ann >/dev/null 2>&1
check 'who is in one file only gets the same range in the other' grep -qx 'ann:300000:65536' "$work/half/etc/subgid"
check 'the file without a last newline stays' test "$(tail -1 "$work/half/etc/subuid")" = 'ann:300000:65536'
tree huge
head -c 68000000 /dev/zero | tr '\0' '#' >"$work/huge/etc/subgid"
check 'a file too large to be known whole stops a grant' refuses 1 'no ids for this user' user huge subids ann
check 'and the other file is not written' test ! -s "$work/huge/etc/subuid"
tree large
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "u%d:%d:65536\n", i, 200000 + i * 65536 > "/dev/stdout" }' |
    awk -F: '$2 < 4000000000' >"$work/large/etc/subuid"
check 'behind a file of many lines there is no room, and it says so' refuses 1 'no ids for this user' user large --subids 131072 subids ann
check 'where there is room it is found' bash -c \
    "'$setup' --root '$work/large' -q subids ann; grep -qx 'ann:100000:65536' '$work/large/etc/subgid'"

if [[ -d /run/systemd/system ]] || ! on_a_copy true 2>/dev/null; then
    skip 'users of this machine' 'it runs systemd, or has no overlay mounts'
    exit $failed
fi
check 'useradd makes the service account with the shell and uid asked for' on_a_copy \
    "'$setup' -q --system --uid 321 --shell /bin/sh user rpodsvc >/mnt/said 2>&1; cat /mnt/said; getent passwd rpodsvc |
        grep -x 'rpodsvc:x:321:321::/home/rpodsvc:/bin/sh' && test -d /home/rpodsvc && grep rpodsvc /etc/subuid /etc/subgid &&
        '$setup' undo && ! getent passwd rpodsvc"
check 'a uid that is taken is refused here too' on_a_copy "'$setup' --uid 1 user rpodsvc 2>&1 | grep \"uid 1 is another user's\""
exit $failed
