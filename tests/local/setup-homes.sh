#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-setup and homes whose owner, or whose past, is against it: what stands in the way of a file
# it writes there is named, nothing is ever written, read or removed with root's rights elsewhere,
# and nothing hangs. And the directories --storage must refuse.
# usage: RPOD_BUILD=build tests/local/setup-homes.sh
# shellcheck disable=SC2317,SC2016,SC2088,SC2086 # called through check(); words are as they are said
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
chmod 755 "$work"
ann=54321

need_root 'hostile homes'

# A fresh tree with a user ann; podman and systemd are there, so that both of her files are wanted.
fresh() {
    t=$work/tree
    rm -rf "$t"
    mkdir -p "$t"/{etc/systemd,usr/bin,usr/lib/{systemd/user,security},bin,var/lib,srv,home/ann,home/bob}
    printf 'root:x:0:0::/root:/bin/sh\nann:x:%d:%d::/home/ann:/bin/sh\nbob:x:7777:7777::/home/bob:/bin/sh\n' \
        $ann $ann >"$t/etc/passwd"
    printf 'ID=debian\nVERSION_ID="13"\n' >"$t/etc/os-release"
    printf 'secret\n' >"$t/etc/victim"
    chmod 600 "$t/etc/victim"
    touch "$t"/usr/bin/{podman,crun,pasta,newuidmap,newgidmap} \
        "$t"/usr/lib/systemd/{systemd,libsystemd-shared-257.so} "$t/usr/lib/systemd/user/dbus.socket" \
        "$t/usr/lib/security/pam_systemd.so"
    chmod 755 "$t"/usr/bin/* "$t/usr/lib/systemd/systemd"
    chmod 4755 "$t"/usr/bin/new?idmap
    chown $ann:$ann "$t/home/ann"
    chown 7777:7777 "$t/home/bob"
    chmod 700 "$t"/home/{ann,bob}
}
as_ann() { setpriv --reuid $ann --regid $ann --clear-groups env -C "$t/home/ann" "$@"; }
run() { timeout 20 "$setup" --root "$t" --storage /srv/c config ann; }
undo() { timeout 20 "$setup" --root "$t" undo; }
victims() { # nothing of root's was touched and nothing is where it should not be
    [[ $(cat "$t/etc/victim") == secret ]] || { echo 'the victim was written'; return 1; }
    [[ $(stat -c '%u %a' "$t/etc/victim") == '0 600' ]] || { echo 'the victim was given away'; return 1; }
    [[ ! -e $t/etc/storage.conf && ! -e $t/etc/containers && ! -e $t/etc/new ]] || { ls -R "$t/etc"; return 1; }
}
# in_the_way SENTENCE WORDS: what was put there stops the run, is named, and leads nowhere.
in_the_way() {
    check "$1 is named" says "$2" run
    check "$1: the run fails" status_is 1 run
    check "$1 leads to nothing" victims
}
conf=.config/containers

fresh
check 'both files are written, as the user' run
for file in $conf/storage.conf $conf/containers.conf.d/60-rpod.conf; do
    check "$file is hers alone" test "$(stat -c '%u:%g %a' "$t/home/ann/$file")" = "$ann:$ann 600"
    check "the directory of $file too" test "$(stat -c '%u:%g %a' "$(dirname "$t/home/ann/$file")")" = "$ann:$ann 700"
done
check 'storage.conf names the storage' grep -qx 'graphroot = "/srv/c"' "$t/home/ann/$conf/storage.conf"
check 'which is hers' test "$(stat -c '%u:%g %a' "$t/srv/c")" = "$ann:$ann 700"
check 'a second run changes nothing' status_is 0 "$setup" --root "$t" --detailed-exitcode --storage /srv/c config ann
check 'undo takes both away' undo
check 'with the directories' test ! -e "$t/home/ann/.config" -a ! -e "$t/srv/c"

# -- links: relative, absolute, dangling -------------------------------------------------------
for target in ../../etc /etc "$work/tree/etc"; do
    fresh
    as_ann ln -s "$target" .config
    in_the_way "~/.config, a link to ${target/#$work*/the host}" "'/home/ann/.config' is a symbolic link"
    fresh
    as_ann mkdir .config
    as_ann ln -s "../${target/#\/*/}$target" $conf
    in_the_way "~/$conf, a link" "'/home/ann/$conf' is a symbolic link"
done
fresh
as_ann mkdir -p $conf
as_ann ln -s /etc $conf/containers.conf.d
in_the_way 'containers.conf.d, a link' "'/home/ann/$conf/containers.conf.d' is a symbolic link"
for target in /etc/victim /etc/new ../../../../etc/victim; do
    fresh
    as_ann mkdir -p $conf/containers.conf.d
    as_ann ln -s $target $conf/containers.conf.d/60-rpod.conf
    in_the_way "a file that is a link to $target" "60-rpod.conf' is a symbolic link"
