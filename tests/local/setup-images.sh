#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-setup --root on trees whose author is no friend: nothing of this machine is read into them,
# nothing outside of them is written, nothing in them is run. What has to do with links is told
# twice, the second time as on a kernel without openat2(2).
# usage: RPOD_BUILD=build tests/local/setup-images.sh
# shellcheck disable=SC2317 # functions are called through check()
set -uo pipefail

# a thousand runs that put each file on the disk: in memory it takes a tenth of the time
if [[ -z ${RPOD_IN_MEMORY:-} && $(id -u) -eq 0 ]] && unshare -m true 2>/dev/null; then
    RPOD_IN_MEMORY=yes exec unshare -m "$0"
fi
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
[[ -z ${RPOD_IN_MEMORY:-} ]] || mount -t tmpfs tmpfs "$work" || exit 70
end() {
    chattr -R -f -i "$work"
    rm -rf "${work:?}"/*
    umount "$work" 2>/dev/null
    rmdir "$work"
}
trap end EXIT
how=''
unset SOURCE_DATE_EPOCH

holds() { check "$1$how" "${@:2}"; } # sentence, command...
need_root 'trees of others'

# What an attacker would like to be read or written: the same files as in the tree, beside it.
make_outside() {
    if [[ ! -d $work/outside.new ]]; then
        mkdir -p "$work/outside.new"/{etc,home,bin,data}
        echo 'stolen:x:1234:1234:of the outside:/home/stolen:/bin/sh' >"$work/outside.new/etc/passwd"
        echo 'stolen:100000:65536' >"$work/outside.new/etc/subuid"
        echo 'UID_MIN 7777' >"$work/outside.new/etc/login.defs"
        echo '# of the outside' >"$work/outside.new/file"
        echo '# of both' >"$work/outside.new/named"
        printf '#!/bin/sh\ntouch %s/was-run\n' "$work" >"$work/outside.new/bin/program"
        chmod 755 "$work/outside.new/bin/program"
    fi
    rm -rf "$work/outside"
    cp -a "$work/outside.new" "$work/outside"
}
print_of() { # a directory: names, kinds, modes, owners, times, content
    (cd "$1" && find . -printf '%p %y %M %U:%G %T@ %l\n' -type f -exec cat {} \;)
}

# A small Debian 12 with podman, whose rights to make id maps got lost: each kind of change a tree
# can have is asked for.
make_tree() {
    [[ -d $work/tree.new ]] || make_new_tree "$work/tree.new"
    rm -rf "$work/tree"
    cp -a "$work/tree.new" "$work/tree"
}
make_new_tree() {
    local t=$1
    mkdir -p "$t"/{etc/skel/.ssh,etc/default,etc/systemd/system,etc/sysctl.d,etc/apparmor.d/abi} \
        "$t"/{usr/bin,usr/sbin,usr/lib/systemd/user,bin,var/lib/systemd,root,home/ann,proc,sys,dev,run}
    printf 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n' >"$t/etc/passwd"
    printf 'root:x:0:\nann:x:1000:\n' >"$t/etc/group"
    printf 'root:*:19000:0:99999:7:::\n' >"$t/etc/shadow"
    printf 'root:*::\n' >"$t/etc/gshadow"
    printf 'ann:100000:65536\n' | tee "$t/etc/subuid" >"$t/etc/subgid"
    printf 'UID_MIN 1000\nUID_MAX 60000\n' >"$t/etc/login.defs"
    printf 'ID=debian\nVERSION_ID="12"\n' >"$t/etc/os-release"
    printf 'kernel.unprivileged_userns_clone = 0\nkernel.apparmor_restrict_unprivileged_userns = 1\n' \
        >"$t/etc/sysctl.d/10-hard.conf"
    mkdir -p "$t/usr/lib/security"
    touch "$t/etc/apparmor.d/abi/4.0" "$t/usr/lib/systemd/libsystemd-shared-252.so" "$t/usr/lib/security/pam_systemd.so" \
        "$t/usr/lib/systemd/user/dbus.socket" "$t/etc/skel/.ssh/authorized_keys"
    chmod 700 "$t/etc/skel/.ssh"
    printf '#!/bin/sh\ntouch %s/was-run\n' "$work" |
        tee "$t"/usr/sbin/{useradd,usermod,modprobe,apparmor_parser} "$t/bin/sh" \
            "$t"/usr/bin/{newuidmap,newgidmap,pasta,podman,crun,systemctl} >/dev/null
    chmod 755 "$t"/usr/sbin/* "$t"/usr/bin/* "$t/bin/sh"
    chown -R 1000:1000 "$t/home/ann"
}
run() { # arguments of rpod-setup: in the tree; openat2 is missing when $how says so
    if [[ $how ]]; then
        timeout 60 strace -f -qq -o /dev/null -e trace=openat2 -e inject=openat2:error=ENOSYS \
            "$setup" --root "$work/tree" "$@"
    else
        timeout 60 "$setup" --root "$work/tree" "$@"
    fi
}
prepare() { run user container --home /data/container; }

# -- what a run does, call by call --------------------------------------------------------------
traced() {
    make_tree
    rm -f "$work/was-run"
    strace -f -qq -y -o "$work/trace" -e trace=%file,%network,%process,ftruncate \
        "$setup" --root "$work/tree" user container --home /data/container || return 1
    grep -q '^[0-9]* *+++ exited with 0' "$work/trace" || grep -q execve "$work/trace"
}
no_program_is_run() {
    [[ $(grep -c 'execve' "$work/trace") -eq 1 && ! -e $work/was-run ]] ||
        { grep execve "$work/trace"; return 1; }
}
nobody_is_asked() {
    ! grep -E 'connect\(|sendto\(|socket\(' "$work/trace"
}
# The calls after the tree was opened, and the files of this machine among them.
nothing_of_this_machine_is_read() {
    awk -v tree="\"$work/tree\"," 'index($0, tree) { on = 1 } on' "$work/trace" >"$work/trace.in"
    [[ $(wc -l <"$work/trace.in") -gt 300 ]] || { echo 'no trace of the work'; return 1; }
    # the C library looks at the zone before it makes a time of UTC
    ! grep 'AT_FDCWD' "$work/trace.in" | grep -Ev "\"$work/tree\"|\"/etc/localtime\""
    ! grep -E '^[0-9]+ +[a-z0-9]+\("/' "$work/trace.in" | grep -Ev "\"$work/tree\"|\"/proc/self/fd/[0-9]+\""
}
nothing_of_its_users_is_read() {
    ! grep -E 'AT_FDCWD[^"]*"/etc/(passwd|group|shadow|nsswitch.conf|subuid|subgid|login.defs)"|nscd|libnss' \
        "$work/trace"
}
# Calls that change something name a descriptor; -y says what it is of.
every_change_is_below_the_tree() {
    grep -E '^[0-9]+ +(rename|link|symlink|unlink|mkdir|chmod|chown|mknod|truncate|ftruncate|fchmod|fchown|utimens)[a-z0-9]*\(|O_(WRONLY|RDWR|CREAT|TRUNC)' \
        "$work/trace" | grep -v ' ENOENT \| EEXIST ' >"$work/changes"
    [[ $(wc -l <"$work/changes") -gt 30 ]] || { echo 'no changes traced'; return 1; }
    ! grep -Ev "\([0-9]+<$work/tree[/>]" "$work/changes"
}

# -- hostile trees ------------------------------------------------------------------------------
# After any run: the outside is as it was, and the tree holds nothing of it.
outside_is_untouched() {
    diff "$work/outside.print" <(print_of "$work/outside") || return 1
    ! find "$work/tree" -type f -links 1 -exec grep -l -e stolen -e 'of the outside' {} + ||
        { echo 'read into the tree'; return 1; }
}
# Whatever the run says, it ends by itself, and not with success where it could not do its work.
survives() {
    print_of "$work/outside" >"$work/outside.print"
    local status=0
    prepare >"$work/output" 2>&1 </dev/null || status=$?
    cat "$work/output"
    [[ $status -le 78 ]] || { echo "ended with $status"; return 1; }
    outside_is_untouched || return 1
    run undo >>"$work/output" 2>&1 </dev/null
    outside_is_untouched
}
# Every path that is read or written, and the directories on the way to it.
paths=(etc etc/passwd etc/group etc/shadow etc/gshadow etc/subuid etc/subgid etc/login.defs
    etc/os-release etc/nsswitch.conf etc/skel etc/skel/.ssh etc/systemd etc/systemd/system
    etc/systemd/system/user@.service.d etc/systemd/system/user@.service.d/60-rpod-delegate.conf
    etc/sysctl.d etc/sysctl.d/60-rpod.conf etc/modules-load.d etc/modules-load.d/60-rpod.conf
    etc/apparmor.d etc/apparmor.d/rpod usr usr/bin usr/bin/newuidmap usr/lib usr/lib/systemd
    var var/lib var/lib/systemd var/lib/systemd/linger var/lib/systemd/linger/container
    var/lib/rpod var/lib/rpod/setup var/lib/rpod/setup/lock data data/container
    data/container/.config lib lib/modules
    etc/passwd.lock etc/subuid.lock etc/.rpod-new var/lib/systemd/linger/.rpod-new data/.rpod-new)
put() { # path: the way to it is made, what stands there goes
    rm -rf "${work:?}/tree/$1"
    mkdir -p "$(dirname "$work/tree/$1")"
}
# Where an attacker sends a path: to its like outside, absolutely and relatively, or into itself.
everywhere() { # function that puts something at a path
    local path
    for path in "${paths[@]}"; do
        make_outside
        make_tree
        put "$path"
        "$1" "$path" || return 1
        survives >"$work/survived" 2>&1 || { echo "at /$path:"; cat "$work/survived"; return 1; }
        [[ $1 != put_immutable ]] || chattr -f -i "$work/tree/$path" || true # it may be gone
    done
}
up=../../../../../../../../../../../..
put_absolute() { mkdir -p "$(dirname "$work/outside/$1")" && ln -s "$work/outside/$1" "$work/tree/$1"; }
put_relative() { mkdir -p "$(dirname "$work/outside/$1")" && ln -s "$up$work/outside/$1" "$work/tree/$1"; }
put_loop() { ln -s "${1##*/}" "$work/tree/$1"; }
put_proc() { ln -s "$up/proc/1/root/etc" "$work/tree/$1"; }
put_magic() { ln -s "/proc/self/fd/3" "$work/tree/$1"; }
put_fifo() { mkfifo "$work/tree/$1"; }
put_device() { mknod "$work/tree/$1" c 1 3; } # /dev/null: what is written is lost, opening does nothing
put_socket() { python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$work/tree/$1"; }
put_directory() { mkdir -p "$work/tree/$1/there/is more"; }
put_hard_link() { ln "$work/outside/named" "$work/tree/$1"; }
put_program() { ln "$work/outside/bin/program" "$work/tree/$1"; }
put_nul() { printf 'a\0b:x:0:0\0::\n\0\377' >"$work/tree/$1"; }
put_immutable() { printf 'kept\n' >"$work/tree/$1" && chattr +i "$work/tree/$1"; }

hostile_links() {
    holds 'links to the outside at any path lead nowhere' everywhere put_absolute
    holds 'links upwards at any path lead nowhere' everywhere put_relative
    holds 'loops at any path end' everywhere put_loop
    holds 'links into /proc at any path lead nowhere' everywhere put_proc
    holds 'links to open descriptors at any path lead nowhere' everywhere put_magic
}
hostile_files() {
    holds 'a FIFO at any path holds nobody up' everywhere put_fifo
    holds 'a socket at any path is no file' everywhere put_socket
    holds 'a directory at any path is no file' everywhere put_directory
    holds 'another name of a file outside at any path leaves it alone' everywhere put_hard_link
    holds 'another name of a program outside gets no privilege' everywhere put_program
    holds 'NULs at any path are no end' everywhere put_nul
    if mknod "$work/null" c 1 3 2>/dev/null && : 2>/dev/null >"$work/null"; then
        holds 'a device at any path is not opened' everywhere put_device
    else
        skip 'a device at any path' 'none can be made or opened here'
    fi
    touch "$work/immutable"
    if chattr +i "$work/immutable" 2>/dev/null; then
        holds 'a file that cannot be changed at any path is told' everywhere put_immutable
    else
        skip 'immutable files' 'this file system has none'
    fi
}

# -- what is told, and what becomes of an honest tree -------------------------------------------
locked_through_a_hard_link() {
    make_outside
    make_tree
    put var/lib/rpod/setup/lock
    ln "$work/outside/file" "$work/tree/var/lib/rpod/setup/lock"
    prepare && grep -qx '# of the outside' "$work/outside/file"
}
program_with_two_names() {
    make_outside
    make_tree
    put usr/bin/newuidmap
    ln "$work/outside/bin/program" "$work/tree/usr/bin/newuidmap"
    local status=0
    prepare >"$work/output" 2>&1 || status=$?
    grep 'hard links' "$work/output" && [[ $status -eq 1 && ! -u $work/outside/bin/program ]]
}
by_the_outside() { # its own /proc is mounted into the tree, as builders do for a chroot
    make_tree
    sed -i d "$work/tree/etc/sysctl.d/10-hard.conf"
    unshare -m bash -c "mount --make-rprivate / && mount --bind /proc '$work/tree/proc' &&
        mount --bind /sys '$work/tree/sys' && mount --bind /dev '$work/tree/dev' &&
        '$setup' --json --root '$work/tree' -n user container" >"$work/json" || return 1
    ln -sf /proc/self/uid_map "$work/tree/etc/subuid"
    unshare -m bash -c "mount --make-rprivate / && mount --bind /proc '$work/tree/proc' &&
        '$setup' --json --root '$work/tree' -n user ann" |
        jq -e '[.checks[] | select(.id == "idmap.subuid") | .verdict] == ["skip"]' || return 1
    # nothing that only a running machine can say is said of it
    jq -e '[.checks[] | select(.id | test("^userns.(max|clone|apparmor)|^limits|^cgroup.contr|^device")) | .verdict] | all(. == "skip")' "$work/json" &&
        jq -e '.checks[] | select(.id == "cgroup.v2") | .why | contains("distribution boots")' "$work/json"
}
taken_back() {
    make_tree
    fingerprint "$work/tree" >"$work/before"
    prepare || return 1
    run --detailed-exitcode user container --home /data/container || return 1
    run undo && diff "$work/before" <(fingerprint "$work/tree")
}
ready() { # all that a boot needs, with modes and owners
    make_tree
    prepare || return 1
    cat >"$work/wanted" <<END
/data 755 0:0
/data/container 700 1001:1001
/data/container/.config/containers/containers.conf.d/60-rpod.conf 600 1001:1001
/data/container/.ssh 700 1001:1001
/data/container/.ssh/authorized_keys 644 1001:1001
/etc/apparmor.d/rpod 644 0:0
/etc/sysctl.d/60-rpod.conf 644 0:0
/etc/systemd/system/user@.service.d 755 0:0
/etc/systemd/system/user@.service.d/60-rpod-delegate.conf 644 0:0
/usr/bin/newgidmap 4755 0:0
/usr/bin/newuidmap 4755 0:0
/var/lib/systemd/linger 755 0:0
/var/lib/systemd/linger/container 644 0:0
END
    sed 's/ .*//' "$work/wanted" | while read -r path; do
        stat -c "$path %a %u:%g" "$work/tree$path"
    done | diff "$work/wanted" - &&
        grep -qx 'kernel.unprivileged_userns_clone = 1' "$work/tree/etc/sysctl.d/60-rpod.conf" &&
        grep -q '^container:' "$work/tree/etc/subuid" && ! ls "$work/tree"/etc/*.lock
}
twice_the_same() {
    export SOURCE_DATE_EPOCH=1000000000
    make_tree
    find "$work/tree" -exec touch -h -d @900000000 {} +
    rm -rf "$work/second"
    cp -a "$work/tree" "$work/second"
    prepare || return 1
    sleep 1.1 # another second
    "$setup" --root "$work/second" user container --home /data/container || return 1
    unset SOURCE_DATE_EPOCH
    grep -qx 'container:!:11574:0:99999:7:::' "$work/tree/etc/shadow" || { cat "$work/tree/etc/shadow"; return 1; }
    diff <(fingerprint "$work/tree" %T@) <(fingerprint "$work/second" %T@) || return 1
    [[ -z $(find "$work/tree" -path "$work/tree/var/lib/rpod" -prune -o -newermt @1000000000 -print) ]]
}
lacking() { # a tool that is missing in the tree: said, and status 1, though this machine has it
    make_tree
    rm "$work/tree/usr/bin/newuidmap" "$work/tree/usr/bin/newgidmap"
    local status=0
    prepare >"$work/output" 2>&1 || status=$?
    grep uidmap "$work/output" && [[ $status -eq 1 ]]
}
lacking_fuse() { # a kernel that mounts no overlay for users
    make_tree
    mkdir -p "$work/tree/lib/modules/5.10.0-32-amd64"
    local status=0
    prepare >"$work/output" 2>&1 || status=$?
    grep fuse-overlayfs "$work/output" && [[ $status -eq 1 ]]
}

honest_trees() {
    holds 'a tree is given all that its boot needs, with modes and owners' ready
    holds 'a second run changes nothing, undo takes all back' taken_back
    holds 'two copies are prepared alike, with SOURCE_DATE_EPOCH to the times' twice_the_same
    holds 'a tool the tree lacks is told, though this machine has it' lacking
    holds 'a kernel of the tree that mounts no overlay wants fuse-overlayfs' lacking_fuse
    holds 'a lock that is a file outside is locked and not written to' locked_through_a_hard_link
    holds 'a program with a name outside is refused with words' program_with_two_names
}

honest_trees
hostile_links
hostile_files
if unshare -m true 2>/dev/null; then
    holds 'what a builder mounted into the tree is not taken for the tree' by_the_outside
else
    skip 'mounts in a tree' 'no mount namespaces here'
fi
if strace -qq -o /dev/null true 2>/dev/null; then
    holds 'a run can be traced' traced
    holds 'no program is run' no_program_is_run
    holds 'no service is asked' nobody_is_asked
    holds 'no file of this machine is read' nothing_of_this_machine_is_read
    holds 'nothing of the users of this machine is read' nothing_of_its_users_is_read
    holds 'every change is below the tree' every_change_is_below_the_tree
    how=' (without openat2)'
    honest_trees
    hostile_links
else
    skip 'what a run does, call by call, and the walk without openat2' 'no strace here'
fi
exit $failed
