#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The life of containers: ps, logs, exec, stop, kill, wait, rm, names, and what survives violence.
# shellcheck disable=SC2016,SC2317 # single quotes are for the shell inside; eventually() calls
# shellcheck source=tests/local/rpod-lib
source "$(dirname "$0")/rpod-lib"

detach() { # name, options... -- command...
    local options=() called=$1
    shift
    while [[ $1 != -- ]]; do options+=("$1"); shift; done
    shift
    "$rpod" run -d --name "$name-$called" --network none "${options[@]}" --rootfs "$fs" "$@"
}
state() { "$rpod" inspect -f '{{.State.Status}}' "$name-$1" 2>&1; }

# -- ps ----------------------------------------------------------------------------------------
id=$(detach a -l job=one -l "bare" -- sleep 1000)
like 'run -d prints 64 digits' '^[0-9a-f]{64}$' "$id"
is 'ps has podman'"'"'s columns' 'CONTAINER ID  IMAGE  COMMAND  CREATED  STATUS  PORTS  NAMES' "$("$rpod" ps --filter name=nobody | sed 's/   */  /g; s/ *$//')"
like 'ps shows what runs' "^${id:0:12} .*sleep 1000 .*Up .* $name-a\$" "$("$rpod" ps --filter "name=^$name-a\$" --noheading)"
is 'ps -q shows short ids' "${id:0:12}" "$("$rpod" ps -q --filter "name=^$name-a\$")"
is 'ps --no-trunc shows whole ones' "$id" "$("$rpod" ps -q --no-trunc --filter "id=${id:0:12}")"
is 'ps takes templates' "${id:0:12} $name-a running" "$("$rpod" ps --filter "name=^$name-a\$" --format '{{.ID}} {{.Names}} {{.State}}')"
is 'and tables of them' $'ID            NAMES\n'"${id:0:12}  $name-a" "$("$rpod" ps --filter "name=^$name-a\$" --format 'table {{.ID}}\t{{.Names}}')"
like 'ps prints JSON' "\"Id\": \"$id\"" "$("$rpod" ps --format json)"
is 'ps filters labels' "$name-a" "$("$rpod" ps --filter label=job=one --filter label=bare --filter "name=^$name" --format '{{.Names}}')"
is 'all of several labels must be there' '' "$("$rpod" ps -q --filter label=job=one --filter label=none)"
is 'ps filters the state' '' "$("$rpod" ps -aq --filter "name=^$name" --filter status=exited)"
like 'an unknown filter is refused' "unknown filter 'colour=red'" "$("$rpod" ps --filter colour=red 2>&1)"
like 'a template without sense is refused' 'range' "$("$rpod" ps --format '{{range .}}' 2>&1)
range"
status 'and is 125' 125 "$rpod" ps -a --format '{{.Nothing}}'

# -- exec --------------------------------------------------------------------------------------
is 'exec is inside' 'sleep' "$("$rpod" exec "$name-a" cat /proc/1/comm 2>&1)"
status 'exec has the command'"'"'s status' 9 "$rpod" exec "$name-a" sh -c 'exit 9'
status 'exec of what is not there is 127' 127 "$rpod" exec "$name-a" no-such-command
is 'exec -i hands input in' 'given' "$(printf given | "$rpod" exec -i "$name-a" cat)"
like 'exec -t has a terminal' '/dev/pts/' "$("$rpod" exec -t "$name-a" tty 2>&1)"
is 'exec -e -w -u' 'v /tmp 1000' "$("$rpod" exec -e V=v -w /tmp -u bob "$name-a" sh -c 'echo $V $(pwd) $(id -u)' 2>&1)"
is 'exec is confined as its container is' $'Seccomp:\t2' "$("$rpod" exec "$name-a" grep '^Seccomp:' /proc/self/status)"
"$rpod" exec -d "$name-a" sh -c 'echo done >/tmp/detached'
if until_true test -s "$fs/tmp/detached"; then ok 'exec -d goes on alone'; else not_ok 'exec -d goes on alone' ''; fi
status 'exec in what does not run is 125' 125 "$rpod" exec "$name-none" true

# -- names and ids -----------------------------------------------------------------------------
like 'a name that is taken is refused' "already in use by $id" "$(detach a -- true 2>&1)"
status 'and is 125' 125 detach a -- true
like 'a name that is none is refused' 'bad container name' "$(detach '/../x' -- true 2>&1)"
is 'the beginning of an id will do' "$name-a" "$("$rpod" inspect -f '{{.Name}}' "${id:0:6}")"
status 'a container that is not there is 125' 125 "$rpod" inspect "$name-none"
like 'one of two that want a name wins' '^(0 125|125 0)$' "$(
    detach race -- sleep 1000 >/dev/null 2>&1 & first=$!
    detach race -- sleep 1000 >/dev/null 2>&1 & second=$!
    wait $first; a=$?; wait $second; echo "$a $?")"
