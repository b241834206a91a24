#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The engine room on this machine: as root, and as an ordinary user with its own id ranges who
# exists only in this test's mount namespace. Prints one line a test.
# shellcheck disable=SC2016 # scripts for the container are meant to be quoted
set -uo pipefail

build=$(realpath "${RPOD_BUILD:-build}")
busybox=$(command -v busybox)
uid=64123

if [[ $(id -u) != 0 || ! -x $busybox ]]; then
    echo "skip the engine room: needs root and busybox"
    exit 0
fi
if [[ ${1-} != inside ]]; then
    exec unshare --mount --propagation private "$0" inside
fi

dir=$(mktemp -d)
chmod 755 "$dir"
forget() {
    if [[ -e $dir/oci-run ]]; then
        user -F
        "$dir/oci-run" -F
    fi
    rm -rf "$dir"
}
trap forget EXIT

install -m 755 "$build/tests/tools/oci-run" "$dir/oci-run"
root=$dir/rootfs
mkdir -p "$root/bin" "$root/etc" "$dir/run" "$dir/overlay" "$dir/out" "$dir/volume"
cp "$busybox" "$root/bin/busybox"
for name in sh true cat ls id ps mount sleep touch grep tty hostname pwd head wc env stat readlink; do
    ln -s busybox "$root/bin/$name"
done
cp "$root/bin/busybox" "$root/bin/su"
echo 'ann:x:1000:1000::/home/ann:/bin/sh' >"$root/etc/passwd"
chown -R $uid:$uid "$root" "$dir/run" "$dir/overlay" "$dir/volume"

for file in passwd group subuid subgid; do
    cp "/etc/$file" "$dir/$file" 2>/dev/null || : >"$dir/$file"
    [[ -e /etc/$file ]] || continue
    case $file in
    passwd) echo "rpodtest:x:$uid:$uid::/:/bin/sh" ;;
    group) echo "rpodtest:x:$uid:" ;;
    *) echo "rpodtest:1641230000:65536" ;;
    esac >>"$dir/$file"
    mount --bind "$dir/$file" "/etc/$file"
done

as=user
user() {
    setpriv --reuid $uid --regid $uid --clear-groups env -i "PATH=$PATH" \
        "XDG_RUNTIME_DIR=$dir/run" "$dir/oci-run" "$@"
}
root() { env -u XDG_RUNTIME_DIR "$dir/oci-run" "$@"; }
box() { timeout 20 bash -c "$(declare -f user root); dir=$dir uid=$uid; $as \"\$@\"" box "$@" </dev/null; }

ok() { # words; the status of the command before
    if [[ $? == 0 ]]; then echo "ok $as: $1"; else echo "not ok $as: $1"; fi
}
says() { # wanted, command...: output and nothing else
    local wanted=$1 got
    shift
    got=$("$@" 2>&1)
    [[ $got == "$wanted" ]] || {
        printf '# wanted: %s\n# got: %s\n' "$wanted" "$got"
        return 1
    }
}
fails() { # status, words in the message, command...
    local wanted=$1 words=$2 got status
    shift 2
    got=$("$@" 2>&1)
    status=$?
    [[ $status == "$wanted" && $got == *"$words"* ]] || {
        printf '# wanted %s %s\n# got %s %s\n' "$wanted" "$words" "$status" "$got"
        return 1
    }
}
in_box() { # a script inside that succeeds
    box "$root" -- sh -c "$1" >"$dir/last" 2>&1 || {
        sed 's/^/# /' "$dir/last"
        return 1
    }
}

common() {
    fails 7 '' box "$root" -- sh -c 'exit 7'; ok "the command's status is ours"
    fails 127 "no command 'nosuch'" box "$root" -- nosuch; ok 'a command that is not there is 127'
    fails 126 'Permission denied' box "$root" -- /etc/passwd; ok 'a file that cannot run is 126'
    says 1 box "$root" -- sh -c 'echo $$'; ok 'the command is pid 1'
    says box box "$root" -- hostname; ok 'the host name is its own'
    in_box 'test "$(grep CapEff /proc/self/status | head -c 24)" = "$(printf "CapEff:\t00000000800405fb")"'
    ok 'capabilities are the default eleven'
    in_box 'grep -q "Seccomp:.2" /proc/self/status && grep -q "NoNewPrivs:.0" /proc/self/status'
    ok 'the filter is loaded, and setuid programs work'
    says 1 box -N "$root" -- sh -c 'grep -c "NoNewPrivs:.1" /proc/self/status'
    ok 'no_new_privs where it is asked for'
    in_box 'for f in /proc/keys /proc/timer_list; do test ! -s $f || exit 1; done; test -z "$(ls /sys/firmware)"'
    ok 'masked paths show nothing'
    in_box '! echo 1 >/proc/sys/kernel/domainname && ! echo b >/proc/sysrq-trigger && ! touch /sys/x'
    ok 'read-only paths cannot be written'
    in_box 'for p in proc:proc dev:tmpfs dev/pts:devpts dev/shm:tmpfs dev/mqueue:mqueue sys:sysfs; do grep -q " /${p%:*} ${p#*:} " /proc/mounts || exit 1; done'
    ok 'proc, dev, pts, shm, mqueue and sys are mounted'
    in_box 'echo x >/dev/null; test "$(stat -c %t:%T /dev/null)" = 1:3; head -c 4 /dev/zero | wc -c | grep -qx 4'
    ok 'devices are what they are called'
    says '0 1 2 3' box "$root" -- sh -c 'echo $(ls /proc/self/fd)'; ok 'no descriptor of ours is left open'
    says none bash -c 'exec 7</dev/null 9</etc/passwd; "$@"' x "${direct[@]}" "$root" -- \
        sh -c 'test -L /proc/1/fd/7 -o -L /proc/1/fd/9 || echo none'
    ok 'nor one of the caller'
    says /dev/pts/0 bash -c "\"\$@\" | tr -d '\\r'" x "${direct[@]}" -t "$root" -- tty
    ok 'a terminal is one of its own devpts'
    fails 1 'Read-only' box -r "$root" -- touch /x; ok 'a read-only root cannot be written'
    says two box -v "$dir/volume:/mnt/deep" "$root" -- cat /mnt/deep/file; ok 'a volume is mounted'
    says 1000:1000:/home/ann box -u ann "$root" -- sh -c 'echo $(id -u):$(id -g):$HOME'
    ok 'a user is looked up in the image'
    says 0000000000000000 box -u ann "$root" -- sh -c 'set -- $(grep CapPrm /proc/self/status); echo $2'
    ok 'another user than root has no capability'
    fails 125 "'eve'" box -u eve "$root" -- true; ok 'an unknown user is an error with its name'
    says /made/here box -w /made/here "$root" -- pwd; ok 'a missing working directory is made'
    fails 127 'working directory' box -w /proc/self/fd/8 "$root" -- pwd
    ok 'a working directory by descriptor is refused'
    in_box 'grep -q LOOPBACK.UP /dev/null || test "$(cat /sys/class/net/lo/flags)" = 0x9'; ok 'loopback is up'
    [[ $(stat -fc %T /sys/fs/cgroup) == cgroup2fs ]] ||
        { fails 125 "see 'cgroup.v2'" box -m 10m "$root" -- true
          ok 'a limit that cannot be enforced names its check'; }
    overlay
    hostile
    further
}

