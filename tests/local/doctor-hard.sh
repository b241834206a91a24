#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-doctor where looking itself is hard: nothing in the environment, nothing left to take, and
# things that never answer. It ends, and names what it was. (No test is decided by time: what hangs
# would hang for ever, and the limit is far above what an answer takes.)
# usage: RPOD_BUILD=build tests/local/doctor-hard.sh
# shellcheck disable=SC2317,SC2016,SC2024 # functions are called through check(); inner shells expand
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"

ends() { timeout -s KILL 60 "$@"; }
asks() { # filter, words of jq's...: it holds of the last JSON, of which there is one
    [[ -s $work/json ]] && jq -e "${@:2}" "$1" "$work/json" >/dev/null && return
    jq -c '.checks[] | select(.verdict == "fail")' "$work/json"
    return 1
}
verdict() { # verdict, id, script: what DOCTOR stands for there says that verdict for this check
    inside "${3//DOCTOR//usr/bin/timeout -s KILL 30 $work/doctor --json}" >"$work/json"
    asks 'any(.checks[]; .id == $id and .verdict == $v)' --arg v "$1" --arg id "$2"
}
none_left() { # process of the user's: what was killed takes a moment to go
    for ((i = 0; i < 300; i++)); do pgrep -u 54399 >/dev/null || return 0; sleep 0.1; done
    ps -u 54399 -o pid,stat,args
    return 1
}
hung() { # id, script: it is a warning, or a skip where all is slow
    verdict warn "$1" "$2" || asks 'any(.checks[]; .id == $id and .verdict == "skip" and (.why | startswith("pasta was not ready")))' --arg id "$1"
}
found() { # id, words: the evidence of that check in the last JSON has them
    asks 'any(.checks[] | select(.id == $id) | .evidence[]; .source + ": " + .found | contains($w))' --arg id "$1" --arg w "$2"
}
none_other_fails() { # id: nothing else of the last JSON fails but what fails here anyway
    asks '[.checks[] | select(.verdict == "fail" and (.id | startswith("engine.") | not)) | .id] - $anyway - [$id] == []' --arg id "$1" --argjson anyway "${anyway:-[]}"
}

check 'an empty environment is enough' says 'checks:' ends env -i "$doctor"
check 'and is answered in ASCII' bash -c "env -i '$doctor' | LC_ALL=C grep -v '[^ -~]' | grep 'checks:'"
check 'a full disk behind the report is 70' status_is 70 bash -c "'$doctor' >/dev/full"

need_root 'what is exhausted, and what hangs'
chmod 755 "$work"
cp "$doctor" "$work/doctor" # another user may run it there

# -- inside: a user of the test's own, on copies of /etc, /home and /run ------------------------
cat >"$work/inside" <<'INSIDE'
printf 'hard:x:54399:54399::/home/hard:/bin/sh\n' >>/etc/passwd
printf 'hard:x:54399:\n' >>/etc/group
printf 'hard:1000000:65536\n' | tee -a /etc/subuid >>/etc/subgid
mkdir -p /home/hard
chown 54399:54399 /home/hard
cd /
as_hard() { setpriv --reuid 54399 --regid 54399 --clear-groups env HOME=/home/hard "$@"; }
silent() { # directory: a file system that never answers
    exec 9<>/dev/fuse
    mkdir -p "$1" && mount -i -t fuse -o fd=9,rootmode=40755,user_id=0,group_id=0,allow_other silent "$1"
}
session() { # systemd runs, and the user is logged in
    mkdir -p /run/systemd/system /run/user/54399/systemd
    chown -R 54399:54399 /run/user/54399
}
deaf() { # socket: somebody listens and never answers
    perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 9) or die; chmod 0666, $ARGV[0]; sleep 1000' "$1" &
    deaf=$!
    while [[ ! -S $1 ]]; do sleep 0.05; done
}
answering() { # socket: a D-Bus of the user's
    session
    setpriv --reuid 54399 --regid 54399 --clear-groups dbus-daemon --session --nofork --address="unix:path=$1" >/dev/null 2>&1 &
    bus=$!
    while [[ ! -S $1 ]]; do sleep 0.05; done
}
tun() { # one that is open to everybody
    mount -t tmpfs tmpfs /mnt && mknod -m 666 /mnt/tun c 10 200 && mount --bind /mnt/tun /dev/net/tun
}
instead() { # program, shell script: what is run in its place
    printf '#!/bin/sh\n%s\n' "$2" >"/mnt/${1##*/}" && chmod 755 "/mnt/${1##*/}" && mount --bind "/mnt/${1##*/}" "$1"
}
INSIDE
inside() { on_a_copy "source '$work/inside'; $1"; } # script: with the functions above

# this machine may have faults of its own
anyway=$(inside 'as_hard timeout -s KILL 60 '"$work"'/doctor --json' | jq -c '[.checks[] | select(.verdict == "fail") | .id]')

for n in 1 3; do
    check "of $n processes there are too few" verdict fail context.processes "as_hard timeout -s KILL 30 prlimit --nproc=$n $work/doctor --json"
    check "of $n processes: nothing else is blamed" none_other_fails context.processes
    check "of $n processes: the limit is told" found context.processes "Max processes $n"
