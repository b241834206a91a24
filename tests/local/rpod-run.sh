#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every option of `rpod run` that says what a container is, seen from inside.
# shellcheck disable=SC2016,SC2317 # single quotes are for the shell inside; eventually() calls
# shellcheck source=tests/local/rpod-lib
source "$(dirname "$0")/rpod-lib"

in_fs() { # options... -- command...
    local options=()
    while [[ $1 != -- ]]; do options+=("$1"); shift; done
    shift
    "$rpod" run --rm --network none "${options[@]}" --rootfs "$fs" "$@" 2>&1
}

# -- images ------------------------------------------------------------------------------------
like 'the built-in image greets' 'Hello from a container' "$("$rpod" run --rm hello 2>&1)"
make_layout "$work/image" "$fs" '{"Entrypoint":["/bin/echo","entry"],"Cmd":["cmd"],"Env":["FROM=image","PATH=/bin"],"WorkingDir":"/tmp","User":"bob","Labels":{"kind":"test"}}'
image=oci:$work/image:latest
is 'an image says what to run' 'entry cmd' "$("$rpod" run --rm --network none "$image" 2>&1)"
is 'arguments replace the image'"'"'s command' 'entry mine' "$("$rpod" run --rm --network none "$image" mine 2>&1)"
is 'an entry point replaces the image'"'"'s' '/tmp' "$("$rpod" run --rm --network none --entrypoint pwd "$image" 2>&1)"
is 'an entry point may be a JSON list' 'a b c' "$("$rpod" run --rm --network none --entrypoint '["echo","a","b"]' "$image" c 2>&1)"
is 'the image says who and where' '1000 /tmp image' "$("$rpod" run --rm --network none --entrypoint sh "$image" -c 'echo $(id -u) $(pwd) $FROM' 2>&1)"
is 'what is written stays in the container' 'no' "$("$rpod" run --rm --network none -u 0 --entrypoint sh "$image" -c 'echo x >/new' >/dev/null 2>&1
    "$rpod" run --rm --network none --entrypoint sh "$image" -c 'test -e /new && echo yes || echo no' 2>&1)"
"$rpod" run --name "$name-layer" --network none -u 0 --entrypoint sh "$image" -c 'echo kept >>/new; cat /new' >/dev/null 2>&1
is 'a container that is started again has its layer' $'kept\nkept' "$("$rpod" start -a "$name-layer" 2>&1)"
status 'an image that is not there is 125' 125 "$rpod" run --rm "oci:$work/none"
status 'a directory that is not there is 125' 125 "$rpod" run --rm --rootfs "$work/none" true

# -- how it ends -------------------------------------------------------------------------------
status 'the exit status is the command'"'"'s' 7 in_fs -- sh -c 'exit 7'
status 'a signal is 128 and its number' 137 in_fs -- sh -c 'sh -c "kill -9 \$\$"; exit $?'
status 'a command that is not there is 127' 127 in_fs -- no-such-command
status 'a command that cannot be run is 126' 126 in_fs -- /etc/passwd
status 'an option that is not there is 125' 125 "$rpod" run --no-such-option "$fs"
status 'no image is 125' 125 "$rpod" run --rm
like 'an option nearly right is named' "did you mean '--hostname'" "$("$rpod" run --hostnam x "$fs" 2>&1)"

# -- streams -----------------------------------------------------------------------------------
is 'standard input goes in with -i' 'given' "$(printf given | in_fs -i -- cat)"
is 'and not without' '' "$(printf given | in_fs -- cat)"
is 'the two outputs are kept apart' 'out' "$("$rpod" run --rm --network none --rootfs "$fs" sh -c 'echo out; echo err >&2' 2>/dev/null)"
is 'all of a long output arrives' 3000000 "$(in_fs -- sh -c 'yes | head -c 3000000' | wc -c)"
is 'all of a long input arrives' 3000000 "$(yes | head -c 3000000 | in_fs -i --log-driver none -- wc -c)"
like 'the terminal is a terminal' '/dev/pts/0' "$(in_fs -t -- tty)"
like 'and is the size of ours' '33 77' "$(script -qec "stty rows 33 cols 77; '$rpod' run --rm -it --network none --rootfs '$fs' stty size" /dev/null </dev/null 2>&1)"
is 'without -t there is none' 'not a tty' "$(in_fs -- tty)"

