#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-doctor --record: this machine as a directory and as one file replays to the report it gave,
# probes included, and holds no secrets; and archives that others made lead nowhere.
# usage: RPOD_BUILD=build tests/local/doctor-record.sh
# shellcheck disable=SC2317,SC2016 # functions are called through check(); inner shells expand
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
hosts=$(cd "$(dirname "$0")/../hosts" && pwd)
export TMPDIR=$work/tmp
mkdir "$TMPDIR"

report() { jq -S 'del(.context.ms, .context.root) | del(.checks[].ms)' "$1"; }
same() { diff <(report "$1") <(report "$2"); } # two reports, but for times and where they lie
nothing_left() { [[ -z $(ls -A "$TMPDIR") ]] || { ls -A "$TMPDIR"; return 1; }; }
look() { timeout -s KILL 60 "$doctor" "$@"; }

look --json --record "$work/record" >"$work/live.json"
check 'the record is a directory with answers' test -s "$work/record/.rpod/answers"
look --json --root "$work/record" >"$work/replay.json"
check 'it replays to the same report' same "$work/live.json" "$work/replay.json"
check 'with what the probes said' grep -q '^probe userns ' "$work/record/.rpod/answers"
look --json --after-reboot >"$work/next.json"
look --json --after-reboot --root "$work/record" >"$work/next-replay.json"
check 'at its next boot too' same "$work/next.json" "$work/next-replay.json"
look --json --root "$work/record" --record "$work/again.tar" >"$work/second.json"
check 'a replay can be recorded, as one file' test -s "$work/again.tar"
check 'which is like any other archive' bash -c "tar tf '$work/again.tar' | grep -qx '.rpod/answers'"
check 'and is for its owner alone' test "$(stat -c %a "$work/again.tar")" = 600
look --json --root "$work/again.tar" >"$work/third.json"
check 'and replays to the same report' same "$work/live.json" "$work/third.json"
look --json --record "$work/live.tar" >"$work/live2.json"
look --json --root "$work/live.tar" >"$work/fourth.json"
check 'so does a live record in one file' same "$work/live2.json" "$work/fourth.json"
check 'what was unpacked goes away' nothing_left
check 'a file that is there is not written over' refuses 70 "cannot make '$work/live.tar'" "$doctor" --record "$work/live.tar"
check 'a record that cannot be written whole leaves none' bash -c \
    "! (ulimit -f 16; trap '' XFSZ; '$doctor' --record '$work/cut.tar' >/dev/null 2>&1) && test ! -e '$work/cut.tar'"
tar -C "$work/record" -cf "$work/gnu.tar" .
look --json --root "$work/gnu.tar" >"$work/fifth.json"
check 'what tar made of it replays too' same "$work/live.json" "$work/fifth.json"
for host in debian-13-ready fault-nested wsl2-ubuntu-22.04; do
    tar -C "$hosts/$host" -cf "$work/$host.tar" --format=gnu .
    look --json --root "$hosts/$host" >"$work/a.json"
    look --json --root "$work/$host.tar" >"$work/b.json"
    check "$host, packed, is $host" same "$work/a.json" "$work/b.json"
done

# -- secrets: written into a host, they are not in its record, which says the same ----------------
cp -r "$hosts/debian-13-ready" "$work/secrets"
mkdir -p "$work/secrets/etc/containers" "$work/secrets/home/alice/.config/containers"
cat >"$work/secrets/etc/containers/containers.conf" <<'CONF'
[containers]
env = ["DB_PASSWORD=hunter-two", "http_proxy=http://bob:hunter-three@proxy:3128/"]
[engine]
cgroup_manager = "systemd"
api_key = 'hunter-four'
# -----BEGIN RSA PRIVATE KEY-----
# hunter-five
# -----END RSA PRIVATE KEY-----
CONF
cp "$work/secrets/etc/containers/containers.conf" "$work/secrets/home/alice/.config/containers/"
printf 'root=UUID=1 ro pkg.token=hunter-six quiet\n' >"$work/secrets/proc/cmdline"
sed -i 's|^alice:[^:]*:|alice:hunter-seven:|' "$work/secrets/etc/passwd"
look --json --root "$work/secrets" --record "$work/clean" >"$work/a.json"
look --json --root "$work/clean" >"$work/b.json"
check 'the files with secrets were recorded' test -s "$work/clean/etc/containers/containers.conf"
check 'without them' bash -c "! grep -r hunter '$work/clean'"
check 'and without hashes of passwords' grep -q '^alice:\*\*\*:1000:' "$work/clean/etc/passwd"
check 'with all else' grep -q 'cgroup_manager = "systemd"' "$work/clean/etc/containers/containers.conf"
check 'and it replays to the same report' same "$work/a.json" "$work/b.json"
check 'no keys, credentials or shadow are read at all' bash -c "! find '$work/record' '$work/clean' | grep -E 'shadow|auth\.json|\.ssh|\.docker|/environ$'"

# -- archives of others ---------------------------------------------------------------------------
evil() { # name, words of tar...
    mkdir -p "$work/in/sub"
    printf '0\n' >"$work/in/f"
    tar -C "$work/in" -cf "$work/$1.tar" --format=gnu "${@:2}"
}
refused() { # name: the archive leads to nothing outside, and it ends
    timeout -s KILL 60 "$doctor" --root "$work/$1.tar" >"$work/out" 2>&1
    [[ $? -le 70 && ! -e $work/escaped && ! -e $TMPDIR/escaped ]] && nothing_left
}
evil dots -P --transform="s|^f|../../escaped|" f
evil absolute -P --transform="s|^f|$work/escaped|" f
ln -s "$work" "$work/in/link"
evil link link --transform='s|^f|link/escaped|' f
mkfifo "$work/in/pipe"
evil pipe pipe f
evil twice f f
for name in dots absolute link pipe twice; do
    check "an archive with $name leads nowhere" refused $name
done
check 'no archive is told' refuses 70 'is neither a directory nor a record' "$doctor" --root "$doctor"
check 'nor is a device' refuses 70 'cannot open' "$doctor" --root /dev/null
head -c 700 "$work/live.tar" >"$work/short.tar"
check 'one that ends early is told' refuses 70 'is neither a directory nor a record' "$doctor" --root "$work/short.tar"
printf 'x%.0s' {1..2000} >"$work/noise.tar"
check 'noise is told' refuses 70 'is neither a directory nor a record' "$doctor" --root "$work/noise.tar"
truncate -s 1G "$work/in/huge"
tar -C "$work/in" -cf - huge | head -c 4096 >"$work/huge.tar"
check 'more than a record can be is refused' refuses 70 'File too large' "$doctor" --root "$work/huge.tar"
check 'nothing of all this is left' nothing_left
exit $failed