done
for n in 8 16; do
    check "$n open files are too few" verdict fail context.files "as_hard prlimit --nofile=$n DOCTOR"
    check "$n open files: nothing else is blamed" none_other_fails context.files
    check "$n open files: the limit is told" found context.files "Max open files $n"
done
check 'a soft limit is none: it is raised' verdict pass context.files 'as_hard prlimit --nofile=16:4096 DOCTOR'
check 'and what we hold is not in the way' verdict pass context.files 'for i in {10..40}; do eval "exec $i</dev/null"; done; as_hard DOCTOR'
check 'a full home is told' verdict fail home.writable 'mount -t tmpfs -o size=16k,mode=700,uid=54399,gid=54399 tmpfs /home/hard; as_hard dd if=/dev/zero of=/home/hard/x bs=4k status=none; as_hard DOCTOR'
check 'by what the disk said' found home.writable 'No space left on device'

if [[ -e /dev/fuse ]]; then
    check 'a home that hangs is named' verdict fail home.exists 'silent /home/hard; DOCTOR --user hard'
    check 'as what hangs' found home.exists '/home/hard: none within'
    check 'and it alone' none_other_fails home.exists
    check 'storage that hangs is named' verdict fail home.overlay 'silent /srv/silent; as_hard mkdir -p /home/hard/.config/containers
        printf "[storage]\ngraphroot = \"/srv/silent/storage\"\n" >/home/hard/.config/containers/storage.conf; DOCTOR --user hard'
    check 'as what hangs' found home.overlay '/srv/silent/storage: none within'
    check 'a directory of PATH that hangs is not looked at' verdict pass context.files 'silent /srv/silent; env PATH="/srv/silent:$PATH" DOCTOR --user hard'
else
    skip 'what hangs' 'no /dev/fuse'
fi
pasta=$(command -v pasta)
if [[ $pasta && -e /dev/net/tun && $(awk '$2 == "00000000"' /proc/net/route) ]] && inside tun 2>/dev/null; then
    check 'pasta is started' verdict pass net.pasta 'tun; DOCTOR --user hard'
    check 'and takes its time' asks 'any(.checks[]; .id == "net.pasta" and .ms > 0)'
    check 'nothing is left of it' none_left
    check 'one that fails says why' verdict fail net.pasta "tun; instead $pasta 'echo of no use >&2; exit 3'; DOCTOR --user hard"
    check 'in its own words' found net.pasta 'pasta: of no use'
    check 'one that hangs is named' hung net.pasta "tun; instead $pasta 'exec sleep 1000'; DOCTOR --user hard"
    check 'nothing is left of that one' none_left
else
    skip 'pasta is started' 'no pasta, no /dev/net/tun or no default route'
fi
check 'a manager that hangs is named' verdict fail session.manager 'session; deaf /run/user/54399/systemd/private; DOCTOR --user hard; kill $deaf'
check 'as what hangs' found session.manager 'wait for an answer: none within'
if command -v dbus-daemon >/dev/null; then
    check 'a D-Bus that answers passes' verdict pass session.bus 'answering /run/user/54399/bus; ln -s ../bus /run/user/54399/systemd/private; DOCTOR --user hard; kill $bus'
    check 'one that hangs is named' verdict warn session.bus 'answering /run/user/54399/systemd/private; deaf /run/user/54399/bus; DOCTOR --user hard; kill $bus $deaf'
    check 'as what hangs' found session.bus 'wait for an answer: none within'
    check 'and it alone' none_other_fails session.bus
else
    skip 'a D-Bus that answers' 'no dbus-daemon'
fi

# -- all of it at once ---------------------------------------------------------------------------
programs=(newuidmap newgidmap podman crun runc conmon netavark aardvark-dns pasta slirp4netns fuse-overlayfs)
all='mount -t tmpfs tmpfs /mnt
    for p in '${programs[*]}'; do p=$(command -v $p) && instead "$(realpath "$p")" "exec sleep 1000"; done; chmod 4755 /mnt/newuidmap /mnt/newgidmap
    session; silent /home/hard; deaf /run/user/54399/systemd/private; manager=$deaf; deaf /run/user/54399/bus; bus=$deaf
    DOCTOR --user hard; kill $manager $bus'
if [[ -e /dev/fuse ]] && command -v newuidmap newgidmap >/dev/null; then
    check 'all that can hang at once is borne' verdict fail home.exists "$all"
    printf '#   %s ms\n' "$(jq .context.ms "$work/json")"
    check 'the home is named' found home.exists '/home/hard: none within'
    check 'the manager is named' found session.manager 'none within'
    check 'the bus is named' asks 'any(.checks[]; .id == "session.bus" and (.why + (.evidence | tostring) | test("no answer|none within|session.manager")))'
    check 'newuidmap is named' asks 'any(.checks[]; .id == "idmap.map" and (.why + (.evidence | tostring) | contains("newuidmap")))'
    if command -v podman >/dev/null; then
        check 'podman is named' asks 'any(.checks[]; .id == "engine.runtime" and (.why + (.evidence | tostring) | contains("podman")))'
    fi
    check 'nothing of it is left' none_left
else
    skip 'all that can hang at once' 'no /dev/fuse or no newuidmap'
fi
exit $failed
