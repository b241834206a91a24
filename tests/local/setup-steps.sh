#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What rpod-setup does to the kernel's side on request, on small trees (--root) and, where namespaces
# keep this machine out of it, on this kernel.
# usage: RPOD_BUILD=build tests/local/setup-steps.sh
# shellcheck disable=SC2317 # functions are called through check()
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"

script() { bash -euc "$1"; }
usage_error() { refuses 64 "$1" "$setup" -n "${@:2}"; } # words, options and command...

# -- any user ---------------------------------------------------------------------------------
check 'port 0 takes the word for its guard' usage_error '--allow-weaken low-ports' --ports-from 0 ports
check 'a guard nobody knows is refused' usage_error 'known are: apparmor-userns low-ports' --allow-weaken selinux host
check 'a feature nobody knows is refused' usage_error 'known are: bridge fuse vxlan' --features bridge,x modules
for port in 0 65536 http 80/sctp 80/ -1 8080-8090; do
    check "'$port' is no port to open" usage_error 'is no port' --open-port "$port" ports
done
check 'too few files are refused' usage_error '--nofile 10' --nofile 10 host
check 'too few tasks are refused' usage_error '--tasks 5' --tasks 5 host
need_root 'changes to trees and to this kernel'

# -- trees ------------------------------------------------------------------------------------
# A small host that has systemd, AppArmor and the kernel of a name: make_tree NAME
make_tree() {
    local t=$work/$1
    mkdir -p "$t"/{etc/apparmor.d/abi,usr/bin,usr/sbin,var/lib,root,home/ann,usr/lib/{systemd/system,security}}
    printf 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n' >"$t/etc/passwd"
    printf 'root:x:0:\nann:x:1000:\n' >"$t/etc/group"
    printf 'ann:100000:65536\n' | tee "$t/etc/subuid" >"$t/etc/subgid"
    printf 'ID=debian\nVERSION_ID="13"\n' >"$t/etc/os-release"
    touch "$t/etc/apparmor.d/abi/4.0" "$t/usr/lib/systemd/systemd-sysctl" "$t/usr/lib/systemd/libsystemd-shared-257.so" \
        "$t/usr/lib/security/pam_systemd.so"
    printf '[Service]\nDelegate=pids memory cpu\n' >"$t/usr/lib/systemd/system/user@.service"
    local modules=$t/usr/lib/modules/6.1.0/kernel
    mkdir -p "$modules"/{net/bridge,net/netfilter,drivers/net}
    touch "$modules"/net/bridge/{bridge,br_netfilter}.ko.xz "$modules/drivers/net/veth.ko.xz" \
        "$modules"/net/netfilter/nft_{masq,ct,chain_nat,fib_inet}.ko.xz
    echo kernel/net/netfilter/nf_tables.ko >"$modules/../modules.builtin"
    ln -s usr/lib "$t/lib"
    install -D /dev/null "$t/usr/lib/systemd/user/dbus.socket"
    touch "$t"/usr/bin/{newuidmap,newgidmap,pasta}
    chmod 755 "$t/usr/bin/pasta"
    chmod 4755 "$t"/usr/bin/new{u,g}idmap
    chown 1000:1000 "$t/home/ann"
}
export -f fingerprint unchanged
export setup doctor work

make_tree tree
fingerprint "$work/tree" >"$work/before"
all='--ping --ports-from 80 --features bridge,vxlan --nofile 65536 --tasks 4096 --per-user'
check 'all that can be asked of a tree is written' script "cd $work/tree; $setup --root . $all user ann && $setup --root . apparmor"
check 'settings go into one drop-in' script "cd $work/tree/etc/sysctl.d; test \"\$(ls)\" = 60-rpod.conf
    grep -qx 'net.ipv4.ip_unprivileged_port_start = 80' 60-rpod.conf; grep -qx 'net.ipv4.ping_group_range = 0 2147483647' 60-rpod.conf"
check 'the modules the tree has are listed, those it lacks are not' script "cd $work/tree/etc/modules-load.d
    for m in bridge veth nf_tables nft_masq br_netfilter; do grep -qx \$m rpod.conf; done; ! grep -E 'ip_?table|vxlan' rpod.conf"
check 'what the tree lacks is said' script "$setup --root $work/tree --features vxlan modules | grep \"'vxlan': the kernel of this tree has none\""
check 'limits share a drop-in' script "cd $work/tree/etc/systemd/system; grep -A2 -x '\\[Service\\]' user@.service.d/60-rpod-limits.conf | tr '\n' ' ' |
    grep -x '\\[Service\\] LimitNOFILE=65536 TasksMax=4096 '; grep -x TasksMax=4096 user-.slice.d/60-rpod-limits.conf"
check 'controllers go to the one user' script "cd $work/tree/etc/systemd/system; test -e user@1000.service.d/60-rpod-delegate-user.conf; ! test -e user@.service.d/60-rpod-delegate.conf"
check 'the profile is there' grep -q '^  userns,$' "$work/tree/etc/apparmor.d/rpod"
check 'a second run changes nothing' script "cd $work/tree; $setup --root . --detailed-exitcode $all user ann; $setup --root . --detailed-exitcode apparmor"
check 'undo leaves the tree byte for byte' script "cd $work/tree; $setup --root . undo; $setup --root . undo; unchanged $work/tree $work/before"

