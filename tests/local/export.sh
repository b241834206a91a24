#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What rpod-setup exports is read and run by what it is written for: sh, cloud-init, Ansible, and
# stand-ins for the installer and for Ignition, which are in no Debian. Each runs in a copy of this
# machine's tree (an overlay in a mount namespace of its own), and rpod-setup then judges the copy.
# usage: RPOD_BUILD=build tests/local/export.sh
# shellcheck disable=SC2317,SC2016,SC2089,SC2090 # functions are called through check(); what is quoted is for others
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
top=$(cd "$(dirname "$0")" && pwd)
formats=(cloud-init butane kickstart ansible shell)

# Trees of hosts that are not here: os-release is all that is read of them.
release() { # name, lines
    mkdir -p "$work/$1/etc"
    printf '%s\n' "${@:2}" >"$work/$1/etc/os-release"
}
release debian-12 ID=debian 'VERSION_ID="12"' 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"'
release debian-11 ID=debian 'VERSION_ID="11"' 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"'
release ubuntu-24 ID=ubuntu 'ID_LIKE=debian' 'VERSION_ID="24.04"' 'PRETTY_NAME="Ubuntu 24.04 LTS"'
release rhel-8 ID=rhel 'VERSION_ID="8.10"' 'PRETTY_NAME="Red Hat Enterprise Linux 8.10"'
release rhel-9 ID=rhel 'VERSION_ID="9.4"' 'PRETTY_NAME="Red Hat Enterprise Linux 9.4"'
release leap ID=opensuse-leap 'ID_LIKE="suse opensuse"' 'VERSION_ID="15.6"' 'PRETTY_NAME="openSUSE Leap"'
release arch ID=arch 'PRETTY_NAME="Arch Linux"'
release alpine ID=alpine 'VERSION_ID=3.20.0' 'PRETTY_NAME="Alpine Linux"'
release nixos ID=nixos 'VERSION_ID="25.05"' 'PRETTY_NAME="NixOS 25.05"'
release strange ID=strange 'PRETTY_NAME="Strange Linux 1"'

export_for() { # tree, format, words...
    "$setup" export --root "$work/$1" --format "$2" "${@:3}" 2>/dev/null
}

# -- the command line -------------------------------------------------------------------------
check 'export needs a format and lists those there are' says 'cloud-init, butane, kickstart, ansible, shell' "$setup" export user ann
check 'an unknown format is a wrong command line' status_is 64 "$setup" export --format tar user ann
check 'export needs a command' status_is 64 "$setup" export --format shell
check 'what prepares nothing is not exported' status_is 64 "$setup" export --format shell undo
check 'a name that is none is refused' status_is 64 "$setup" export --format shell user 'a;b'
check 'a home of two lines is refused' status_is 64 "$setup" export --format shell user ann --home $'/a\nb'
check 'a distribution nobody knows is refused' status_is 78 "$setup" export --root "$work/strange" --format shell user ann
check 'NixOS is refused' status_is 78 "$setup" export --root "$work/nixos" --format shell user ann
check 'a kickstart for Debian is refused' status_is 78 "$setup" export --root "$work/debian-12" --format kickstart user ann
unwritten() { # neither journal nor lock
    local before after
    before=$(find /var/lib/rpod /run -maxdepth 2 -name '*rpod*' 2>/dev/null | sort)
    export_for debian-12 shell user ann >/dev/null
    after=$(find /var/lib/rpod /run -maxdepth 2 -name '*rpod*' 2>/dev/null | sort)
    [[ $before == "$after" ]]
}
check 'exporting writes nothing here' unwritten
as_nobody() { # unprivileged
    chmod 755 "$work"
    setpriv --reuid 65534 --regid 65534 --clear-groups "$setup" export --root "$work/debian-12" --format shell user ann >/dev/null
}
check 'it needs no root' as_nobody
json() {
    "$setup" export --json --root "$work/rhel-8" --format shell user ann 2>/dev/null >"$work/x.json"
    jq -e '.schema == "rpod-setup-export/1" and .format == "shell" and .reboot_required and
        (.content | startswith("#!/bin/sh\n")) and (.warnings | length > 0)' "$work/x.json"
}
check '--json is one object with the content' json
same_warnings() { # on standard error and in the output
    "$setup" export --root "$work/debian-12" --format cloud-init user ann >"$work/out" 2>"$work/err"
    grep -q "^rpod-setup: warning: not done: install the package 'uidmap'" "$work/err" &&
        grep -q "^# not done: install the package 'uidmap'" "$work/out"
}
check 'what is left out is said in the output and on standard error' same_warnings