overlay() {
    rm -rf "$dir/overlay"/*
    says two box -L "$root" -L "$dir/volume" -U "$dir/overlay" -- sh -c 'cat /file; echo x >/written'
    ok 'layers are stacked'
    [[ -e $dir/overlay/upper/written && ! -e $root/written ]]; ok 'and written above only'
}

hostile() {
    local name
    for name in dev proc sys; do
        rm -rf "$dir/hostile"
        mkdir -p "$dir/hostile/bin"
        cp "$busybox" "$dir/hostile/bin/true"
        ln -s "../../../../../..$dir/out" "$dir/hostile/$name"
        chown -hR $uid "$dir/hostile"
        fails 125 "'/$name' is no directory" box "$dir/hostile" -- /bin/true
        ok "an image whose /$name is a link is refused"
    done
    rm "$dir/hostile/sys"
    ln -s "$dir/out" "$dir/hostile/mnt"
    box -v "$dir/volume:/mnt/x" "$dir/hostile" -- /bin/true
    ok 'a volume below a link is mounted'
    [[ -z $(ls -A "$dir/out") ]]; ok 'and nothing was made outside'
}

further() {
    local pid
    "${direct[@]}" -p "$root" -- sleep 30 2>"$dir/pid" </dev/null &
    for _ in {1..100}; do
        pid=$(cat "$dir/pid")
        [[ -n $pid && $(cat "/proc/$pid/comm" 2>/dev/null) == sleep ]] && break
        sleep 0.05
    done
    says 'box 00000000800405fb 2' box -x "$pid" -- sh -c \
        'set -- $(grep -E "CapEff|Seccomp:" /proc/self/status); echo $(hostname) $2 $4'
    ok 'exec joins the container, as confined as it is'
    says "$(readlink "/proc/$pid/ns/user")" box -x "$pid" -- readlink /proc/self/ns/user
    ok 'and its user namespace'
    fails 127 'nosuch' box -x "$pid" -- nosuch; ok 'exec of what is not there is 127'
    kill -KILL "$pid"
    wait %% 2>/dev/null
    fails 125 '' box -x "$pid" -- true; ok 'exec into what has ended is an error'
}

echo two >"$dir/volume/file"
as=root
direct=("$dir/oci-run")
common

as=user
direct=(setpriv --reuid "$uid" --regid "$uid" --clear-groups env -i "PATH=$PATH" "XDG_RUNTIME_DIR=$dir/run" "$dir/oci-run")
if ! command -v newuidmap >/dev/null || ! box "$root" -- true 2>"$dir/last"; then
    echo "skip user: $(head -1 "$dir/last")"
    exit 0
fi
common
says "0 $uid 1 1 1641230000 65536" box "$root" -- sh -c 'echo $(cat /proc/self/uid_map)'
ok 'the id map has both lines'
before=$(box "$root" -- readlink /proc/self/ns/user)
says "$before" box "$root" -- readlink /proc/self/ns/user; ok 'the map is made once and kept'
echo "rpodtest:1641330000:10" >>/etc/subuid
says "0 $uid 1 1 1641230000 65536 65537 1641330000 10" box "$root" -- sh -c 'echo $(cat /proc/self/uid_map)'
ok 'a changed range makes it anew'
kill "$(cut -d' ' -f2 "$dir/run/rpod/userns")"
fails 0 '' box "$root" -- true; ok 'so does a holder that ended'
says "0 1 1000 1000 0 1 1001 1001 60000" box -c "$root" -- sh -c 'echo $(cat /proc/self/uid_map)'
ok 'another map needs no helper'
grep -v rpodtest "$dir/subuid" >"$dir/without"
cat "$dir/without" >/etc/subuid # in place: the file is mounted
says "0 $uid 1" box "$root" -- sh -c 'echo $(cat /proc/self/uid_map)'
ok 'without ranges the own id alone is mapped'