make_tree links
mkdir -p "$work/links/opt/rpod"
cp "/bin/true" "$work/links/opt/rpod/rpod"
ln -s /opt/rpod/rpod "$work/links/usr/bin/rpod"
printf 'kernel.apparmor_restrict_unprivileged_userns = 1\n' | install -D -m 644 /dev/stdin "$work/links/usr/lib/sysctl.d/10-apparmor.conf"
check 'a tree that boots restricted gets a profile of the real path' script "$setup --root $work/links host
    grep -q '^profile rpod /opt/rpod/rpod flags' $work/links/etc/apparmor.d/rpod"
check 'weakened by name instead, with the cost said' script "$setup --root $work/links undo; $setup --root $work/links --allow-weaken apparmor-userns host |
    grep 'the cost: every program'; grep -qx 'kernel.apparmor_restrict_unprivileged_userns = 0' $work/links/etc/sysctl.d/60-rpod.conf; ! test -e $work/links/etc/apparmor.d/rpod"

make_tree bare
printf 'ID=fedora\nVERSION_ID=42\n' >"$work/bare/etc/os-release"
chmod 755 "$work"/bare/usr/bin/new{u,g}idmap
if ! command -v getcap >/dev/null || ! setcap cap_chown+p "$work/bare/usr/bin/newuidmap" 2>/dev/null; then
    skip 'file capabilities' 'no setcap, or a file system without them'
else
    setcap -r "$work/bare/usr/bin/newuidmap"
    check 'a bare newuidmap of Fedora gets its capability back' script "$setup --root $work/bare --only idmap.newuidmap --only idmap.newgidmap host
        getcap $work/bare/usr/bin/newuidmap | grep -F cap_setuid=ep; getcap $work/bare/usr/bin/newgidmap | grep -F cap_setgid=ep"
    check 'once' script "$setup --root $work/bare --detailed-exitcode --only idmap.newuidmap --only idmap.newgidmap host"
    check 'undo takes it again' script "$setup --root $work/bare undo; test -z \"\$(getcap $work/bare/usr/bin/newuidmap $work/bare/usr/bin/newgidmap)\""
    sed -i s/fedora/debian/ "$work/bare/etc/os-release"
    check 'one of Debian gets its setuid bit' script "$setup --root $work/bare --only idmap.newuidmap host; test -u $work/bare/usr/bin/newuidmap; test -z \"\$(getcap $work/bare/usr/bin/newuidmap)\""
fi

# -- this kernel, in namespaces of its own ------------------------------------------------------
# shellcheck disable=SC2016
in_namespaces() { on_a_copy 'exec unshare -n bash -euc "$1"' "$1"; }
if [[ -d /run/systemd/system ]]; then
    skip 'changes to this kernel' 'it runs systemd: the machines ring does this'
elif ! in_namespaces true 2>/dev/null; then
    skip 'changes to this kernel' 'no overlay mounts or namespaces here'
else
    # both settings are of the network namespace
    check 'ports and ping are set, and taken back' in_namespaces "
        cd /proc/sys/net/ipv4; cat ip_unprivileged_port_start ping_group_range >/mnt/was
        $setup --ping --ports-from 0 --allow-weaken low-ports ports
        test \"\$(cat ip_unprivileged_port_start)\" = 0; tr '\t' ' ' <ping_group_range | grep -qx '0 2147483647'
        $setup --detailed-exitcode --ping --ports-from 0 --allow-weaken low-ports ports
        $setup undo; cat ip_unprivileged_port_start ping_group_range | cmp - /mnt/was"
    check 'a range somebody else set since stays' in_namespaces "
        $setup -q --ping ports; echo 5 6 >/proc/sys/net/ipv4/ping_group_range
        $setup undo | grep \"left 'net.ipv4.ping_group_range' alone: it was set to 5 6 since\"; tr '\t' ' ' </proc/sys/net/ipv4/ping_group_range | grep -qx '5 6'"
    check 'a later file is named by the run and by the doctor' in_namespaces "
        mkdir -p /etc/sysctl.d; printf '\nnet.ipv4.ping_group_range=1 0\n' >/etc/sysctl.d/99-hard.conf
        $setup --ping ports | grep /etc/sysctl.d/99-hard.conf
        $doctor --check net.ping | grep '/etc/sysctl.d/99-hard.conf:2: net.ipv4.ping_group_range = 1 0'"
    check '/ and what is below it is shared, and each mount gets its own back' in_namespaces "
        mkdir -p /mnt/a /mnt/b /mnt/'c d'; for m in a b 'c d'; do mount -t tmpfs tmpfs /mnt/\"\$m\"; done
        mount --make-shared /mnt/b; mount --make-unbindable /mnt/'c d'
        state() { sed 's/ - .*//; s/shared:[0-9]*/shared/' /proc/self/mountinfo | cut -d' ' -f5,7-; }
        state >/mnt/was
        $setup --shared-mounts --only mounts.shared host; ! state | grep -v shared
        $setup --detailed-exitcode --shared-mounts --only mounts.shared host
        $setup undo; state >/mnt/now; diff /mnt/was /mnt/now"
fi
exit $failed
