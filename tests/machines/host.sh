# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What scenarios do to a host more than once.

# The directory that holds what 'make install' made for this suite.
programs() {
    # shellcheck disable=SC2154 # tell sets it
    local own=RPOD_ROOT_$suite
    own=${!own:-${RPOD_ROOT:-}}
    [[ -n $own ]] || { machine_fail "no programs: run -b DIR" && return 1; }
    printf '%s\n' "$own"
}

# Lay them over the machine.
install_rpod() {
    local root
    root=$(programs) && machine_push "$root"
}

# etc_manifest FILE: a line for each thing below /etc: path, kind, mode, owner, target; another
# for its content and for its attributes. Not listed, as no undo can or should bring them back:
#     passwd- shadow- group- gshadow- subuid- subgid-   what useradd and usermod kept before
#     passwd+ shadow+ group+ gshadow+ subuid+ subgid+   what they leave when they are cut short
#     .pwd.lock                                         theirs too: made by the first of them
#     .updated                                          systemd's at a boot: that /usr is newer
etc_manifest() {
    # shellcheck disable=SC2016 # expanded in the machine
    machine_root sh -c '
        export LC_ALL=C
        everything() {
            find etc -xdev -regextype posix-extended ! -regex \
                "etc/((passwd|shadow|group|gshadow|subuid|subgid)[-+]|\.pwd\.lock|\.updated)" "$@" -print0
        }
        cd / && {
            everything | xargs -0 -n 200 stat -c "%N %F %a %U:%G"
            everything -type f | xargs -0 sha256sum
            everything | xargs -0 getfattr --no-dereference --dump --match=- |
                awk "BEGIN { RS = \"\" } { gsub(/\n/, \" \"); print }"
        } | sort' < /dev/null > "$1"
}

# As someone would whose host must stay with cgroup v1 (the second word is for systemd 256, 257).
boot_with_cgroup1() {
    local words='systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1'
    machine_root sed -i "s/^GRUB_CMDLINE_LINUX=\"/&$words /" /etc/default/grub &&
        machine_root update-grub && machine_reboot
}

# A root directory for containers: busybox and what a mount needs to stand on.
push_busybox() {
    local owner=$1 to=$2 tree=$MACHINE/busybox each
    mkdir -p "$tree"/{bin,dev,etc,proc,root,run,sys,tmp,var}
    cp "$(command -v busybox)" "$tree/bin/busybox"
    for each in $(busybox --list); do
        [[ $each == busybox ]] || ln -sf busybox "$tree/bin/$each"
    done
    echo 'root:x:0:0:root:/root:/bin/sh' > "$tree/etc/passwd"
    machine_root install -d -o "$owner" -g "$owner" "$to"
    machine_push "$tree" "$to"
    machine_root chown -R "$owner:$owner" "$to"
}

# Words that several scenarios say of a prepared host; each is part of a step.

# the_doctor_passes: for root about the user, and for the user himself.
the_doctor_passes() {
    as_root rpod-doctor --user container --json
    exits 0
    json '.schema == "rpod-doctor/1" and .summary.fail == 0 and .summary.pass > 10'
    as container rpod-doctor --json
    exits 0
    json '.summary.fail == 0 and .summary.pass > 10'
}

# push_lookers: what asks the doctor from everywhere, and root's key for it to log in with.
push_lookers() {
    mkdir -p "$MACHINE/lookers" && install -m 700 "$machines_dir/fault-guest" "$MACHINE/lookers" &&
        install -m 600 "$MACHINE/key" "$MACHINE/lookers/fault-key" &&
        machine_push "$MACHINE/lookers" /root
}

# no_false_alarm: wherever the doctor is asked on a host that is well, nothing is amiss; where there
# is no session of the user's, and limits would not hold, that is said and nothing else.
no_false_alarm() {
    driver push_lookers
    as_root /root/fault-guest look root ssh manager su unit cron
    each root ssh manager : '.status == 0 and .answer.summary.pass > 10 and .bad == []'
    each su unit cron : '.status == 0 and .bad == ["warn session.context"] and .fix'
}

# What the doctor says of what only took too long, here on a machine that is emulated.
is_late='def late: [.why, .evidence[]?.found] | any(test("gave no answer|(none|not ready) within|in time$|timed out")); '

# each WHO... : FILTER: true of what each of them said; '.bad' is what is amiss, '.fix' that there is
# something to do about all of it. What only took too long is this machine's, which is emulated; it is
# counted.
each() {
    local who='' late
    while [[ $1 != : ]]; do
        who+=" $1"
        shift
    done
    late=$(jq -s --arg who "$who" "$judging_each"' [$those[].late] | add' "$said.out" 2> /dev/null) || late=0
    ((late == 0)) || printf '# %d answers came too late and were not counted\n' "$late"
    jq -es --arg who "$who" "$judging_each"'
        ($those | length) == ($who | split(" ") | length - 1) and ($those | all('"$2"'))' \
        "$said.out" > /dev/null 2>&1 || complain "not so for each of$who: $2"
}

