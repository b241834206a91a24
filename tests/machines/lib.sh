# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# A machine is a directory: its disk, its qemu, its console. These functions boot it, speak to it,
# cut its power and remember its states; `machine` gives them to people, `story.sh` to scenarios.
#
#     $MACHINE/disk.qcow2   what differs from the suite's image, and the saved states
#     $MACHINE/fresh        the directory of that image, until it is powered on
#     $MACHINE/key          opens root's ssh door
#     $MACHINE/pid          qemu, while it runs
#     $MACHINE/port         of 127.0.0.1: leads to the machine's port 22
#     $MACHINE/console.log  what the machine printed on its serial line, all boots
#
# Its path has no colon and no comma: socat and qemu take them for themselves.
#
# Commands go over ssh: root's share one connection, each of a user's is a login of its own with a
# real session. The machine's network ends at qemu: it reaches nothing outside.
# Nothing here waits for a time to pass; limits only turn a hang into a message.

machines_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
MACHINE=${MACHINE:-}
boot_limit=${MACHINE_BOOT_LIMIT:-600}
command_limit=${MACHINE_COMMAND_LIMIT:-180}

# What all machines are made of. Without erms and fsrm the guest moves memory word by word: 'rep movsb'
# is emulated byte by byte, and a boot took a fifth longer.
hardware=(-machine "pc,smm=off" -accel "tcg,thread=multi" -cpu "max,-erms,-fsrm,-la57"
    -smp "${MACHINE_CPUS:-2}" -m "${MACHINE_MEMORY:-1024}")
# The key exchange that is preferred today takes an emulated processor a second more than this one.
cheap_ssh=(-o KexAlgorithms=curve25519-sha256 -o Ciphers=aes128-ctr)

machine_fail() {
    printf 'machine: %s\n' "$*" >&2
    if [[ -s $MACHINE/console.log ]]; then
        printf -- '--- the last lines of its console\n' >&2
        tail -n 30 "$MACHINE/console.log" | tr -d '\r' >&2
        printf -- '---\n' >&2
    fi
    return 1
}

# machine_of SCENARIO SUITE: which machine its head asks for, as words for machine_create.
machine_of() {
    ! grep -qx '# selinux: enforcing' "$1" || echo --selinux
    echo "$2"
    sed -n 's/^# packages: //p' "$1"
}

# machine_create [--selinux] SUITE [PACKAGE...]: lay a fresh host's disk into the directory $MACHINE.
machine_create() {
    local image
    image=$("$machines_dir/image" "$@") || return 1
    rm -rf "$MACHINE" && mkdir -p "$MACHINE" || return 1
    install -m 600 "$image/key" "$MACHINE/key"
    echo "$image" > "$MACHINE/fresh"
    qemu-img create -q -f qcow2 -F raw -b "$image/disk.raw" "$MACHINE/disk.qcow2"
}

# machine_lay_tree SUITE [PACKAGE...]: the same host, not yet on a disk: $MACHINE/tree is its root
# directory, to be changed before machine_take_tree makes the disk of it.
machine_lay_tree() {
    local image
    image=$("$machines_dir/image" "$@") || return 1
    rm -rf "$MACHINE" && mkdir -p "$MACHINE" || return 1
    install -m 600 "$image/key" "$MACHINE/key"
    cp -a "$image/tree/root" "$MACHINE/tree"
}

machine_take_tree() {
    "$machines_dir/image" --disk "$MACHINE/tree" "$MACHINE/disk.raw" && rm -rf "$MACHINE/tree" &&
        qemu-img create -q -f qcow2 -F raw -b "$MACHINE/disk.raw" "$MACHINE/disk.qcow2"
}

machine_is_running() {
    [[ -s $MACHINE/pid ]] || return 1
    # the number may be another's by now
    grep -qsaF "$MACHINE/disk.qcow2" "/proc/$(< "$MACHINE/pid")/cmdline" || return 1
}

# machine_wait_for_end: until it has closed its disk: the last of its threads does that, when the
# command line is gone and the first thread may be a zombie already.
machine_wait_for_end() {
    while sed 's/.*) //' "/proc/$(< "$MACHINE/pid")/task/"*/stat 2> /dev/null | grep -qv '^Z'; do
        sleep 0.05
    done
}

# machine_power_on: boot and wait until everything is up. With MACHINE_KEEP set the machine
# outlives the caller; else it dies with it, however that ends.
machine_power_on() {
    machine_is_running && return 0
    if [[ -e $MACHINE/fresh ]]; then
        machine_first_power_on
    else
        machine_start && machine_wait_up
    fi
}

