#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-setup as it is run, on small trees made here (--root) and, in a mount namespace of its own
# where /etc, /home, /run and /var are copies, on this machine itself.
# usage: RPOD_BUILD=build tests/local/setup.sh
# shellcheck disable=SC2317 # functions are called through check()
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"

# A small Debian that has all rpod needs but the user: make_tree NAME
make_tree() {
    local t=$work/$1
    mkdir -p "$t"/{etc/skel,etc/default,usr/bin,usr/sbin,bin,var/lib,root,home/ann}
    printf 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n' >"$t/etc/passwd"
    printf 'root:x:0:\nann:x:1000:\n' >"$t/etc/group"
    printf 'root:*:19000:0:99999:7:::\n' >"$t/etc/shadow"
    printf 'root:*::\n' >"$t/etc/gshadow"
    chmod 640 "$t/etc/shadow" "$t/etc/gshadow"
    printf 'ann:100000:65536' >"$t/etc/subuid" # the last newline is missing on purpose
    printf 'ann:100000:65536\n' >"$t/etc/subgid"
    printf 'UID_MIN 1000\nUID_MAX 60000\nSUB_UID_MIN 100000\nSUB_UID_MAX 600100000\n' >"$t/etc/login.defs"
    printf 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n' >"$t/etc/os-release"
    printf 'umask 077\n' >"$t/etc/skel/.profile"
    touch "$t"/bin/sh "$t"/usr/bin/{newuidmap,newgidmap,pasta}
    chmod 755 "$t/bin/sh" "$t/usr/bin/pasta"
    chmod 4755 "$t"/usr/bin/new{u,g}idmap
}

# -- any user ---------------------------------------------------------------------------------
check 'a wrong option is 64' status_is 64 "$setup" --frobnicate user ann
check 'no command is 64' status_is 64 "$setup"
check 'an unknown command is 64' status_is 64 "$setup" usr ann
check 'a user without a name is 64' status_is 64 "$setup" -n user
check 'a bad user name is 64' status_is 64 "$setup" -n user '../evil'
check 'a name with a colon is 64' status_is 64 "$setup" -n user 'a:0:0'
check 'an unknown check is 64' status_is 64 "$setup" -n --only no.such user ann
check 'too few subids are 64' status_is 64 "$setup" -n --subids 10 user ann
check 'an unknown controller is 64' status_is 64 "$setup" -n --controllers cpu,magic user ann
check 'a usage error is JSON too' bash -c "'$setup' --json -n --only no.such user ann 2>/dev/null | jq -e '.failed and .msg != \"\"'"
make_tree bare
if [[ $(id -u) -eq 0 ]]; then
    chmod 755 "$work"
    check 'without root it is 77, with the sudo command' \
        says "run 'sudo rpod-setup user ann'" setpriv --reuid 65534 --clear-groups "$setup" user ann
    check 'a dry run needs no root' status_is 0 setpriv --reuid 65534 --clear-groups \
        "$setup" --root "$work/bare" -n subids ann
fi
if [[ $(id -u) -ne 0 ]]; then
    skip 'changes to trees and to this machine' 'not root'
    exit $failed
fi

# -- trees ------------------------------------------------------------------------------------
make_tree tree
fingerprint "$work/tree" >"$work/before"
run=("$setup" --root "$work/tree")
check 'a dry run is 0' status_is 0 "${run[@]}" -n user container --home /data/container
check 'a dry run with --detailed-exitcode is 2' status_is 2 "${run[@]}" -n --detailed-exitcode user container
check 'a dry run shows the lines as a diff' says '+container:x:1001:1001::/home/container:/bin/sh' "${run[@]}" -n --diff user container
check 'a step for a user who is not there is an error' says "no user 'container'" "${run[@]}" -n subids ann container
check 'a dry run shows no password file' bash -c "! '$setup' --root '$work/tree' -n --diff user container | grep -F '*:19000'"
check 'a dry run writes nothing at all' bash -c "test ! -e '$work/tree/var/lib/rpod'"
check 'a dry run leaves the tree' unchanged "$work/tree" "$work/before"