# -- the plan fits the distribution -----------------------------------------------------------
has() { # tree, format, words...: the last one is what the output holds
    export_for "$1" "$2" "${@:3:$#-3}" | grep -F -- "${!#}"
}
lacks() { ! has "$@"; }
check 'RHEL 8 boots with cgroup v2' has rhel-8 shell user ann "rpod_kernel_arg 'systemd.unified_cgroup_hierarchy=1'"
check 'RHEL 9 does so by itself' lacks rhel-9 shell user ann rpod_kernel_arg
check 'Debian 11 is given cpu too' has debian-11 shell user ann "Delegate=cpu cpuset io memory pids"
check 'Ubuntu 24.04 gets a profile' has ubuntu-24 shell user ann "rpod_apparmor '/etc/apparmor.d/rpod'"
check 'a home elsewhere is labelled on RHEL' has rhel-9 shell user ann --home /data/ann "rpod_label '/data' '/home'"
check 'a home below /home is not' lacks rhel-9 shell user ann rpod_label
check 'Alpine has no user manager' lacks alpine shell user ann rpod_linger
check 'Leap is hybrid, with helpers' lacks leap shell user ann uidmap
check 'Arch has no files of ranges, and gets them' has arch shell user ann "rpod_subid 'ann' 65536"
check 'a step alone is exported alone' lacks debian-12 shell linger ann rpod_user
check 'what is skipped is left out' lacks debian-12 shell --skip cgroup user ann Delegate
check 'a service account is one' has debian-12 shell --system user ann "rpod_user 'ann' '' '' 0 1"
check 'a uid is kept' has rhel-9 butane --uid 4711 user ann 'uid: 4711'
check 'two users are two' has debian-12 shell user ann bob "rpod_linger 'bob'"
check 'cloud-init reboots where kernel arguments want it' has rhel-8 cloud-init user ann 'mode: reboot'
check 'cloud-init does not reboot for nothing' lacks rhel-9 cloud-init user ann power_state
check 'cloud-init keeps the image'"'"'s own user' has rhel-9 cloud-init user ann '- default'
check 'cloud-init closes no home that is not there yet' lacks debian-12 cloud-init --system user ann 'chmod 0700 ~ann'
check 'cloud-init closes those it makes' has debian-12 cloud-init user ann 'chmod 0700 ~ann'
check 'Ansible reboots by a handler' has rhel-8 ansible user ann 'notify: Reboot'

# -- every output is what it says it is, whatever the home is called ---------------------------
nasty='/srv/a b'\''c"d$HOME`id`\n{{ 7 * 7 }}{% raw %}#é %end & * !x/h'
tree_of() { case $1 in kickstart) echo rhel-9 ;; *) echo debian-12 ;; esac; }
for format in "${formats[@]}"; do
    export_for "$(tree_of "$format")" "$format" user _ann-1 --home "$nasty" --ports-from 80 >"$work/nasty.$format"
    export_for rhel-8 "$format" user ann bob >"$work/plain.$format"
done
for name in nasty plain; do
    check "shell: shellcheck finds nothing ($name)" shellcheck -e SC2016 "$work/$name.shell"
    check "shell: dash reads it ($name)" dash -n "$work/$name.shell"
    check "butane: known keys only ($name)" "$top/butane" check "$work/$name.butane"
    check "kickstart: sections begin and end ($name)" awk '/^%/ { if ($0 ~ /^%(post|packages)/ == open) bad = 1
        if ($0 !~ /^%(post|packages|end)/) bad = 1; open = $0 !~ /^%end/ } END { exit bad || open || !NR }' "$work/$name.kickstart"
    if command -v cloud-init >/dev/null; then
        check "cloud-init: valid by its own schema ($name)" cloud-init schema --config-file "$work/$name.cloud-init"
    else
        skip "cloud-init: valid by its own schema ($name)" 'no cloud-init here'
    fi
    if command -v ansible-playbook >/dev/null; then
        check "ansible: it passes the syntax check ($name)" ansible-playbook --syntax-check -i localhost, "$work/$name.ansible"
    else
        skip "ansible: it passes the syntax check ($name)" 'no ansible-playbook here'
    fi
done

# -- run ----------------------------------------------------------------------------------------
if ! [[ $(id -u) -eq 0 ]] || ! unshare -m sh -c "mount -t tmpfs t '$work' && mkdir '$work'/u '$work'/w &&
    mount -t overlay o -o lowerdir=/,upperdir='$work/u',workdir='$work/w' /mnt" 2>/dev/null; then
    skip 'exports run and prepare a host' 'no overlay of this tree can be mounted here'
    exit $failed
fi

