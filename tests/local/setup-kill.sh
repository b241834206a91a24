#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-setup is killed after each single system call that changes something, on a Debian tree
# (--root) and as a live run inside it, while it prepares and while it takes back: files are whole,
# the next run completes, undo leaves the tree as it was.
# usage: RPOD_BUILD=build [RPOD_KILL_STEP=3] tests/local/setup-kill.sh
#	RPOD_KILL_STEP: of a live run, every N-th call is a point; 1 takes all
# shellcheck disable=SC2317 # functions are called in the namespaces of the stories
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=${RPOD_BUILD:-build}
work=$(mktemp -d /tmp/rpod-setup-kill.XXXXXX)
trap 'rm -rf "$work"' EXIT
install -m 755 "$build/rpod-setup" "$build/tests/tools/kill-points" "$work/" || exit 1
skip() { printf 'skip %s: %s\n' "$1" "$2"; exit 0; }

[[ $(id -u) -eq 0 ]] || skip 'killed runs' 'not root'
unshare -m true 2>/dev/null || skip 'killed runs' 'no mount namespaces here'
command -v mmdebstrap >/dev/null || skip 'killed runs' 'no mmdebstrap here'
tree=$("$here/debian-tree" 2>"$work/said") || skip 'killed runs' "no Debian tree: $(tail -n 1 "$work/said")"

# All that follows is run in a mount namespace of its own, one per story, on an overlay over the tree.
story() { # name
    name=$1 t=/mnt/t step=1
    # a live try costs ten times one on the tree: all its points take two minutes
    [[ $name != live* ]] || step=${RPOD_KILL_STEP:-3}
    # a killed useradd is completed by rpod-setup, and useradd knows only today
    [[ $name != live* ]] || unset SOURCE_DATE_EPOCH
    mount --make-rprivate / && mount -t tmpfs tmpfs /mnt && mkdir /mnt/t || return 99
    "tell_$name"
}

renew() { # the tree as it was
    mountpoint -q "$t" && umount -R "$t"
    rm -rf /mnt/u /mnt/w
    mkdir /mnt/u /mnt/w
    mount -t overlay overlay -o "lowerdir=$tree,upperdir=/mnt/u,workdir=/mnt/w" "$t" || return 99
    mkdir -p "$t/var/lib/rpod" # no part of the comparison
    [[ $name == live* ]] || return 0
    mount -t proc -o ro proc "$t/proc" && mount --bind /dev "$t/dev" && mount --bind /sys "$t/sys" &&
        mount -t tmpfs tmpfs "$t/run" && touch "$t/usr/bin/rpod-setup" &&
        mount --bind "$work/rpod-setup" "$t/usr/bin/rpod-setup" || return 99
}

# What the tools of the host cannot be killed without, as in tests/machines/host.sh: copies they
# keep (passwd-), and what they leave when they are cut short (passwd+, passwd.1234, passwd.lock).
listed() {
    (cd "$t" && find etc home data var/mail var/lib/systemd usr/bin -regextype posix-extended \
        \( -regex 'etc/(passwd|shadow|group|gshadow|subuid|subgid)([-+]|\.[0-9]+|\.lock)|etc/\.pwd\.lock' -o \
        -path usr/bin/rpod-setup \) -prune -o "$@" 2>/dev/null)
}
manifest() {
    listed -printf '%p %y %m %U:%G %l\n'
    (cd "$t" && listed -type f -size -64k -print0 | xargs -0 sha256sum)
}
state() { manifest | LC_ALL=C sort; }

setup() { # undo has no use for --skip
    case $name:$1 in
    live*:undo) chroot "$t" rpod-setup "$@" ;;
    live*) chroot "$t" rpod-setup --skip userns.probe "$@" ;;
    *) "$work/rpod-setup" --root "$t" "$@" ;;
    esac
}
killed() { # N, arguments of rpod-setup: fails when it was not killed
    local n=$1 status=0
    shift
    case $name:$* in
    live*undo) set -- chroot "$t" rpod-setup "$@" ;;
    live*) set -- chroot "$t" rpod-setup --skip userns.probe "$@" ;;
    *) set -- "$work/rpod-setup" --root "$t" "$@" ;;
    esac
    "$work/kill-points" "$n" "$@" >/mnt/said 2>&1 || status=$?
    [[ $status -eq 137 ]]
}
wrong() {
    printf 'point %d, %s: %s\n' "$n" "$(grep '^kill-points:' /mnt/said)" "$*"
    return 1
}
prepare=(user container --home /data/container)