old=$("$rpod" inspect -f '{{.Id}}' "$name-race")
new=$(detach race --replace -- sleep 1000)
unlike '--replace removes the old one' "$old" "$("$rpod" ps -aq --no-trunc) "
is 'and takes its name' "$new" "$("$rpod" inspect -f '{{.Id}}' "$name-race")"
"$rpod" rm -f "$name-race" >/dev/null

# -- the end -----------------------------------------------------------------------------------
status 'rm of one that runs is refused' 125 "$rpod" rm "$name-a"
is 'kill sends a signal' "$name-a" "$("$rpod" kill -s KILL "$name-a")"
is 'wait tells how it ended' 137 "$("$rpod" wait "$name-a")"
like 'ps -a shows it' 'Exited \(137\)' "$("$rpod" ps -a --filter "name=^$name-a\$")"
status 'kill of one that ended is 125' 125 "$rpod" kill "$name-a"
status 'stop of one that ended is no error' 0 "$rpod" stop "$name-a"
is 'rm removes it' "$name-a" "$("$rpod" rm "$name-a")"
status 'and then it is not there' 125 "$rpod" rm "$name-a"
status 'but for rm -f' 0 "$rpod" rm -f "$name-a"
detach polite -- sh -c 'trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.05; done' >/dev/null
until_true grep -q ready "$work/data/rpod/containers"/*/log /var/lib/rpod/containers/*/log
"$rpod" stop "$name-polite" >/dev/null
is 'stop asks' 5 "$("$rpod" wait "$name-polite")"
detach usr --stop-signal USR1 -- sh -c 'trap "exit 6" USR1; echo ready; while :; do sleep 0.05; done' >/dev/null
until_true "$rpod" exec "$name-usr" true
until_true bash -c "'$rpod' logs $name-usr | grep -q ready"
"$rpod" stop "$name-usr" >/dev/null
is '--stop-signal is what it sends' 6 "$("$rpod" wait "$name-usr")"
detach deaf -- sh -c 'trap "" TERM; while :; do sleep 0.05; done' >/dev/null
"$rpod" stop -t 1 "$name-deaf" >/dev/null
is 'and kills who does not listen' 137 "$("$rpod" wait "$name-deaf")"
detach gone --rm -- true >/dev/null
if until_true bash -c "! '$rpod' inspect $name-gone"; then ok '--rm removes it when it ends'; else not_ok '--rm removes it when it ends' "$(state gone)"; fi
detach brief --rm -- sh -c 'sleep 0.3; exit 8' >/dev/null
is 'wait tells how one ended that is gone' 8 "$("$rpod" wait "$name-brief")"
exec 9> >(cat >"$work/pipe"; echo ended >>"$work/pipe")
"$rpod" run -d --name "$name-fd" --network none --rootfs "$fs" sleep 1000 >/dev/null
exec 9>&-
if until_true grep -q ended "$work/pipe"; then ok 'a monitor holds nothing open of its starter'; else not_ok 'a monitor holds nothing open of its starter' ''; fi
detach again -- sh -c 'echo run; exit 3' >/dev/null
"$rpod" wait "$name-again" >/dev/null
"$rpod" start "$name-again" >/dev/null
"$rpod" wait "$name-again" >/dev/null
is 'start runs it again' $'run\nrun' "$("$rpod" logs "$name-again")"
status 'start -a has its status' 3 "$rpod" start -a "$name-again"
made=$("$rpod" create --name "$name-made" --network none --rootfs "$fs" echo later)
is 'create does not start' 'created' "$(state made)"
is 'start does' 'later' "$("$rpod" start -a "${made:0:12}")"
status 'a command that is not there is 127 with -d too' 127 detach lost -- no-such-command
is 'and leaves a container that never ran' 'created' "$(state lost)"
is 'and can be removed' "$name-lost" "$("$rpod" rm "$name-lost" 2>&1)"

