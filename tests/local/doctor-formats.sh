#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What other programs read of rpod-doctor: JUnit, SARIF, Prometheus; files it writes; ignored findings;
# redaction; summaries. On recorded hosts.
# usage: RPOD_BUILD=build tests/local/doctor-formats.sh
# shellcheck disable=SC2317,SC2016 # functions are called through check()
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
hosts=$(cd "$(dirname "$0")/../hosts" && pwd)
schemas=$(cd "$(dirname "$0")/../schemas" && pwd)

on() { # host, options...
    "$doctor" --root "$hosts/$1" --user "$(cat "$hosts/$1/user")" "${@:2}"
}
every_host() { # command...: with the host's name behind it
    local host
    for host in "$hosts"/*/user; do
        host=$(basename "$(dirname "$host")")
        "$@" "$host" || { printf 'host %s\n' "$host"; return 1; }
    done
}

# -- formats ----------------------------------------------------------------------------------
junit_is_valid() { # host
    on "$1" --format junit >"$work/junit.xml"
    xmllint --noout --relaxng "$schemas/junit.rng" "$work/junit.xml"
}
prometheus_is_valid() {
    on "$1" --format prometheus >"$work/prom"
    promtool check metrics <"$work/prom"
}
sarif_is_valid() {
    on "$1" --format sarif >"$work/sarif"
    on "$1" --json >"$work/json"
    jq -e -f "$schemas/sarif.jq" "$work/sarif" >/dev/null || return 1
    # what the report finds, no more and no less
    diff <(jq -r '.runs[0].results[] | .ruleId + " " + .level' "$work/sarif") \
        <(jq -r '.checks[] | select(.verdict | IN("fail", "warn")) | .id + " " + {fail: "error", warn: "warning"}[.verdict]' "$work/json")
}
if command -v xmllint >/dev/null; then
    check 'JUnit is what readers of it take, of every host' every_host junit_is_valid
    check 'and nothing else is' bash -c "! sed 's/<testcase /<testcase bogus=\"1\" /' '$work/junit.xml' | xmllint --noout --relaxng '$schemas/junit.rng' -"
else
    skip 'JUnit' 'there is no xmllint'
fi
if command -v promtool >/dev/null; then
    check 'promtool takes the metrics of every host' every_host prometheus_is_valid
else
    skip 'metrics' 'there is no promtool'
fi
check 'SARIF has a result for each finding, of every host' every_host sarif_is_valid
check '--json is --format json' diff <(on debian-13 --json | sed 's/"ms": [0-9]*//') <(on debian-13 --format json | sed 's/"ms": [0-9]*//')
check 'an unknown format is 64, and told which there are' refuses 64 'text|json|junit|sarif|prometheus' "$doctor" --format yaml
check 'two formats are 64' refuses 64 'different forms' "$doctor" --json --format junit
check 'a format that a command has not is 64' refuses 64 'text' "$doctor" --format junit list
check 'a failure is the status in every format' every_host bash -c '
    for format in text json junit sarif prometheus; do
        "$0" --root "$1/$2" --user "$(cat "$1/$2/user")" --format $format >/dev/null; got="$got $?"
    done; [[ $got == " 0 0 0 0 0" || $got == " 1 1 1 1 1" ]]' "$doctor" "$hosts"

# -- files ------------------------------------------------------------------------------------
check 'the report goes to a file' on debian-13-ready --output "$work/out"
check 'whole, as on a screen' diff <(on debian-13-ready --json | sed 's/"ms": [0-9]*//') <(on debian-13-ready --json -o - | sed 's/"ms": [0-9]*//')
chmod 0640 "$work/out"
ln -s out "$work/link"
check 'a link is followed' on debian-13-ready --output "$work/link" --format junit
check 'and stays one, and the mode' bash -c "[[ -L '$work/link' && \$(stat -c %a '$work/out') == 640 ]] && grep -q '<testsuite' '$work/out'"
ln -s nowhere "$work/dangling"
check 'a link to nothing is refused' refuses 70 "cannot write '$work/dangling'" on debian-13-ready -o "$work/dangling"
check 'and makes nothing' bash -c "! ls '$work/nowhere' 2>/dev/null"
check 'a directory is refused' refuses 70 "cannot write '$work'" on debian-13-ready -o "$work"
check 'a directory that is not there too' refuses 70 "cannot write '$work/no/out'" on debian-13-ready -o "$work/no/out"
check 'a device is written to and stays' bash -c "'$doctor' --check kernel -o /dev/null; [[ -c /dev/null ]]"
check 'a full disk is said' refuses 70 "cannot write '/dev/full'" on debian-13-ready -o /dev/full
check 'and so for a page' refuses 70 "cannot write '/dev/full'" on debian-13-ready --html /dev/full
check 'a pipe too' bash -c "mkfifo '$work/pipe'; '$doctor' --check kernel --json -o '$work/pipe' & jq -e .schema '$work/pipe' >/dev/null; wait"
check 'nothing is left beside it' bash -c "! ls -A '$work' | grep '^\.'"

# -- ignored ----------------------------------------------------------------------------------
bare() { on fault-newuidmap-bare --ignore "$work/ignore" "$@"; }
printf '# known\nidmap.newuidmap until=2999-12-31 the image is rebuilt on Monday\n' >"$work/ignore"
check 'an ignored failure is none' status_is 0 bare
check 'but shown, with its reason' says 'idmap.newuidmap ignored: the image is rebuilt on Monday' bare
check 'its verdict stays' bash -c "'$doctor' --root '$hosts/fault-newuidmap-bare' --user alice --ignore '$work/ignore' --json |
    jq -e '.summary.fail == 0 and .summary.ignored == 1 and (.checks[] | select(.id == \"idmap.newuidmap\") | .verdict == \"fail\" and .ignored != null)'"
printf 'idmap.newuidmap until=2001-01-01 long ago\n' >"$work/ignore"
check 'an expired one counts again' status_is 1 bare
check 'and is told' says "expired on 2001-01-01" bare
printf 'no.check until=2999-01-01 x\n' >"$work/ignore"
check 'an unknown one is told' says "no check 'no.check'" bare
printf '\nidmap.map until=2999-01-01\n' >"$work/ignore"
check 'one without reason is refused with its line' refuses 70 "bad line 2 of '$work/ignore': no reason" bare
check 'a file that is not there is named' refuses 70 "'$work/none'" on debian-13 --ignore "$work/none"
cp -r "$hosts/fault-newuidmap-bare" "$work/host"
mkdir -p "$work/host/etc/rpod"
printf 'idmap.newuidmap until=2999-12-31 borne\n' >"$work/host/etc/rpod/doctor.ignore"
check "the host's own file is read, of a record too" status_is 0 "$doctor" --root "$work/host" --user alice

# -- redacted ---------------------------------------------------------------------------------
# A host whose names are nowhere else: every form of every report is searched for them.
cp -r "$hosts/fault-subid-overlap" "$work/named"
grep -rlE 'alice|bob' "$work/named" | xargs sed -i 's/alice/zenobia/g; s/bob/quentin/g'
while IFS= read -r path; do mv "$path" "${path//alice/zenobia}"; done < <(find "$work/named" -depth -name '*alice*')
mkdir -p "$work/named/proc/sys/kernel"
printf 'vault7.acme.example\n' >"$work/named/proc/sys/kernel/hostname"
named() { "$doctor" --root "$work/named" --user zenobia "$@" 2>&1; }
no_name_in() { ! grep -rniE 'zenobia|quentin|vault7|acme' "$@"; }
redacted() { # the forms
    local options
    for options in '' -v -q --json '--format junit' '--format sarif' '--format prometheus' '--html -'; do
        # shellcheck disable=SC2086
        (cd "$work" && named --redact --root named $options) >"$work/redacted"
        no_name_in "$work/redacted" || { printf "with '%s'\n" "$options"; return 1; }
        grep -q user-1 "$work/redacted" || [[ $options == -q ]] || return 1
    done
}
check 'with its names it tells them' bash -c "'$doctor' --root '$work/named' --user zenobia --html - | grep zenobia | grep -q quentin"
check 'redacted, no form does' redacted
replays() { # a record without names gives the same verdicts
    named --redact --record "$work/record" --json | jq '[.checks[] | .id + .verdict]' >"$work/recorded"
    no_name_in "$work/record" && ! find "$work/record" | grep -E 'zenobia|vault7' || return 1
    diff "$work/recorded" <("$doctor" --root "$work/record" --json | jq '[.checks[] | .id + .verdict]')
}
check 'a redacted record has none, and replays' replays

# -- summaries --------------------------------------------------------------------------------
mkdir "$work/reports"
for host in debian-13-ready fault-newuidmap-bare fault-usr-nosuid debian-12; do
    on "$host" --json >"$work/reports/$host.json"
done
check 'hosts are merged' says '4 hosts, 2 without failure, 2 with' "$doctor" summary "$work"/reports/*.json
check 'with status 1 where one fails' status_is 1 "$doctor" summary "$work"/reports/*.json
check 'and 0 where none does' status_is 0 "$doctor" summary "$work/reports/debian-13-ready.json"
check 'those that fail in the same are a row' says '2 hosts: fault-newuidmap-bare fault-usr-nosuid' "$doctor" summary "$work"/reports/*.json
check 'JSON groups them too' bash -c "'$doctor' --json summary '$work'/reports/*.json |
    jq -e '.schema == \"rpod-doctor-summary/1\" and .hosts == 4 and (.groups[0] | .count == 2 and .fail == [\"idmap.newuidmap\"])'"
check 'names come on standard input' bash -c "ls '$work'/reports/*.json | '$doctor' summary - | grep '4 hosts'"
printf '{"schema":"other/1"}' >"$work/reports/foreign.json"
printf '{"sch' >"$work/reports/cut.json"
mkfifo "$work/reports/pipe.json"
check 'what is no report is named, counted and 70' refuses 70 '3 files not counted' "$doctor" summary "$work"/reports/*.json
for file in foreign cut pipe; do
    check "$file.json is named" says "/$file.json'" "$doctor" summary "$work"/reports/*.json
done
check 'no file is 64' refuses 64 'needs files' "$doctor" summary
if command -v xmllint >/dev/null; then
    check 'its page is well-formed' bash -c "'$doctor' --html - summary '$work'/reports/*.json 2>/dev/null | xmllint --noout -"
fi

need_root 'a redacted record of this host'
check 'of this host too, with a name that it learned' on_a_copy '
    useradd -m -c "Palmyra Queen,12" zenobia || exit 99
    "$1" --user zenobia --redact --record /mnt/record --json >/mnt/json
    ! grep -rniE "zenobia|palmyra" /mnt/record /mnt/json && ! grep -rnw "$(uname -n)" /mnt/record /mnt/json && ! find /mnt/record | grep -E zenobia || exit 1
    jq -e ".checks | length > 20" /mnt/json >/dev/null &&
        diff <(jq "[.checks[] | .id + .verdict]" /mnt/json) <("$1" --root /mnt/record --json | jq "[.checks[] | .id + .verdict]")' "$doctor"
exit $failed