done
fresh
as_ann mkdir -p $conf
as_ann ln -s /etc/victim $conf/storage.conf
check 'storage.conf, a link to what she may not read, is not read for her' says 'storage.conf' run
check 'and its words are not told' bash -c "! '$setup' --root '$t' -n --diff --storage /srv/c config ann 2>&1 | grep secret"
check 'and it leads to nothing' victims

# -- what is neither a directory nor a file ----------------------------------------------------
for place in .config $conf $conf/containers.conf.d $conf/containers.conf.d/60-rpod.conf; do
    fresh
    as_ann mkdir -p "$(dirname $place)"
    as_ann mkfifo $place
    in_the_way "a FIFO at ~/$place" "'/home/ann/$place' is no"
done
fresh
as_ann mkdir -p $conf/containers.conf.d
as_ann python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' $conf/containers.conf.d/60-rpod.conf
in_the_way 'a socket where the file goes' "60-rpod.conf' is no plain file"
fresh
as_ann mkdir -p $conf/containers.conf.d/60-rpod.conf
in_the_way 'a directory where the file goes' "60-rpod.conf' is no plain file"

# -- other owners ------------------------------------------------------------------------------
fresh
mkdir "$t/home/ann/.config"
in_the_way "root's ~/.config" "'/home/ann/.config' belongs to user id 0; run 'chown ann: /home/ann/.config'"
fresh
as_ann mkdir .config
install -d -o 7777 -m 777 "$t/home/ann/$conf"
in_the_way "bob's ~/$conf, that all may write to" "'/home/ann/$conf' belongs to user id 7777"
check "and nothing was put there" test -z "$(ls -A "$t/home/ann/$conf")"
fresh
as_ann mkdir -p $conf/containers.conf.d
ln "$t/etc/victim" "$t/home/ann/$conf/containers.conf.d/60-rpod.conf"
in_the_way "a hard link to root's file" "60-rpod.conf' belongs to user id 0"
check 'whose words are not in the journal' bash -c "! grep -r secret '$t/var/lib/rpod'"

# -- no room, no right -------------------------------------------------------------------------
fresh
chmod 500 "$t/home/ann"
check 'a home she cannot write to is said' says 'Permission denied' run
check 'and fails the run' status_is 1 run
full() {
    unshare -m bash -c '
        mount -t tmpfs -o "size=16k,mode=700,uid=$2" tmpfs "$1/home/ann" &&
        setpriv --reuid "$2" --clear-groups mkdir -p "$1/home/ann/.config/containers/containers.conf.d" &&
        { setpriv --reuid "$2" --clear-groups dd if=/dev/zero of="$1/home/ann/full" bs=1k status=none 2>/dev/null; :; }
        timeout 20 "$3" --root "$1" --storage /srv/c config ann
        echo "status $?"
        find "$1/home/ann" -name ".rpod-new" | grep . && echo "left over"; :' bash "$t" $ann "$setup"
}
fresh
if unshare -m true 2>/dev/null; then
    check 'a full home is said' says 'No space left on device' full
    fresh
    check 'and fails the run' says 'status 1' full
    fresh
    check 'and nothing half written stays' bash -c "! ( $(declare -f full); t='$t' ann=$ann setup='$setup'; full ) | grep 'left over'"
else
    skip 'a full home' 'no mount namespace to be had'
fi

# -- undo --------------------------------------------------------------------------------------
prepared() {
    fresh
    run >/dev/null 2>&1
}
prepared
cp "$t/home/ann/$conf/storage.conf" "$t/etc/storage.conf"
as_ann mv .config/containers .config/elsewhere
as_ann ln -s /etc .config/containers
undo >"$work/undone" 2>&1
check 'undo follows no link put there since' cmp "$t/etc/storage.conf" "$t/home/ann/.config/elsewhere/storage.conf"
check 'and says that the file stays' grep -q 'storage.conf. stays\|stays' "$work/undone"
prepared
as_ann rm $conf/storage.conf
as_ann ln -s /etc/victim $conf/storage.conf
check 'undo leaves a link that stands where its file was' says 'no plain file any more' undo
check 'and what it leads to' victims
prepared
as_ann rm $conf/storage.conf
as_ann mkfifo $conf/storage.conf
check 'undo opens no FIFO' says 'no plain file any more' undo
prepared
echo 'graphroot = "/mine"' >>"$t/home/ann/$conf/storage.conf"
check 'undo leaves a file she has changed' says 'it was changed since' undo