# -- the process -------------------------------------------------------------------------------
is '-e sets a variable' 'one two' "$(in_fs -e A=one --env B=two -- sh -c 'echo $A $B')"
is '-e NAME hands ours in' 'ours' "$(A=ours "$rpod" run --rm --network none -e A -e NOT_SET --rootfs "$fs" sh -c 'echo $A${NOT_SET-}' 2>&1)"
printf '# comment\n\nA=file\nB=file\n' >"$work/env"
is '--env-file is read, -e wins' 'file option' "$(in_fs --env-file "$work/env" -e B=option -- sh -c 'echo $A $B')"
is '-w is where it begins' '/usr/bin' "$(in_fs -w /usr/bin -- pwd)"
is '-w is made when missing' '/made/here' "$(in_fs -w /made/here -- pwd)"
is '-u by name' '1000 1000' "$(in_fs -u bob -- sh -c 'echo $(id -u) $(id -g)')"
is '-u by number and group' '77 50' "$(in_fs -u 77:staff -- sh -c 'echo $(id -u) $(id -g)')"
like '-u with an unknown name fails' 'nobody-here' "$(in_fs -u nobody-here -- true)"
is 'the command is process 1' 1 "$(in_fs -- sh -c 'echo $$')"
is '--ulimit holds' '99 100' "$(in_fs --ulimit nofile=99:100 -- sh -c 'echo $(ulimit -Sn) $(ulimit -Hn)')"
like '--ulimit with an unknown name is refused' "unknown limit 'nofiles'" "$(in_fs --ulimit nofiles=1 -- true)"

# -- names -------------------------------------------------------------------------------------
is '-h is the host name' 'box box' "$(in_fs -h box -- sh -c 'echo $(hostname) $(cat /etc/hostname)')"
like '--add-host is in /etc/hosts' $'10.1.2.3\tdb' "$(in_fs --add-host db:10.1.2.3 -- cat /etc/hosts)"
is '--dns is in /etc/resolv.conf' 'nameserver 10.9.8.7' "$(in_fs --dns 10.9.8.7 -- cat /etc/resolv.conf)"
like 'the container finds its own name' "$name-env" "$(in_fs --name "$name-env" -- cat /run/.containerenv)"

# -- mounts ------------------------------------------------------------------------------------
mkdir -p "$work/vol/sub"; echo data >"$work/vol/file"
is '-v shows a directory' 'data' "$(in_fs -v "$work/vol:/mnt/v" -- cat /mnt/v/file)"
in_fs -v "$work/vol:/mnt/v" -- sh -c 'echo new >/mnt/v/new' >/dev/null
is 'and what is written there is on the host' 'new' "$(cat "$work/vol/new")"
like '-v with ro is read-only' 'Read-only file system' "$(in_fs -v "$work/vol:/mnt/v:ro" -- touch /mnt/v/x)"
is '-v shows a file' 'data' "$(in_fs -v "$work/vol/file:/etc/one:ro" -- cat /etc/one)"
is '-v wins over a generated file' 'data' "$(in_fs -v "$work/vol/file:/etc/hosts:ro" -- cat /etc/hosts)"
is '-v with z is taken without SELinux' 'data' "$(in_fs -v "$work/vol:/v:z" -- cat /v/file)"
is '-v with U gives the files to the user' 1000 "$(in_fs -u bob -v "$work/vol:/v:U" -- stat -c %u /v/file)"
like '-v with an unknown option is refused' "unknown option 'rx'" "$(in_fs -v "$work/vol:/v:rx" -- true)"
like '-v of nothing is refused' 'cannot find' "$(in_fs -v "$work/nothing:/v" -- true)"
like '-v to a relative path is refused' 'absolute' "$(in_fs -v "$work/vol:v" -- true)"
like '--tmpfs is a tmpfs of its size' 'tmpfs /mnt/t tmpfs .*size=1024k' "$(in_fs --tmpfs /mnt/t:size=1m -- cat /proc/mounts | sed 's/^none/tmpfs/')"
like '--shm-size holds' '/dev/shm .*size=3072k' "$(in_fs --shm-size 3m -- grep /dev/shm /proc/mounts)"
like '--read-only is read-only' 'Read-only' "$(in_fs --read-only -- touch /x)"
is 'but for /tmp and /run' 'fine' "$(in_fs --read-only -- sh -c 'touch /tmp/x /run/x && echo fine')"

