#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-setup and what it was asked for: options that say nothing to a command, asked things that cannot
# be done, and undo where others were at work since. On trees and on copies of this machine's files.
# usage: RPOD_BUILD=build tests/local/setup-asked.sh
# shellcheck disable=SC2317,SC2016 # functions are called through check(); shells expand
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"

ends() { refuses "$1" "$2" "$setup" "${@:3}"; } # status, words, arguments...

# -- any user ---------------------------------------------------------------------------------
while read -r option words; do
    # shellcheck disable=SC2086 # words are several
    check "'${words##* -}' has no use for $option" ends 64 "has no use for '${option%%=*}" -n $option $words
done <<'END'
--open-port=8080 subids root
--ping linger root
--nofile=4096 config root
--tasks=4096 modules
--features=fuse sysctl
--subids=65536 host
--controllers=cpu host
--per-user linger root
--storage=/srv/x linger root
--shared-mounts ports
--ports-from=80 delegate root
--engine=podman host
--for=root host
--format=shell host
--packages undo
--home=/x history
--ping undo
END
check 'a guard of another command is told' ends 64 "'--allow-weaken low-ports'" -n --allow-weaken low-ports modules
check 'what --skip leaves out has no use for its option' ends 64 "'--ping'" -n --ping --skip net.ping ports
check 'checks that are no part of a command are told' ends 64 'none of the checks' -n --only session.linger subids root
check 'the same holds for an export' ends 64 "'--ping'" --ping --format shell export subids root
need_root 'trees and copies'

# -- a tree -----------------------------------------------------------------------------------
tree=$work/tree
mkdir -p "$tree"/{etc/skel,usr/sbin,bin,var/lib,home}
printf 'root:x:0:0:root:/root:/bin/sh\n' >"$tree/etc/passwd"
printf 'root:x:0:\n' >"$tree/etc/group"
printf 'root:*:19000:0:99999:7:::\n' >"$tree/etc/shadow"
printf 'ID=debian\nVERSION_ID="13"\n' >"$tree/etc/os-release"
touch "$tree/bin/sh"
check 'a port that cannot be opened in a tree is no success' ends 1 'after the first boot' --root "$tree" --open-port 8080 ports
"$setup" --root "$tree" -q --ping --only net.ping ports
run=$("$setup" --root "$tree" --json history | jq -r '.runs[0].run')
check 'a run is taken back' ends 0 'taken back' --root "$tree" undo "$run"
check 'once: the second time says so' ends 0 'nothing to take back' --root "$tree" undo "$run"
check 'and so does its JSON' ends 0 '"msg": "nothing to take back"' --root "$tree" --json undo "$run"

# -- copies of this machine -------------------------------------------------------------------
on_a_copy() {
    unshare -m bash -euo pipefail -c 'mount --make-rprivate / || exit 99; mount -t tmpfs tmpfs /mnt || exit 99
        for d in etc run var usr/local; do mkdir -p "/mnt/$d"/{u,w} && mount -t overlay overlay \
            -o "lowerdir=/$d,upperdir=/mnt/$d/u,workdir=/mnt/$d/w" "/$d" || exit 99; done
        mount -t tmpfs -o mode=755 tmpfs /home || exit 99 # (on an overlay no container starts)
        program() { install -m 755 /dev/stdin "/usr/local/sbin/$1"; }
        setup='"$setup"'; '"$1"
}
if ! on_a_copy true 2>/dev/null; then
    printf 'skip copies of this machine: no overlay mounts here\n'
    exit $failed
fi
check 'ids are taken back although somebody was given some of them since' on_a_copy '
    useradd -K SUB_UID_COUNT=0 -K SUB_GID_COUNT=0 -m rpodtest
    $setup -q subids rpodtest
    start=$(sed -n "s/^rpodtest:\([0-9]*\):.*/\1/p" /etc/subuid)
    echo "daemon:$((start + 5)):10" | tee -a /etc/subuid >>/etc/subgid
    $setup undo
    ! grep rpodtest /etc/subuid /etc/subgid
    grep -x "daemon:$((start + 5)):10" /etc/subuid'
ufw_on='mkdir -p /etc/ufw; echo ENABLED=yes >/etc/ufw/ufw.conf
    program ufw <<"EOF"
#!/bin/sh
[ "$(id -u)" -eq 0 ] || { echo "ERROR: You need to be root to run this script"; exit 1; }
case $1 in
show) cat /etc/ufw/added 2>/dev/null || : ;;
allow) echo "ufw allow $2" >>/etc/ufw/added ;;
delete) sed -i "/^ufw allow $(echo "$3" | sed s,/,.,)$/d" /etc/ufw/added ;;
esac
EOF
    '
check 'ufw opens a port once, and closes it' on_a_copy "$ufw_on"'
    $setup --open-port 8080 ports && grep -x "ufw allow 8080/tcp" /etc/ufw/added
    $setup --detailed-exitcode --open-port 8080 ports
    $setup undo && ! grep 8080 /etc/ufw/added'
check 'a dry run of another user shows what root would be' on_a_copy "$ufw_on"'
    cp $setup /var/tmp/rpod-setup && chmod 755 /var/tmp/rpod-setup
    setpriv --reuid 65534 --regid 65534 --clear-groups /var/tmp/rpod-setup -n --open-port 8080 ports >/mnt/said 2>&1 || { cat /mnt/said; false; }
    grep -F "open port 8080/tcp in ufw" /mnt/said'
check 'a firewall that was removed since stops no undo' on_a_copy "$ufw_on"'
    $setup -q --open-port 8080 ports; rm /usr/local/sbin/ufw
    $setup undo >/mnt/said || { cat /mnt/said; false; }
    grep -F "not here any more" /mnt/said'
exit $failed
