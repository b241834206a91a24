#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-setup on disks that fail: full at every point, without inodes, read-only in part, over a
# quota, with files that cannot be changed, with blocks that cannot be written. The error names the
# object, no file is half there, and the run after the mending completes.
# usage: RPOD_BUILD=build tests/local/setup-disks.sh
# shellcheck disable=SC2317 # functions are called through check()
set -uo pipefail

skip() { printf 'skip %s: %s\n' "$1" "$2"; }
[[ $(id -u) -eq 0 ]] || { skip 'disks that fail' 'not root'; exit 0; }
if [[ ${1:-} != within ]]; then # the mounts are this test's own
    unshare -m true 2>/dev/null || { skip 'disks that fail' 'no mount namespaces here'; exit 0; }
    exec unshare -m --propagation private "$0" within
fi
build=$(realpath "${RPOD_BUILD:-build}")
work=$(mktemp -d /tmp/rpod-setup-disks.XXXXXX)
trap 'rm -rf "$work"' EXIT
failed=0
setup=$work/rpod-setup
cp "$build/rpod-setup" "$setup"

make_tree() { # DIR
    mkdir -p "$1"/{etc/skel,usr/bin,bin,var/lib,root}
    printf 'root:x:0:0:root:/root:/bin/sh\n' >"$1/etc/passwd"
    printf 'root:x:0:\n' >"$1/etc/group"
    printf 'root:*:19000:0:99999:7:::\n' >"$1/etc/shadow"
    touch "$1"/etc/sub{u,g}id "$1"/bin/sh "$1"/usr/bin/{newuidmap,newgidmap,pasta}
    printf 'umask 077\n' >"$1/etc/skel/.profile"
    printf 'ID=debian\nVERSION_ID="12"\n' >"$1/etc/os-release"
    chmod 755 "$1/bin/sh" "$1/usr/bin/pasta"
    chmod "${mode:-4755}" "$1"/usr/bin/new{u,g}idmap
}
manifest() { # DIR
    (cd "$1" && find . -path ./var/lib/rpod -prune -o -path ./filler\* -prune -o -path ./lost+found -prune -o \
        -printf '%p %y %m %U:%G\n' -type f -exec sha256sum {} + | LC_ALL=C sort)
}
export SOURCE_DATE_EPOCH=1700000000 # the day in shadow(5) stays the same past midnight
export mode
prepare=(--json user container --home /data/container)

# What an undisturbed run leaves, and what was before.
make_tree "$work/whole"
manifest "$work/whole" >"$work/before"
"$setup" --root "$work/whole" "${prepare[@]}" >/dev/null
manifest "$work/whole" >"$work/after"
LC_ALL=C sort -u "$work/before" "$work/after" >"$work/either"