# -- a storage.conf of hers --------------------------------------------------------------------
fresh
as_ann mkdir -p $conf
as_ann tee $conf/storage.conf >/dev/null <<<$'[storage]\ndriver = "overlay"'
fingerprint "$t" >"$work/before"
check 'a storage.conf without a graphroot is refused, with the line to add' says "add 'graphroot = \"/srv/c\"'" run
as_ann tee $conf/storage.conf >/dev/null <<<$'[storage]\ngraphroot = "/srv/other"'
check 'one with another graphroot too' says 'graphroot = "/srv/other"' run
as_ann tee $conf/storage.conf >/dev/null <<<$'[storage\n'
check 'one that does not parse too, with its line' says 'line 1' run
as_ann tee $conf/storage.conf >/dev/null <<<$'[storage]\ndriver = "overlay"'
check 'before anything is changed' unchanged "$t" "$work/before"
as_ann tee $conf/storage.conf >/dev/null <<<$'[storage]\ngraphroot = "/srv/$USER"'
fingerprint "$t" >"$work/before"
check 'one with the same is left as it is' status_is 0 timeout 20 "$setup" --root "$t" --storage /srv/ann config ann
check 'byte for byte' grep -qx 'graphroot = "/srv/$USER"' "$t/home/ann/$conf/storage.conf"
as_ann mkdir -p $conf/containers.conf.d
undo >/dev/null 2>&1
rm -rf "$t/home/ann/$conf"
as_ann mkdir -p $conf
as_ann tee $conf/containers.conf >/dev/null <<<'[engine'
check 'nothing is added to a containers.conf that does not parse' bash -c \
    "! '$setup' --root '$t' -n config ann | grep 60-rpod.conf"

# -- directories that cannot be the storage ----------------------------------------------------
refused() { # sentence, words, DIR
    fresh
    mkdir -p "$t/srv/open" "$t/srv/root" "$t/srv/of-bob"
    chmod 1777 "$t/srv/open"
    chown 7777 "$t/srv/of-bob"
    touch "$t/srv/file"
    ln -s /srv "$t/data"
    fingerprint "$t" >"$work/before"
    check "$1 is refused" says "$2" timeout 20 "$setup" --root "$t" --storage "$3" user ann
    check "$1: nothing is changed" unchanged "$t" "$work/before"
}
refused 'a storage that is a file' "'/srv/file' is no directory" /srv/file
refused "root's directory" "run 'chown ann: /srv/root'" /srv/root
refused "bob's directory" "'/srv/of-bob' is there and belongs to user id 7777" /srv/of-bob
refused "a place in bob's directory" "'/srv/of-bob' belongs to user id 7777" /srv/of-bob/c
refused "a place in bob's home" "'/home/bob' belongs to user id 7777" /home/bob/c
refused 'a place where all may write' "others may write to '/srv/open'" /srv/open/c
refused 'a path through a link' "'/data' is a symbolic link to '/srv'" /data/c
refused 'a place in the home' 'where storage is anyhow' /home/ann/c
for bad in relative / /srv/../c '/srv/a b' '/srv/"' /srv/c/ '/srv/$HOME'; do
    check "--storage '$bad' is 64" status_is 64 "$setup" --root "$t" --storage "$bad" -n user ann
done
check '--storage for two users is 64' status_is 64 "$setup" --root "$t" --storage /srv/c -n user ann bob
check '--storage for the host is 64' status_is 64 "$setup" --root "$t" --storage /srv/c -n host

# On this machine: a dry run in a mount namespace where /mnt is a disk like that.
mounted() { # options
    unshare -m bash -c 'mount -t tmpfs -o "mode=755,$1" tmpfs /mnt && "$2" -n --storage /mnt/c config nobody' \
        bash "$1" "$setup"
}
if unshare -m true 2>/dev/null; then
    check 'a disk that is mounted noexec is refused' says 'mounted noexec' mounted noexec
    check 'one that is mounted nosuid' says 'mounted nosuid' mounted nosuid
    check 'one that is mounted read-only' says 'mounted read-only' mounted ro
    check 'a plain one is not' status_is 0 mounted exec
else
    skip 'disks that are mounted otherwise' 'no mount namespace to be had'
fi

# -- a tree whose host will have SELinux --------------------------------------------------------
fresh
mkdir -p "$t/etc/selinux/mls/contexts/files"
printf 'SELINUX=enforcing\nSELINUXTYPE=mls\n' >"$t/etc/selinux/config"
printf '/var/home /home\n' >"$t/etc/selinux/mls/contexts/files/file_contexts.subs_dist"
subs=$t/etc/selinux/mls/contexts/files/file_contexts.subs
selinux=("$setup" --root "$t" user carol --home /data/carol --storage /srv/carol)
fingerprint "$t" >"$work/before"
check 'a tree with SELinux is prepared' "${selinux[@]}"
check 'its own policy is told of the home and of the storage' diff "$subs" - <<<'/data /home
/srv/carol /home/carol/.local/share/containers/storage'
check 'its first boot labels it' test -f "$t/.autorelabel"
check 'a second run changes nothing' status_is 0 "${selinux[@]}" --detailed-exitcode
check 'undo takes it back' undo
check 'without a rest' unchanged "$t" "$work/before"
sed -i 's/enforcing/disabled/' "$t/etc/selinux/config"
"${selinux[@]}" >/dev/null 2>&1
check 'a tree that will boot without it is not labelled' test ! -e "$t/.autorelabel" -a ! -e "$subs"

exit $failed