# in_copy COMMAND...: in a mount namespace where $copy is this machine's tree, to be written to
copy=$work/run/copy
in_copy() {
    mkdir -p "$work/run"
    unshare -m --uts --net bash -c 'set -e
        mount -t tmpfs none "$1/run" && mkdir "$1"/run/{upper,work,copy}
        mount -t overlay none -o "lowerdir=/,upperdir=$1/run/upper,workdir=$1/run/work" "$1/run/copy"
        mount --bind /dev "$1/run/copy/dev" && mount --bind /proc "$1/run/copy/proc"
        cp "$1"/nasty.* "$1/run/copy/root/" && rm -rf "$1/run/copy/run/systemd"
        # a range that somebody has, at the very start, and a last line without its newline
        rm -f "$1"/run/copy/etc/sub[ug]id "$1"/run/copy/var/lib/systemd/linger/*
        printf "other:100000:65536" >"$1/run/copy/etc/subuid"
        : >"$1/run/copy/etc/subgid"
        shift && set +e && "$@"' bash "$work" "$@"
}
prepared() { # as rpod-setup sees the copy: nothing is left to change
    local -a ids
    mapfile -t ids < <(awk -F: '$1 == "_ann-1" { print $2, $3 }' "$copy/etc/subuid")
    [[ $(getent -s files passwd root) && $(awk -F: '$1 == "_ann-1" { print $6 }' "$copy/etc/passwd") == "$nasty" ]] ||
        { printf 'the home is not the one asked for:\n'; grep '^_ann-1' "$copy/etc/passwd"; return 1; }
    [[ ${#ids[@]} -eq 1 && ${ids[0]} == '165536 65536' ]] || { printf 'ids: %s\n' "${ids[@]}"; return 1; }
    [[ -d $copy/$nasty && $(stat -c '%a' "$copy/$nasty") == 700 ]] || { stat "$copy/$nasty"; return 1; }
    status_is 0 "$setup" --root "$copy" --dry-run --diff --detailed-exitcode --skip session.bus \
        --home "$nasty" --ports-from 80 user _ann-1
}
changes_nothing() { # command...
    local output
    output=$("$@") || { printf 'status %d\n%s\n' $? "$output"; return 1; }
    [[ $output == *'nothing to change'* && $output != *changed:* ]] || { printf '%s\n' "$output"; return 1; }
}
run_shell() {
    chroot "$copy" dash /root/nasty.shell && prepared &&
        changes_nothing chroot "$copy" dash /root/nasty.shell && prepared
}
run_kickstart() {
    sed -n '/^%post/,/^%end/p' "$work/nasty.kickstart" | sed '1d;$d' >"$copy/root/post"
    chroot "$copy" bash /root/post && prepared && changes_nothing chroot "$copy" bash /root/post
}
run_butane() {
    local command
    command=$("$top/butane" apply "$work/nasty.butane" "$copy") && [[ -n $command ]] &&
        chroot "$copy" sh -c "$command" || return 1
    # useradd in Ignition gives ranges of its own, one file at a time: the unit counts them
    sed -i '/^_ann-1:/d' "$copy"/etc/sub?id && chroot "$copy" sh -c "$command" && prepared
}
run_ansible() {
    local play=(chroot "$copy" env HOME=/root ANSIBLE_NOCOLOR=1 ansible-playbook -i 'localhost,' -c local)
    sed -i '/^_ann-1:/d' "$copy"/etc/passwd
    "${play[@]}" --check /root/nasty.ansible && ! grep '^_ann-1' "$copy/etc/passwd" &&
        "${play[@]}" /root/nasty.ansible || return 1
    says ' changed=0 ' "${play[@]}" /root/nasty.ansible
}
run_cloud_init() {
    local seed=$copy/var/lib/cloud/seed/nocloud
    mkdir -p "$seed" && cp "$work/nasty.cloud-init" "$seed/user-data"
    printf 'instance-id: one\n' >"$seed/meta-data"
    # nothing but what an export uses: others would look for disks to grow and keys to make
    printf '%s\n' 'datasource_list: [NoCloud]' 'network: {config: disabled}' \
        'cloud_init_modules: [write_files, users-groups]' 'cloud_config_modules: [runcmd]' \
        'cloud_final_modules: [scripts-user]' >"$copy/etc/cloud/cloud.cfg.d/99-test.cfg"
    chroot "$copy" sh -c 'cloud-init init --local && cloud-init init &&
        cloud-init modules --mode config && cloud-init modules --mode final'
    sed -n '/WARN\|ERROR\|failed/p' "$copy/var/log/cloud-init.log"
    prepared
}
export setup work copy nasty top
export -f status_is says prepared changes_nothing run_shell run_kickstart run_butane run_ansible run_cloud_init
check 'shell: in a copy of this tree it does what rpod-setup would, once' in_copy run_shell
check 'kickstart: its %post does the same in a tree without systemd' in_copy run_kickstart
check 'butane: what it lays, and the first boot, do the same' in_copy run_butane
if command -v ansible-playbook >/dev/null; then
    check 'ansible: --check does nothing, a run does it, the next one nothing' in_copy run_ansible
else
    skip 'ansible: it runs' 'no ansible-playbook here'
fi
if command -v cloud-init >/dev/null; then
    check 'cloud-init: its own modules do the same' in_copy run_cloud_init
else
    skip 'cloud-init: its own modules do the same' 'no cloud-init here'
fi
exit $failed