# -- logs --------------------------------------------------------------------------------------
detach log -- sh -c 'for i in 1 2 3 4 5; do echo line $i; done; echo fault >&2; printf open' >/dev/null
"$rpod" wait "$name-log" >/dev/null
is 'logs has all of it' $'line 1\nline 2\nline 3\nline 4\nline 5\nopen' "$("$rpod" logs "$name-log" 2>/dev/null)"
is 'standard error apart' 'fault' "$("$rpod" logs "$name-log" 2>&1 >/dev/null)"
is 'logs --tail' $'run' "$("$rpod" logs --tail 1 "$name-again" 2>/dev/null)"
is 'more of a tail than there is' "$("$rpod" logs "$name-again" | wc -l)" "$("$rpod" logs --tail 100 "$name-again" | wc -l)"
like 'logs -t' '^20[0-9-]+T[0-9:.]+Z line 5$' "$("$rpod" logs -t "$name-log" 2>/dev/null | grep 'line 5')"
is 'logs --since the future' '' "$("$rpod" logs --since 2100-01-01T00:00:00Z "$name-log" 2>&1)"
is 'logs --since before' 'line 1' "$("$rpod" logs --since 1h "$name-log" 2>/dev/null | head -1)"
detach follow -- sh -c 'for i in 1 2 3 4 5 6; do echo $i; sleep 0.1; done' >/dev/null
is 'logs -f goes on to the end' '1 2 3 4 5 6 ' "$("$rpod" logs -f "$name-follow" | tr '\n' ' ')"
is 'a foreground container is logged too' 'seen' "$("$rpod" run --name "$name-fg" --network none --rootfs "$fs" echo seen >/dev/null; "$rpod" logs "$name-fg")"
detach silent --log-driver none -- echo x >/dev/null
"$rpod" wait "$name-silent" >/dev/null
status '--log-driver none keeps nothing' 125 "$rpod" logs "$name-silent"

# -- signals and violence ----------------------------------------------------------------------
"$rpod" run --name "$name-int" --network none --rootfs "$fs" sh -c 'trap "exit 4" TERM; echo ready; while :; do sleep 0.05; done' >/dev/null &
until_true bash -c "'$rpod' logs $name-int | grep -q ready"
kill -TERM $!
wait $!
is 'a signal to rpod is one to the container' 4 $?
setsid "$rpod" run --name "$name-cut" --network none --rootfs "$fs" sleep 1000 >/dev/null 2>&1 &
cut=$!
until_true bash -c "'$rpod' ps -q --filter name=^$name-cut | grep -q ."
kill -9 "$cut"
wait "$cut" 2>/dev/null
like 'whose rpod was killed is not forgotten' 'no monitor|Exited' "$("$rpod" ps -a --filter "name=^$name-cut")"
status 'and can be removed' 0 "$rpod" rm -f "$name-cut"
is 'and leaves nothing' '' "$("$rpod" ps -aq --filter "name=^$name-cut")"
id=$(detach mon -- sleep 1000)
monitor=$("$rpod" inspect -f '{{.State.ConmonPid}}' "$name-mon")
kill -9 "$monitor"
unwatched() { "$rpod" ps --filter "name=^$name-mon" | grep -q 'no monitor'; }
if until_true unwatched; then ok 'whose monitor was killed is shown'; else not_ok 'whose monitor was killed is shown' "$("$rpod" ps -a)"; fi
status 'stop ends it' 0 "$rpod" stop -t 1 "$name-mon"
is 'and it is exited' 'exited' "$(state mon)"
containers=$("$rpod" info -f '{{.store.graphRoot}}')/containers
id=$(detach broken -- true)
"$rpod" wait "$name-broken" >/dev/null
rm "$containers/$id/config"
status 'a container without settings is listed' 0 "$rpod" ps -a
is 'and can be removed' "$name-broken" "$("$rpod" rm -f "$name-broken")"
mkdir "$containers/$(printf 'f%.0s' {1..64})"
status 'so can a directory that is none' 0 "$rpod" rm -f ffffffffffff
term=$(detach term --stop-timeout 1 -- sleep 1000)
kill -TERM "$("$rpod" inspect -f '{{.State.ConmonPid}}' "$term")"
is 'SIGTERM to the monitor ends the container' 137 "$("$rpod" wait "$term")"

# -- the rest ----------------------------------------------------------------------------------
if [[ $who == user ]]; then
    is 'unshare has both lines of the map' 2 "$("$rpod" unshare cat /proc/self/uid_map | wc -l)"
    is 'and is root' 0 "$("$rpod" unshare id -u)"
    status 'unshare has the command'"'"'s status' 6 "$rpod" unshare sh -c 'exit 6'
    status 'unshare of nothing is 127' 127 "$rpod" unshare no-such-command
else
    status 'root has nothing to unshare' 125 "$rpod" unshare true
fi
like 'version' 'Version: +[0-9]' "$("$rpod" version)"
like 'a command nearly right is named' "did you mean 'logs'" "$("$rpod" log 2>&1)"
status 'an unknown command is 125' 125 "$rpod" frobnicate
status 'output nobody can take is an error' 125 bash -c "'$rpod' version >/dev/full"
"$rpod" ps -aq --no-trunc --filter "name=^$name" | xargs "$rpod" rm -f >/dev/null
is 'rm leaves no names' '' "$(find "$(dirname "$containers")/names" -name "$name*")"
if [[ $who == user ]]; then is 'and no files' '' "$(find "$containers" -mindepth 1)"; fi
exit "$failed"
