#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Users of every kind, on trees and on copies of this machine's files: their ids, homes and shells, and
# what is refused of those who exist.
# usage: RPOD_BUILD=build tests/local/setup-users.sh
# shellcheck disable=SC2317,SC2016 # functions are called through check(); shells expand
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"

make_tree() {
    tree=$work/$1
    mkdir -p "$tree"/{etc/skel,usr/bin,usr/sbin,bin,var/lib,root}
    printf 'root:x:0:0:root:/root:/bin/sh\nsvc:x:998:998::/srv:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n' >"$tree/etc/passwd"
    printf 'root:x:0:\nsvc:x:998:\nann:x:1000:\ntaken:x:999:\nmany:x:1500:ann\n' >"$tree/etc/group"
    printf 'root:*:19000:0:99999:7:::\n' >"$tree/etc/shadow"
    printf 'UID_MIN 1000\nUID_MAX 60000\nSYS_UID_MIN 101\nSYS_UID_MAX 999\n' >"$tree/etc/login.defs"
    printf 'ID=debian\nVERSION_ID="12"\n' >"$tree/etc/os-release"
    touch "$tree"/bin/{sh,zsh} "$tree"/usr/sbin/nologin "$tree"/usr/bin/{newuidmap,newgidmap,pasta}
    chmod 4755 "$tree"/usr/bin/new{u,g}idmap
    run=("$setup" --root "$tree")
}
line_of() { grep "^$1:" "$tree/etc/$2"; }

need_root 'users'

# -- trees ------------------------------------------------------------------------------------
make_tree people
check 'a user gets the next id' bash -c "${run[*]} -q user bob && grep -qx 'bob:x:1001:1001::/home/bob:/bin/sh' $tree/etc/passwd"
check 'a uid, a shell and a home are as asked' bash -c "${run[*]} -q --uid 4000 --shell /bin/zsh --home /data/carol user carol &&
    grep -qx 'carol:x:4000:4000::/data/carol:/bin/zsh' $tree/etc/passwd && test \"\$(stat -c '%u %a' $tree/data/carol)\" = '4000 700'"
check 'the next user follows the highest' bash -c "${run[*]} -q user dave && grep -q '^dave:x:4001:' $tree/etc/passwd"
check 'a second run with the same words changes nothing' refuses 0 'nothing to change' "${run[@]}" --uid 4000 --shell /bin/zsh --home /data/carol user carol
before=$(sha256sum "$tree"/etc/{passwd,group,shadow,subuid})
check 'another uid is refused' refuses 1 "exists with the uid 4000, not 4001" "${run[@]}" --uid 4001 user carol
check 'another home is refused' refuses 1 "exists with the home '/data/carol'" "${run[@]}" --home /x user carol
check 'another shell is refused' refuses 1 "exists with the shell '/bin/zsh'" "${run[@]}" --shell /bin/sh user carol
check 'a person is no service account' refuses 1 'is no service account' "${run[@]}" --system user carol
check 'an id of another user is refused' refuses 1 'the uid 1000 is another' "${run[@]}" --uid 1000 user eve
check 'a shell that is not there is refused' refuses 1 "no shell '/bin/fish'" "${run[@]}" --shell /bin/fish user eve
check 'a group of that name with members is refused' refuses 1 "a group 'many' with members" "${run[@]}" user many
check 'and nothing was changed by that' test "$before" = "$(sha256sum "$tree"/etc/{passwd,group,shadow,subuid})"
check 'one home for two users is a wrong line' refuses 64 "'--home' is for one user" "${run[@]}" --home /x user eve frank
check 'one uid for two users is' refuses 64 "'--uid' is for one user" "${run[@]}" --uid 5000 user eve frank
check 'a uid for no user is' refuses 64 "makes no user" "${run[@]}" --uid 5000 host
check 'a shell that is no path is' refuses 64 'no absolute path' "${run[@]}" --shell sh user eve
check 'the uid that means none is' refuses 64 'means no user' "${run[@]}" --uid 4294967295 user eve

make_tree services
check 'a service account gets a system id from above, no login, no aging' bash -c "${run[*]} -q --system user web &&
    grep -qx 'web:x:997:997::/home/web:/usr/sbin/nologin' $tree/etc/passwd && grep -qE '^web:!:[0-9]+::::::\$' $tree/etc/shadow"
check 'and subordinate ids all the same' bash -c "grep -qE '^web:100000:65536\$' $tree/etc/subuid && grep -qE '^web:100000:65536\$' $tree/etc/subgid"
check 'its id may be asked for' bash -c "${run[*]} -q --system --uid 300 user db && grep -q '^db:x:300:300:' $tree/etc/passwd"
check 'undo takes them back' bash -c "while ${run[*]} -q undo; do :; done; ! grep -E '^(web|db):' $tree/etc/passwd $tree/etc/shadow $tree/etc/group"
make_tree full
printf 'UID_MIN 1000\nUID_MAX 1001\n' >"$tree/etc/login.defs"
printf 'x:x:1001:1001::/:/bin/sh\n' >>"$tree/etc/passwd"
check 'when no id is left it is said' refuses 1 'no user id is left from 1000 to 1001' "${run[@]}" user eve
sed -i /^ann/d "$tree/etc/passwd"
check 'a gap is taken when the highest is in use' bash -c "${run[*]} -q user eve && grep -q '^eve:x:1000:' $tree/etc/passwd"

# -- this machine, in copies of its directories: useradd does it --------------------------------
if [[ -d /run/systemd/system ]]; then
    skip 'useradd on this machine' 'it runs systemd, the machines ring does this'
elif ! on_a_copy true 2>/dev/null; then
    skip 'useradd on this machine' 'no overlay mounts here'
else
    check 'useradd gives uid, shell and home' on_a_copy "'$setup' -q --uid 4321 --shell /bin/sh --home /home/x/rpodtest user rpodtest;
        getent passwd rpodtest | grep -x 'rpodtest:x:4321:4321::/home/x/rpodtest:/bin/sh' && stat -c '%U %a' /home/x/rpodtest | grep -x 'rpodtest 700'"
    check 'useradd makes a service account with ids of its own' on_a_copy "'$setup' -q --system user rpodtest;
        getent passwd rpodtest && test \$(id -u rpodtest) -lt 1000 && getent passwd rpodtest | grep nologin &&
        test \$(grep -c ^rpodtest: /etc/subuid) = 1 && cmp <(grep ^rpodtest /etc/subuid) <(grep ^rpodtest /etc/subgid) &&
        '$setup' --detailed-exitcode --system user rpodtest && '$setup' undo && ! getent passwd rpodtest && ! test -e /home/rpodtest"
    check 'an id of another user is refused before useradd' on_a_copy "! '$setup' --uid 0 --home /home/a user root >/mnt/said 2>&1;
        '$setup' --uid 1 user rpodtest >/mnt/said 2>&1; test \$? -eq 1 && cat /mnt/said && grep 'the uid 1 is another' /mnt/said && ! getent passwd rpodtest"
fi
exit $failed