judging_each=$is_late'[.[] | select(.who | IN($who | split(" ")[])) |
    [.answer.checks[] | select(.verdict == "fail" or .verdict == "warn")] as $all |
    [$all[] | select(late | not)] as $bad |
    . + { bad: [$bad[] | "\(.verdict) \(.id)"], fix: ($bad | all(.fix[0])),
        late: (($all | length) - ($bad | length)) }] as $those |'

# limits_hold: a container that wants more than it was allowed does not get it.
limits_hold() {
    local run=(rpod run --rm) root=(--rootfs /data/container/busybox)
    as container "${run[@]}" --memory 32m "${root[@]}" cat /sys/fs/cgroup/memory.max
    prints 33554432
    as container "${run[@]}" --memory 32m "${root[@]}" tail /dev/zero
    exits 137
    as container "${run[@]}" --pids-limit 8 "${root[@]}" cat /sys/fs/cgroup/pids.max
    prints 8
    # shellcheck disable=SC2016 # expanded in the container
    as container "${run[@]}" --pids-limit 8 "${root[@]}" \
        sh -c 'for each in 1 2 3 4 5 6 7 8 9; do sleep 60 & done'
    fails
    says "can't fork"
    as container "${run[@]}" --cpus 0.5 "${root[@]}" cat /sys/fs/cgroup/cpu.max
    prints '50000 100000'
}

# denials: what SELinux has refused since the last call, a line each, but for three things that are
# Debian's policy with its own programs, on any host, and that nothing misses:
#     semanage, tclass=filesystem    it asks how full every mount is
#     semanage, relabelfrom          it gives what is in its own store the label it has
#     sshd-session, tclass=key       at a login it looks for a keyring of the user's
denials() {
    machine_root sh -c 'dmesg --read-clear' < /dev/null |
        grep 'avc: *denied' | grep -v -e 'comm="semanage".*tclass=filesystem' \
        -e '{ relabelfrom }.*comm="semanage".*:semanage_store_t:s0 tclass=\(file\|dir\)' \
        -e 'comm="sshd-session".*tclass=key' || true
}

# type_of PATH...: the SELinux type of each.
type_of() {
    machine_root stat -c '%n %C' "$@" | sed 's/ [^:]*:[^:]*:\([^:]*\):.*/ \1/'
}

# selinux_store FILE: what the policy's own store holds.
selinux_store() {
    machine_root sh -c 'find /var/lib/selinux -type f -exec sha256sum {} + | sort' < /dev/null > "$1"
}

# Ansible's controller is this test host: it has the programs, each by its name, and the collection
# where 'make install' laid it.
make_controller() {
    [[ -n ${RPOD_ROOT:-} ]] || { machine_fail "no programs: run -b DIR" && return 1; }
    mkdir -p "$MACHINE/programs"
    cp "$RPOD_ROOT"/usr/bin/rpod{,-doctor} "$RPOD_ROOT/usr/sbin/rpod-setup" "$MACHINE/programs"
    # a machine has another port after its reboot: it is looked up at each connection
    cat > "$MACHINE/inventory" << INVENTORY
machine ansible_host=machine ansible_user=root ansible_python_interpreter=/usr/bin/python3
[all:vars]
ansible_ssh_private_key_file=$MACHINE/key
ansible_ssh_common_args=-F none -o IdentitiesOnly=yes -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o ProxyCommand="sh -c 'exec socat - TCP:127.0.0.1:\$(cat $MACHINE/port)'"
INVENTORY
}

ansible_command() {
    env ANSIBLE_COLLECTIONS_PATH="$RPOD_ROOT/usr/share/ansible/collections" \
        ANSIBLE_HOME="$MACHINE/ansible" ANSIBLE_LOCAL_TEMP="$MACHINE/ansible" \
        ANSIBLE_SSH_CONTROL_PATH_DIR="$MACHINE/cp" \
        ANSIBLE_NOCOLOR=1 LC_ALL=C.UTF-8 \
        timeout "$command_limit" "$@"
}

# play VARIABLES OPTION...: the collection's playbook on the machine.
play() {
    ansible_command ansible-playbook -i "$MACHINE/inventory" rpod.host.prepare -e "$@"
}

# task MODULE ARGUMENTS OPTION...: one task of the collection on the machine.
task() {
    ansible_command ansible -i "$MACHINE/inventory" machine -m "rpod.host.$1" -a "${@:2}"
}

# play_through_reboot VARIABLES OPTION...: as play, while the host reboots. It is this shell that
# powers it on again, as a machine ends with who did that.
play_through_reboot() {
    local playing
    command_limit=$boot_limit play "$@" &
    playing=$!
    while machine_is_running && kill -0 "$playing" 2> /dev/null; do sleep 0.2; done
    if ! machine_is_running; then
        machine_wait_for_end
        machine_hang_up
        machine_power_on
    fi
    wait "$playing"
}