check 'a user is prepared in the tree' status_is 2 "${run[@]}" --detailed-exitcode user container --home /data/container
check 'the user is in passwd' grep -qx 'container:x:1001:1001::/data/container:/bin/sh' "$work/tree/etc/passwd"
check 'the line before got its newline' grep -qx 'ann:100000:65536' "$work/tree/etc/subuid"
check 'both files have the same range' cmp <(grep ^container "$work/tree/etc/subuid") <(grep ^container "$work/tree/etc/subgid")
check 'shadow kept its mode' test "$(stat -c %a "$work/tree/etc/shadow")" = 640
check 'the home is the user'"'"'s alone' test "$(stat -c '%a %u:%g' "$work/tree/data/container")" = '700 1001:1001'
check 'what is above the home can be passed' test "$(stat -c %a "$work/tree/data")" = 755
check 'the home has the files of skel' test "$(stat -c %u "$work/tree/data/container/.profile")" = 1001
check 'no lock is left' bash -c "! ls '$work'/tree/etc/*.lock"
fingerprint "$work/tree" >"$work/after"
check 'a second run has nothing to change' status_is 0 "${run[@]}" --detailed-exitcode user container --home /data/container
check 'and says so' says 'nothing to change' "${run[@]}" user container
check 'and changes nothing' unchanged "$work/tree" "$work/after"
check 'the JSON is one valid object' bash -c "'$setup' --root '$work/tree' --json user container | jq -e \
    '.schema == \"rpod-setup/1\" and .changed == false and .failed == false and (.checks | length) > 10
     and (.changes | all(.state == \"already\")) and .diff == []'"
check 'another home for an existing user is refused' status_is 1 "${run[@]}" user container --home /elsewhere
check 'with words that say what he has' says "exists with the home '/data/container'" "${run[@]}" user container --home /elsewhere
check 'history lists the run' says 'done' "${run[@]}" history
check 'history as JSON' bash -c "'$setup' --root '$work/tree' --json history | jq -e '.runs | length == 1'"
check 'undo is 0' status_is 0 "${run[@]}" undo
check 'undo leaves the tree byte for byte' unchanged "$work/tree" "$work/before"
check 'a second undo has nothing to take back' says 'no run to take back' "${run[@]}" undo
check 'an unknown run is named' says "no run 'x'" "${run[@]}" undo x

check 'two users are prepared at once' status_is 0 "${run[@]}" user one two
check 'their ranges do not meet' test "$(cut -d: -f2 "$work/tree/etc/subuid" | sort -u | wc -l)" -eq 3
echo edited >>"$work/tree/home/one/.profile"
check 'undo leaves a home that was used' says "'/home/one' stays: the home holds files of its user" "${run[@]}" undo
check 'with its files' grep -q edited "$work/tree/home/one/.profile"
check 'and takes the rest' bash -c "! test -e '$work/tree/home/two' && ! grep -E '^(one|two):' '$work/tree/etc/passwd'"

make_tree many
check 'more subids are given where asked' status_is 0 "$setup" --root "$work/many" --subids 131072 user big
check 'as one range' grep -qx 'big:[0-9]*:131072' "$work/many/etc/subuid"

# -- hostile and broken trees -----------------------------------------------------------------
make_tree links
mkdir "$work/outside"
mv "$work/links/etc/subuid" "$work/outside/subuid"
ln -s "$work/outside/subuid" "$work/links/etc/subuid"
cp "$work/outside/subuid" "$work/subuid.was"
check 'a link out of the tree is not written through' status_is 1 "$setup" --root "$work/links" user container
check 'and what it leads to is untouched' cmp "$work/outside/subuid" "$work/subuid.was"
make_tree up
rm -rf "$work/up/home"
ln -s ../../../../../../../../../../../../"$work/outside" "$work/up/home"
"$setup" --root "$work/up" user container >/dev/null 2>&1
check 'a home below a link upwards is not made outside' test ! -e "$work/outside/container"

make_tree malformed
printf 'ann:100000:65536\r\nbob:xyz\n' >"$work/malformed/etc/subuid"
fingerprint "$work/malformed" >"$work/before"
check 'a malformed subuid file stops a new range' status_is 1 "$setup" --root "$work/malformed" subids ann
check 'and what is wrong with it is said' says 'carriage return' "$setup" --root "$work/malformed" subids ann
check 'and nothing repairs it silently' unchanged "$work/malformed" "$work/before"

make_tree gone
printf '4194305\0' >"$work/gone/etc/passwd.lock" # no process has that number: above the kernel's limit
check 'a lock of a process that is gone is broken, as shadow does' status_is 0 "$setup" --root "$work/gone" user container
make_tree reused
printf '1\0' >"$work/reused/etc/passwd.lock" # the first process is younger than that
touch -d 2000-01-01 "$work/reused/etc/passwd.lock"
check 'a lock whose number another process has by now is broken' status_is 0 "$setup" --root "$work/reused" user container
make_tree living
printf '%d\0' $$ >"$work/living/etc/passwd.lock"
check 'a lock of a process that may have made it is 75' status_is 75 "$setup" --root "$work/living" user container
make_tree stale
echo 99999 >"$work/stale/etc/passwd.lock"
fingerprint "$work/stale" >"$work/before"
check 'a lock of shadow that nobody can hold is an error' status_is 1 "$setup" --root "$work/stale" user container
check 'that names it' says '/etc/passwd.lock' "$setup" --root "$work/stale" user container
check 'and nothing is half made' unchanged "$work/stale" "$work/before"

make_tree held
mkdir -p "$work/held/var/lib/rpod/setup"
check 'a lock held by another run is 75' status_is 75 flock "$work/held/var/lib/rpod/setup/lock" \
    "$setup" --root "$work/held" user container
check 'also in JSON' bash -c "flock '$work/held/var/lib/rpod/setup/lock' '$setup' --json --root '$work/held' user container 2>/dev/null | jq -e '.failed and .changed == false'"

# -- disks ------------------------------------------------------------------------------------
if unshare -m true 2>/dev/null; then
    make_tree frozen
    fingerprint "$work/frozen" >"$work/before"
    readonly_etc="mount --bind '$work/frozen/etc' '$work/frozen/etc' && mount -o remount,bind,ro '$work/frozen/etc' &&"
    check 'a read-only /etc is 78 before the first change' \
        status_is 78 in_namespace "$readonly_etc '$setup' --root '$work/frozen' user container"
    check 'and is named' says 'read-only' in_namespace "$readonly_etc '$setup' --root '$work/frozen' user container"
    check 'and nothing was changed' unchanged "$work/frozen" "$work/before"

    mkdir "$work/small"
    make_tree full
    full="mount -t tmpfs -o size=128k tmpfs '$work/small' && cp -a '$work/full/.' '$work/small/' &&
        { cat /dev/zero >'$work/small/filler' 2>/dev/null; true; } && cp '$work/small/etc/passwd' '$work/passwd.was' &&"
    check 'a full disk is 1' status_is 1 in_namespace "$full '$setup' --root '$work/small' user container"
    check 'and says so' says 'No space left' in_namespace "$full '$setup' --root '$work/small' user container"
    check 'and leaves every file whole' in_namespace "$full ! '$setup' --root '$work/small' user container &&
        cmp '$work/small/etc/passwd' '$work/passwd.was' && test -z \"\$(find '$work/small' -name '.rpod.*')\""
else
    skip 'read-only and full disks' 'no mount namespaces here'
fi

# -- this machine, in copies of its directories -----------------------------------------------
of_setup_here() { find /var/lib/rpod/setup /etc/subuid /etc/subgid -printf '%p %i %s\n' 2>/dev/null | sort; }
before_all=$(of_setup_here)
if [[ -d /run/systemd/system ]]; then
    skip 'changes to this machine' 'it runs systemd: the machines ring does this'
elif ! on_a_copy true 2>/dev/null; then
    skip 'changes to this machine' 'no overlay mounts here'
elif getent passwd rpodtest >/dev/null; then
    skip 'changes to this machine' "it has a user 'rpodtest'"
else
    check 'a machine without systemd is prepared, with warnings that name checks' \
        on_a_copy "'$setup' user rpodtest --home /home/data/rpodtest >/mnt/said || { cat /mnt/said; false; } &&
            cat /mnt/said && grep 'warning: session.systemd' /mnt/said && getent passwd rpodtest && grep rpodtest /etc/subuid /etc/subgid"
    check 'the second run changes nothing' on_a_copy "'$setup' -q user rpodtest; sha256sum /etc/* >/mnt/a 2>/dev/null;
        '$setup' --detailed-exitcode user rpodtest && sha256sum /etc/* >/mnt/b 2>/dev/null; cmp /mnt/a /mnt/b"
    check 'undo leaves /etc as it was' on_a_copy "find /etc -type f ! -name '*-' -exec sha256sum {} + | sort >/mnt/a;
        '$setup' -q user rpodtest; '$setup' undo && find /etc -type f ! -name '*-' -exec sha256sum {} + | sort >/mnt/b &&
        diff /mnt/a /mnt/b && ! test -e /home/rpodtest"
    # useradd finds the group there already and refuses
    check 'a tool that fails is told with its words, and nothing is half made' on_a_copy \
        "groupadd rpodtest; ! '$setup' user rpodtest >/mnt/said 2>&1; cat /mnt/said; grep useradd /mnt/said &&
            ! getent passwd rpodtest && ! test -e /home/rpodtest"
    check 'a host without useradd and usermod is prepared by hand' on_a_copy \
        "for tool in useradd usermod; do mount --bind /dev/null /usr/sbin/\$tool; done; '$setup' -q user rpodtest >/mnt/said 2>&1 || { cat /mnt/said; false; } &&
            getent passwd rpodtest && grep rpodtest /etc/subuid /etc/subgid /etc/shadow && ! ls /etc/*.lock &&
            '$setup' --detailed-exitcode user rpodtest && '$setup' undo && ! getent passwd rpodtest && ! test -e /home/rpodtest"
    # useradd renames passwd, shadow, group, gshadow into place, then makes the home: killed between any
    # two there is half a user. Only useradd calls rename(2) here; setup calls renameat(2).
    check 'a user whose making was cut short is completed, and taken back' on_a_copy \
        "state() { find /etc -maxdepth 1 -type f ! -name '*[-+]' ! -name '*.lock' -exec sha256sum {} + | sort; }
            state >/mnt/before; '$setup' -q user rpodtest >/mnt/said 2>&1 || { cat /mnt/said; exit 1; }
            state >/mnt/whole; '$setup' -q undo; cuts=0
            for n in 2 3 4 5 6; do
                strace -f -qq -o /dev/null -e trace=rename -e inject=rename:signal=KILL:when=\$n '$setup' -q user rpodtest >/dev/null 2>&1
                getent passwd rpodtest >/dev/null && test ! -s /home/rpodtest/.profile && cuts=\$((cuts + 1))
                '$setup' user rpodtest >/mnt/said 2>&1 || { echo \"cut at \$n\"; cat /mnt/said; exit 1; }
                state >/mnt/now; diff /mnt/whole /mnt/now && test -s /home/rpodtest/.profile || exit 1
                test \"\$(stat -c '%U %a' /home/rpodtest)\" = 'rpodtest 700' || exit 1
                while '$setup' -q undo >/dev/null 2>&1; do :; done
                state >/mnt/now; diff /mnt/before /mnt/now && ! test -e /home/rpodtest || exit 1
            done; test \$cuts -ge 2"
    # the setting is of the network namespace: this machine's own stays
    check 'a kernel setting is set, kept for the next boot, and taken back' on_a_copy \
        "unshare -n sh -e -c 'key=/proc/sys/net/ipv4/ip_unprivileged_port_start; cat \$key >/mnt/was
            $setup --ports-from 81 ports; grep -qx 81 \$key; grep -q port_start.=.81 /etc/sysctl.d/60-rpod.conf
            $setup --detailed-exitcode --ports-from 81 ports; $setup undo
            ! test -e /etc/sysctl.d/60-rpod.conf; cmp \$key /mnt/was'"
    check 'the lock of a live run is honoured' on_a_copy "flock /run/rpod-setup.lock '$setup' user rpodtest; test \$? -eq 75"
    as_it_was() { ! getent passwd rpodtest && diff <(echo "$before_all") <(of_setup_here); }
    check 'the machine is as it was' as_it_was
fi
exit $failed