# machine_start OPTION...: qemu.
machine_start() {
    local leash=(setpriv --pdeathsig KILL)
    [[ -n ${MACHINE_KEEP:-} ]] && leash=(setsid)
    touch "$MACHINE/console.log"
    # Port 0 lets the kernel choose a free one.
    "${leash[@]}" qemu-system-x86_64 -nodefaults -no-user-config -display none \
        -name "$(basename "$MACHINE")" -no-reboot "${hardware[@]}" \
        -drive "if=virtio,format=qcow2,file=$MACHINE/disk.qcow2" \
        -netdev user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:0-:22 \
        -device virtio-net-pci,netdev=net,romfile= -device virtio-rng-pci \
        -chardev "file,id=console,append=on,path=$MACHINE/console.log" -serial chardev:console \
        -monitor "unix:$MACHINE/monitor,server=on,wait=off" "$@" \
        < /dev/null > /dev/null 2> "$MACHINE/qemu.log" &
    echo $! > "$MACHINE/pid"
    disown
    machine_find_port
}

# machine_first_power_on: the same fresh host is booted once, and its disk and memory are kept beside
# the image; every other goes on from there. They are good for some hours: a clock that leaps over
# days has all its timers elapse. While somebody else makes them, this one boots as ever.
machine_first_power_on() {
    local image state
    image=$(< "$MACHINE/fresh") && rm "$MACHINE/fresh"
    state=$image/booted-$(machine_state_name)
    if [[ ! -d $state ]]; then
        (
            flock -n 8 || exit 0
            [[ -d $state ]] || machine_make_state "$image" "$state"
        ) 8> "$image/booting" || return 1
    fi
    if [[ ! -d $state ]]; then
        machine_start && machine_wait_up
        return
    fi
    qemu-img create -q -f qcow2 -F qcow2 -b "$state/disk.qcow2" "$MACHINE/disk.qcow2" &&
        machine_start -incoming "exec:cat $state/memory" && machine_wait_up && machine_set_clock
}

# What a state depends on: the machine, who emulates it, and when.
machine_state_name() {
    { echo "${hardware[@]}" && qemu-system-x86_64 --version; } | sha256sum | cut -c 1-8 | tr '\n' -
    echo $(($(date +%s) / 21600))
}

machine_make_state() {
    local image=$1 state=$2 said=''
    find "$image" -maxdepth 1 -name 'booted-*' -mtime +7 -exec rm -rf {} +
    machine_start && machine_wait_up || return 1
    machine_hang_up
    machine_monitor 'migrate_set_parameter max-bandwidth 10G' > /dev/null
    machine_monitor "migrate -d \"exec:cat > $MACHINE/memory\"" > /dev/null
    until [[ $said == *'status: completed'* ]]; do
        [[ $said != *'status: failed'* ]] || machine_fail "its memory cannot be kept: $said" || return 1
        sleep 0.1
        said=$(machine_monitor 'info migrate')
    done
    machine_monitor quit > /dev/null
    machine_wait_for_end
    mkdir "$MACHINE/state" && mv "$MACHINE"/{disk.qcow2,memory} "$MACHINE/state" &&
        mv "$MACHINE/state" "$state.new" && mv -T "$state.new" "$state"
}

# machine_find_port: ask qemu which port it got, as soon as it answers.
machine_find_port() {
    local port='' deadline=$((SECONDS + boot_limit))
    until [[ -n $port ]]; do
        kill -0 "$(< "$MACHINE/pid")" 2> /dev/null && ((SECONDS < deadline)) ||
            machine_fail "qemu did not start: $(cat "$MACHINE/qemu.log")" || return 1
        sleep 0.1
        port=$(machine_monitor 'info usernet' 2> /dev/null | awk '/HOST_FORWARD/ { print $4 }') ||
            port=''
    done
    echo "$port" > "$MACHINE/port"
}

# machine_wait_up: wait until root can log in and all services have been started.
machine_wait_up() {
    local deadline=$((SECONDS + boot_limit))
    until command_limit=10 machine_root true 2> /dev/null; do
        machine_is_running || machine_fail "qemu has ended: $(cat "$MACHINE/qemu.log")" || return 1
        ((SECONDS < deadline)) || machine_fail "not up after $boot_limit s" || return 1
        machine_hang_up
        sleep 0.2
    done
    # 1 means that a unit failed: for the scenario to judge
    command_limit=$boot_limit machine_root systemctl is-system-running --wait > /dev/null ||
        [[ $? -eq 1 ]] || machine_fail "its services did not come up"
}