# -- confinement -------------------------------------------------------------------------------
caps() { sed -n 's/^CapEff:\t//p'; }
is 'podman'"'"'s capabilities are left' '00000000800405fb' "$(in_fs -- cat /proc/self/status | caps)"
is '--cap-drop all leaves none' '0000000000000000' "$(in_fs --cap-drop all -- cat /proc/self/status | caps)"
is '--cap-add after it leaves one' '0000000000000400' "$(in_fs --cap-drop all --cap-add NET_BIND_SERVICE -- cat /proc/self/status | caps)"
is 'a user has none' '0000000000000000' "$(in_fs -u bob -- cat /proc/self/status | caps)"
like 'an unknown capability is refused' "unknown capability 'FLY'" "$(in_fs --cap-add FLY -- true)"
is 'no-new-privileges holds' $'NoNewPrivs:\t1' "$(in_fs --security-opt no-new-privileges -- grep NoNewPrivs /proc/self/status)"
is 'a filter is in force' $'Seccomp:\t2' "$(in_fs -- grep '^Seccomp:' /proc/self/status)"
is 'seccomp=unconfined takes it away' $'Seccomp:\t0' "$(in_fs --security-opt seccomp=unconfined -- grep '^Seccomp:' /proc/self/status)"
is '/proc/keys is masked' '' "$(in_fs -- cat /proc/keys)"
like 'unmask shows it' '[0-9a-f]' "$(in_fs --security-opt unmask=/proc/keys -- sh -c 'cat /proc/keys; grep -c . /proc/mounts')"
is 'mask hides a path' '' "$(in_fs --security-opt mask=/etc/passwd -- cat /etc/passwd)"
like 'an unknown security option is refused' "unknown security option 'x'" "$(in_fs --security-opt x -- true)"
like '--privileged is not confined' $'Seccomp:\t0' "$(in_fs --privileged -- grep '^Seccomp:' /proc/self/status)"

# -- limits ------------------------------------------------------------------------------------
if [[ -f /sys/fs/cgroup/cgroup.controllers ]] && in_fs -m 64m -- true >/dev/null; then
    is '--memory is the limit' 67108864 "$(in_fs -m 64m -- cat /sys/fs/cgroup/memory.max)"
    status 'a process over it is killed' 137 in_fs -m 32m --memory-swap 32m -- sh -c 'head -c 200m /dev/zero | tail'
    is '--pids-limit is the limit' 20 "$(in_fs --pids-limit 20 -- cat /sys/fs/cgroup/pids.max)"
    is '--cpus is the quota' '50000 100000' "$(in_fs --cpus 0.5 -- cat /sys/fs/cgroup/cpu.max)"
else
    for option in '--memory 64m' '--pids-limit 20' '--cpus 0.5'; do
        # shellcheck disable=SC2086
        like "$option is refused by name where it cannot be enforced" 'cgroup|memory' "$(in_fs $option -- true)"
        # shellcheck disable=SC2086
        status "$option is then 125" 125 in_fs $option -- true
    done
