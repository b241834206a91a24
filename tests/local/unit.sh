#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-setup unit: whose unit it is, what it leaves alone, and that systemd takes what it writes.
# usage: RPOD_BUILD=build tests/local/unit.sh
# shellcheck disable=SC2317,SC2016 # functions are called through check(); what is quoted is for others
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"

if [[ $(id -u) -ne 0 ]]; then
    skip 'rpod-setup unit' 'needs root, for a tree with a user of its own'
    exit 0
fi
tree=$work/tree
units=$tree/home/ann/.config/systemd/user
mkdir -p "$tree"/{etc,usr/bin,home/ann,var/lib}
printf 'ann:x:4711:4711::/home/ann:/bin/sh\n' >"$tree/etc/passwd"
printf 'ID=debian\nVERSION_ID=12\n' >"$tree/etc/os-release"
printf '#!/bin/sh\n' | tee "$tree/usr/bin/rpod" >"$tree/usr/bin/podman"
chmod 755 "$work" "$tree/usr/bin"/*
chown 4711:4711 "$tree/home/ann"
unit() { "$setup" --root "$tree" unit --for ann "$@"; }

check 'root says whose unit it is' status_is 64 "$setup" --root "$tree" unit web hello
check 'a user who is not there is named' says "no user 'bob'" "$setup" --root "$tree" unit --for bob web hello
check 'another engine is a wrong command line' status_is 64 unit --engine docker web hello
check 'a bad name is a wrong command line' status_is 64 unit 'web@' hello
mkdir -p "$tree/usr/lib/systemd/user" && touch "$tree/usr/lib/systemd/user/dbus.service"
check 'a unit of the host is not hidden' says "dbus.service' would no longer be seen" unit dbus hello
check '... and nothing is written' test ! -e "$units"
check 'a dry run writes nothing' unit --dry-run web hello
check '... indeed' test ! -e "$units"
mkdir -p "$tree/usr/lib/systemd" && touch "$tree/usr/lib/systemd/libsystemd-shared-252.so"
check 'the unit is written, and how to start it is said' says 'systemctl --user --machine=ann@ enable web.service' unit web hello
owner() { [[ $(stat -c '%u:%g %a' "$units/web.service") == '4711:4711 644' ]]; }
check 'it is the user'"'"'s' owner
check 'that he does not linger is said' says 'rpod-setup linger ann' unit web hello
check 'written again it is the same' says 'nothing to change' unit web hello
check '... and that is no change' status_is 0 unit --detailed-exitcode web hello
check 'another command is a change' status_is 2 unit --detailed-exitcode web hello -- sh
check 'with systemd 247 nobody is sent to --machine' says 'runuser -u ann' \
    sh -c 'mv "$1"/usr/lib/systemd/lib*-252.so "$1/usr/lib/systemd/libsystemd-shared-247.so"; "$2" --root "$1" unit --for ann two hello' sh "$tree" "$setup"
check '--json is one object' sh -c '"$1" --root "$2" --json unit --for ann three hello | jq -e ".schema == \"rpod-setup/1\" and .changed"' sh "$setup" "$tree"
echo '# mine' >"$units/hand.service"
check 'a unit of somebody else is left alone' status_is 1 unit hand hello
chown 4711:4711 "$units/hand.service"
check '... so is one that the user wrote' says 'was not written by rpod-setup' unit hand hello
check '... as he wrote it' grep -qx '# mine' "$units/hand.service"
check '... as it was' grep -qx '# mine' "$units/hand.service"
ln -s /etc/passwd "$units/link.service"
check 'no link is followed' status_is 1 unit link hello
mv "$tree/usr/bin/podman" "$work/"
check 'an engine that is not there is missed' says 'not installed' unit --engine podman pod x
mv "$work/podman" "$tree/usr/bin/"
undo_all() { while "$setup" --root "$tree" undo >/dev/null 2>&1 && [[ -e $units/web.service ]]; do :; done; [[ ! -e $units/web.service ]]; }
check 'undo takes units back' undo_all

# -- systemd's own parser ------------------------------------------------------------------------
verify() { # words of unit...
    rm -rf "$units"
    unit "$@" >/dev/null || return 1
    XDG_RUNTIME_DIR=$work systemd-analyze --user --man=no verify "$units"/*.service >"$work/verify" 2>&1
    [[ $? -eq 0 && ! -s $work/verify ]] || { cat "$work/verify" "$units"/*.service; return 1; }
}
nasty='a "b" $HOME ${x} %n %% \ ; | é '\'' #'
if command -v systemd-analyze >/dev/null; then
    export -f verify unit
    export setup tree units work
    for engine in rpod podman; do
        # it looks for the program
        check "systemd-analyze verifies a unit for $engine" unshare -m bash -c '
            mount -t tmpfs none /usr/local/bin && mkdir -p "$tree/usr/local/bin" &&
                install -m 755 "$tree/usr/bin/$1" /usr/local/bin/ && cp /usr/local/bin/* "$tree/usr/local/bin/" &&
                verify --engine "$1" web hello -- -p 80:80 -e "A=$2" -- sh -c "$2"' bash "$engine" "$nasty"
    done
else
    skip 'systemd-analyze verifies a unit' 'no systemd-analyze here'
fi

# -- without root --------------------------------------------------------------------------------
own() { # a user of this machine, in a home that is his alone here
    unshare -m bash -c 'set -e
        mount -t tmpfs none /home && mkdir /home/nobody && chown 65534 /home/nobody
        cp /etc/passwd "$1/passwd" && sed -i "s,^nobody:.*,nobody:x:65534:65534::/home/nobody:/bin/sh," "$1/passwd"
        mount --bind "$1/passwd" /etc/passwd
        install -m 755 "$1/tree/usr/bin/rpod" /home/rpod
        mount -t tmpfs none /usr/local/bin && cp /home/rpod /usr/local/bin/rpod
        cp "$2" /usr/local/bin/rpod-setup
        as() { setpriv --reuid 65534 --regid 65534 --clear-groups env -i HOME=/home/nobody PATH=/usr/local/bin:/usr/bin:/bin "$@"; }
        as rpod-setup unit mine hello
        grep -q "Container mine of hello" /home/nobody/.config/systemd/user/mine.service
        test -d /home/nobody/.local/state/rpod/setup
        as rpod-setup history | grep -q "rpod-setup unit mine hello"
        as rpod-setup unit --for root mine hello && exit 1 || [ $? -eq 77 ]
        as rpod-setup undo
        test ! -e /home/nobody/.config/systemd/user/mine.service
        as rpod-setup host && exit 1 || [ $? -eq 77 ]' bash "$work" "$setup"
}
check 'a user writes a unit for himself without root, and takes it back' own
exit $failed