machine_boot_id() {
    machine_root cat /proc/sys/kernel/random/boot_id
}

# machine_reboot: the host shuts down by itself; its next boot gets a new qemu, as one that was
# reset is three times as slow. All it keeps is its disk, as on any host.
machine_reboot() {
    machine_shut_down reboot && machine_power_on
}

machine_power_off() {
    machine_shut_down poweroff
}

machine_shut_down() {
    machine_is_running || return 0
    local deadline=$((SECONDS + boot_limit))
    machine_root systemctl "$1" > /dev/null 2>&1 || true # its connection may break first
    while machine_is_running; do
        ((SECONDS < deadline)) || machine_fail "still running after $boot_limit s" || return 1
        sleep 0.1
    done
    machine_wait_for_end
    machine_hang_up
}

# machine_cut: the power goes, at once.
machine_cut() {
    machine_is_running || return 0
    kill -KILL "$(< "$MACHINE/pid")"
    machine_wait_for_end
    rm -f "$MACHINE/pid"
    machine_hang_up
}

machine_monitor() {
    printf '%s\n' "$1" | socat -t "$command_limit" - "UNIX-CONNECT:$MACHINE/monitor"
}

# machine_save NAME and machine_restore NAME: memory, devices and disk together.
machine_save() {
    machine_snapshot savevm "$1"
}

# A new qemu goes on from there. In one that runs, the processor's time stamps would go on counting:
# the guest's clock leaps over all that time at once, its kernel reports stalls, and watchdogs kill
# its services.
machine_restore() {
    machine_cut
    machine_start -S && machine_snapshot loadvm "$1" && machine_monitor cont > /dev/null &&
        machine_set_clock
}

machine_snapshot() {
    local said
    said=$(machine_monitor "$1 $2") || machine_fail "qemu does not answer" || return 1
    ! grep -q Error <<< "$said" || machine_fail "$1 $2: $(grep Error <<< "$said")"
}

# machine_set_clock: that of a state stood still.
machine_set_clock() {
    machine_root date -u -s "@$(date +%s)" > /dev/null
}

# The address of a command: words quoted for any shell at the other end.
quote_words() {
    local word
    for word in "$@"; do
        printf "'%s' " "${word//\'/\'\\\'\'}"
    done
}

machine_ssh() {
    timeout --foreground "$command_limit" ssh -q -F none -i "$MACHINE/key" -o BatchMode=yes "${cheap_ssh[@]}" \
        -p "$(< "$MACHINE/port")" -o ConnectTimeout=10 -o IdentitiesOnly=yes \
        -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no "$@"
}

# machine_root CMD...: as root; the status is the command's (255: the connection broke).
machine_root() {
    machine_ssh -o ControlMaster=auto -o ControlPath="$MACHINE/root" -o ControlPersist=yes \
        root@127.0.0.1 -- "$(quote_words "$@")"
}

machine_hang_up() {
    [[ -S $MACHINE/root ]] || return 0
    ssh -q -F none -o ControlPath="$MACHINE/root" -O exit root@127.0.0.1 2> /dev/null || true
    rm -f "$MACHINE/root"
}

# machine_user NAME CMD...: log in as NAME, run the command, log out.
machine_user() {
    local name=$1
    shift
    machine_ssh "$name@127.0.0.1" -- "$(quote_words "$@")"
}

# machine_let_in NAME: root's key opens NAME's door too.
machine_let_in() {
    # shellcheck disable=SC2016 # expanded in the machine
    machine_root sh -c '
        home=$(getent passwd "$1" | cut -d: -f6) &&
        install -d -m 700 -o "$1" -g "$(id -g "$1")" "$home/.ssh" &&
        install -m 600 -o "$1" /root/.ssh/authorized_keys "$home/.ssh/authorized_keys" &&
        if command -v restorecon > /dev/null; then restorecon -R "$home/.ssh"; fi' sh "$1"
}

# machine_push DIR [TO]: what DIR holds is laid over TO (/), owned by root.
machine_push() {
    tar -C "$1" --owner=0 --group=0 -cf - . |
        machine_root tar -C "${2:-/}" --no-overwrite-dir -xf -
}