fi
status '--cgroups disabled needs none' 0 in_fs --cgroups disabled -- true
status 'bad sizes are refused' 125 in_fs -m lots -- true
status 'bad numbers of processors are refused' 125 in_fs --cpus none -- true
status '--memory-swap below --memory is refused' 125 in_fs -m 64m --memory-swap 32m -- true

# -- network -----------------------------------------------------------------------------------
is 'none has a loopback and nothing else' 'lo' "$(in_fs -- ls /sys/class/net | tr '\n' ' ' | sed 's/ $//')"
is 'host is the host'"'"'s' "$(readlink /proc/self/ns/net)" "$("$rpod" run --rm --network host --rootfs "$fs" readlink /proc/self/ns/net 2>&1)"
like 'an unknown network is refused' "unknown network 'moon'" "$("$rpod" run --rm --network moon --rootfs "$fs" true 2>&1)"
status 'ports need a network' 125 in_fs -p 8080:80 -- true
status 'bad ports are refused' 125 "$rpod" run --rm --network pasta -p 99999:1 --rootfs "$fs" true
if [[ $who == user ]] && command -v pasta >/dev/null && [[ -r /dev/net/tun && -w /dev/net/tun ]]; then
    port=$((20000 + $$ % 20000))
    like 'pasta gives an interface' 'lo' "$("$rpod" run --rm --network pasta --rootfs "$fs" ls /sys/class/net 2>&1 | tr '\n' ' ')"
    "$rpod" run -d --name "$name-net" --network pasta -p "127.0.0.1:$port:80" --rootfs "$fs" sh -c 'while :; do echo served | nc -l -p 80; done' >/dev/null
    served() { [[ $(timeout 2 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; cat <&3") == served ]]; }
    if until_true served; then ok 'a published port is served'; else not_ok 'a published port is served' "$("$rpod" logs "$name-net" 2>&1)"; fi
    is 'port lists it' "80/tcp -> 127.0.0.1:$port" "$("$rpod" port "$name-net")"
    is 'another container may share its network' "$("$rpod" exec "$name-net" readlink /proc/self/ns/net)" \
        "$("$rpod" run --rm --network "container:$name-net" --rootfs "$fs" readlink /proc/self/ns/net 2>&1)"
    kill -9 "$("$rpod" inspect -f '{{.State.ConmonPid}}' "$name-net")"
    "$rpod" stop -t 0 "$name-net" >/dev/null 2>&1
    "$rpod" start "$name-net" >/dev/null
    if until_true served; then ok 'a start frees the ports of a life whose monitor was killed'; else not_ok 'a start frees the ports of a life whose monitor was killed' "$("$rpod" logs "$name-net" 2>&1)"; fi
    kill -9 "$("$rpod" inspect -f '{{.State.ConmonPid}}' "$name-net")"
    "$rpod" rm -f "$name-net" >/dev/null
    is 'nothing of its network stays' '' "$(pgrep -a -u "$(id -u)" pasta | grep "127.0.0.1/$port:80")"
else
    skip 'pasta gives an interface' 'no pasta or no /dev/net/tun for us'
fi

# -- files about it ----------------------------------------------------------------------------
"$rpod" run -d --name "$name-files" --cidfile "$work/cid" --pidfile "$work/pid" --conmon-pidfile "$work/monitor" --network none --rootfs "$fs" sleep 1000 >"$work/printed"
is '--cidfile has the id that -d prints' "$(cat "$work/printed")" "$(cat "$work/cid")"
is '--pidfile has its process' sleep "$(cat "/proc/$(cat "$work/pid")/comm")"
is '--conmon-pidfile has the monitor' rpod-monitor "$(cat "/proc/$(cat "$work/monitor")/comm")"
like 'a --cidfile that is there is refused' 'exists' "$(in_fs --cidfile "$work/cid" -- true)"
is 'rm --cidfile removes that one' "$name-files" "$("$rpod" rm -f --cidfile "$work/cid")"
exit "$failed"