without() { printf '%s\n' "$*"; return 99; } # what is missing to try it here
wrong() { printf '%s\n' "$*"; return 1; }
# A run on the broken disk $t: 0, or an error of status $1 with the words $2, all files whole.
fails_well() { # status, words
    local got=0
    "$setup" --root "$t" "${prepare[@]}" >"$work/json" 2>"$work/words" || got=$?
    jq -e '.schema == "rpod-setup/1" and (.failed == ('"$got"' != 0))' "$work/json" >/dev/null ||
        wrong "no JSON, status $got: $(cat "$work/json" "$work/words")" || return 1
    LC_ALL=C comm -13 "$work/either" <(manifest "$t") >"$work/odd"
    [[ ! -s $work/odd ]] || wrong "half written: $(cat "$work/odd")" || return 1
    [[ $got -ne 0 ]] || return 0
    [[ $got -eq $1 ]] || wrong "status $got, wanted $1: $(cat "$work/words" "$work/json")" || return 1
    jq -r '.msg, (.changes[] | .error // empty)' "$work/json" | grep -q "$2" ||
        wrong "no '$2' in: $(cat "$work/json" "$work/words")" || return 1
    failures=$((failures + 1))
}
completes() {
    "$setup" --root "$t" "${prepare[@]}" >"$work/json" 2>&1 || wrong "the run after it failed: $(cat "$work/json")" || return 1
    diff "$work/after" <(manifest "$t") || return 1
    while "$setup" --root "$t" undo >"$work/undone" 2>&1; do :; done
    diff "$work/before" <(manifest "$t")
}
# Full at every point: a free block more each time, until the run is undisturbed.
fill_up() { # what is missing: blocks, inodes
    local free failures=0 size
    for ((free = 0; free < 60; free++)); do
        mount -t tmpfs -o mode=755,size=4m,nr_inodes=400 tmpfs "$t" && make_tree "$t" || return 1
        size=$(du -sk "$t" | cut -f 1)
        case $1 in
        blocks) mount -o "remount,size=$((size + 4 * free))k" "$t" ;;
        inodes) mount -o "remount,nr_inodes=$(($(df --output=iused "$t" | tail -n 1) + free))" "$t" ;;
        esac || return 1
        fails_well 1 'No space left on device' || wrong "with $free $1 free" || return 1
        jq -e .failed "$work/json" >/dev/null || break
        mount -o remount,size=4m,nr_inodes=400 "$t"
        completes || wrong "after $free $1 were free" || return 1
        umount "$t"
    done
    printf '%d times\n' "$failures" && ((failures > 3 && free < 60))
}
no_blocks() { fill_up blocks; }
no_inodes() { fill_up inodes; }
read_only() { # directory
    local failures=0
    make_tree "$t" && mount --bind "$t/$1" "$t/$1" && mount -o remount,bind,ro "$t/$1" || return 1
    fails_well 78 'ead-only' || return 1
    diff "$work/before" <(manifest "$t") || return 1
    ((failures == 1)) || wrong 'it did not fail' || return 1
    umount "$t/$1" && completes
}
read_only_etc() { read_only etc; }
read_only_var() { read_only var; }
read_only_usr() { # newuidmap has lost its mode there
    local got=0
    mode=755 make_tree "$t" && mount --bind "$t/usr" "$t/usr" && mount -o remount,bind,ro "$t/usr" || return 1
    "$setup" --root "$t" "${prepare[@]}" >"$work/json" 2>/dev/null || got=$?
    [[ $got -eq 78 ]] && jq -r .msg "$work/json" | grep -q "'/usr/bin/new[ug]idmap'.*read-only" || wrong "status $got: $(cat "$work/json")" || return 1
    mode=755 make_tree "$work/bare" && diff <(manifest "$work/bare") <(manifest "$t") || return 1
    umount "$t/usr" && "$setup" --root "$t" "${prepare[@]}" >"$work/json" 2>&1 || wrong "$(cat "$work/json")" || return 1
    diff "$work/after" <(manifest "$t")
}
immutable() {
    local failures=0 status
    make_tree "$t" && chattr +i "$t/etc/passwd" || without 'the disk knows no immutable files' || return
    fails_well 1 '/etc/passwd'
    status=$?
    chattr -i "$t/etc/passwd"
    [[ $status -eq 0 && $failures -eq 1 ]] || wrong 'it did not fail' || return 1
    diff "$work/before" <(manifest "$t") && completes
}
# ext4 with a quota of root's, who may exceed it unless a project's is set: prjquota.
quota() {
    local failures=0
    command -v setquota >/dev/null || without 'no setquota here' || return
    truncate -s 8M "$work/disk" && mkfs.ext4 -q -O quota,project -E quotatype=prjquota "$work/disk" ||
        without 'mkfs.ext4 makes no quota' || return
    mount -o loop,prjquota "$work/disk" "$t" || without 'the kernel mounts no disk with a quota' || return
    make_tree "$t" && mkdir -p "$t/var/lib/rpod" && chattr -R +P -p 7 "$t/etc" "$t/var" || without 'chattr knows no projects' || return
    # root has CAP_SYS_RESOURCE, which knows no quota
    setquota -P 7 0 1 0 0 "$t" || without 'setquota cannot set one' || return
    plain() { setpriv --bounding-set -sys_resource --inh-caps -sys_resource "$work/rpod-setup" "$@"; }
    local setup=plain
    fails_well 1 'Disk quota exceeded' || return 1
    ((failures == 1)) || wrong 'it did not fail' || return 1
    setup=$work/rpod-setup
    setquota -P 7 0 0 0 0 "$t" && completes
}

tell() { # function, sentence
    local status=0
    (
        t=$work/disk.d
        mkdir -p "$t" && mount -t tmpfs -o mode=755 tmpfs "$t" && "$1"
        status=$?
        cd / && while umount -R "$t" 2>/dev/null; do :; done
        exit $status
    ) >"$work/said" 2>&1 || status=$?
    case $status in
    0) printf 'ok %s\n' "$2" ;;
    99) skip "$2" "$(tail -n 1 "$work/said")" ;;
    *) printf 'not ok %s\n' "$2" && sed 's/^/#   /' "$work/said" && failed=1 ;;
    esac
}
tell no_blocks 'a disk that is full at any point: files are whole, the run after it completes, undo takes all back'
tell no_inodes 'a disk without inodes at any point: the same'
tell read_only_etc 'a read-only /etc is 78, before the first change'
tell read_only_var 'a read-only /var is 78: without a journal nothing is changed'
tell read_only_usr 'a read-only /usr, where newuidmap lacks its mode, is 78 and named'
tell immutable 'a file that may not be changed is named, and nothing is half made'
tell quota 'a quota that is used up is said, and the run after it completes'
exit $failed