# Each thing is as before, or as an undisturbed run leaves it. A home is put in place whole by
# rpod-setup; useradd fills it where it stands, and what it had begun the next run completes.
nothing_is_half_written() {
    state | grep -Fv .rpod-new >/mnt/cut
    [[ $name != live* ]] || sed -i '/data\/container/d' /mnt/cut
    LC_ALL=C comm -23 /mnt/cut /mnt/whole_or_before >/mnt/half
    [[ ! -s /mnt/half ]] || wrong "half written: $(cat /mnt/half)"
}
is_whole() {
    setup "${prepare[@]}" >/mnt/again 2>&1 || wrong "the next run failed: $(cat /mnt/again)" || return 1
    diff /mnt/whole <(state) >/mnt/diff || wrong "not completed: $(cat /mnt/diff)"
}
is_taken_back() {
    local status=0 times=0
    while setup undo >/mnt/undone 2>&1; do
        ((++times < 9)) || wrong 'undo does not end' || return 1
    done
    grep -q 'no run to take back' /mnt/undone || wrong "undo failed: $(cat /mnt/undone)" || return 1
    diff /mnt/before <(state) >/mnt/diff || wrong "not taken back: $(cat /mnt/diff)"
}
begin() {
    renew || return
    state >/mnt/before
    setup -q "${prepare[@]}" >/mnt/again 2>&1 || { cat /mnt/again && return 1; }
    state >/mnt/whole
    ! diff -q /mnt/before /mnt/whole >/dev/null || { echo 'an undisturbed run changed nothing'; return 1; }
    LC_ALL=C sort -u /mnt/before /mnt/whole >/mnt/whole_or_before
}
while_preparing() {
    local n
    begin || return
    for ((n = 1; ; n += step)); do
        renew
        killed "$n" -q "${prepare[@]}" || break
        nothing_is_half_written && is_whole && is_taken_back || return 1
    done
    echo "killed $(((n - 1) / step)) times, after each call number 1 + $step n up to $((n - step))" && ((n > 100))
}
while_taking_back() {
    local n
    begin || return
    for ((n = 1; ; n += step)); do
        renew
        setup -q "${prepare[@]}" >/mnt/again 2>&1
        killed "$n" -q undo || break
        nothing_is_half_written && is_taken_back && is_whole || return 1
    done
    echo "killed $(((n - 1) / step)) times, after each call number 1 + $step n up to $((n - step))" && ((n > 50))
}
tell_tree() { while_preparing; }
tell_tree_undo() { while_taking_back; }
tell_live() { while_preparing; }
tell_live_undo() { while_taking_back; }

export -f story renew listed manifest state setup killed wrong nothing_is_half_written is_whole \
    is_taken_back begin while_preparing while_taking_back tell_tree tell_tree_undo tell_live tell_live_undo
export work tree
export SOURCE_DATE_EPOCH=1700000000 # the day in shadow(5) stays the same past midnight

tell() { # name: in a file of its own
    unshare -m bash -c "prepare=(user container --home /data/container); story $1" >"$work/$1" 2>&1
    echo $? >"$work/$1.status"
}
result() { # name, sentence
    local status
    status=$(cat "$work/$1.status")
    case $status in
    0) printf 'ok %s (%s)\n' "$2" "$(tail -n 1 "$work/$1")" ;;
    99) printf 'skip %s: no overlay mounts here\n' "$2" ;;
    *) printf 'not ok %s\n' "$2" && sed 's/^/#   /' "$work/$1" && failed=1 ;;
    esac
}
failed=0
{ tell tree && tell tree_undo && tell live_undo; } &
tell live
wait
result tree 'a tree: killed after any call, files are whole, the next run completes, undo takes all back'
result tree_undo 'a tree: the same for an undo that is killed'
result live 'a live host: killed after any call of setup, useradd, usermod, it is completed and taken back'
result live_undo 'a live host: the same for an undo that is killed'
exit $failed
