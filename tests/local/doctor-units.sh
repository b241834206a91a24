#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-doctor.service and .timer as they are installed.
# usage: RPOD_BUILD=build tests/local/doctor-units.sh
# shellcheck disable=SC2317,SC2016 # functions are called through check()
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
install=$(cd "$(dirname "$0")/../../tools" && pwd)/install
units=$work/usr/lib/systemd/system

is_off() { # no link enables it, no preset either
    ! find "$work" -name '*.wants' -o -name '*.preset' | grep .
}
runs_as_written() { # the command line of the unit, with its files put aside
    local -a words
    read -ra words < <(sed -n 's/^ExecStart=//p' "$units/rpod-doctor.service")
    [[ ${words[0]} == /usr/bin/rpod-doctor && -x $work${words[0]} ]] || { printf '%s\n' "${words[*]}"; return 1; }
    words=("${words[@]/\/var\/lib\/prometheus\/node-exporter/$work}")
    words=("${words[@]/\$RPOD_DOCTOR_OPTIONS/--check=kernel}")
    "$work${words[0]}" "${words[@]:1}" || [[ $? -eq 1 ]] || return 1
    grep '^rpod_doctor_check{id="kernel.version",user=".*",verdict=' "$work/rpod-doctor.prom"
}
verified() {
    local output
    output=$(SYSTEMD_UNIT_PATH=$work/verify: systemd-analyze verify --man=no "$work"/verify/rpod-doctor.{service,timer} 2>&1)
    # about other units than ours it may say what it likes
    ! grep -E 'rpod-doctor' <<<"$output"
}
refused_when_wrong() { # the judge judges
    sed -i 's/^ExecStart=.*/ExecStart=no-such-thing-at-all/; s/^Type=.*/Type=nonsense/' "$work/verify/rpod-doctor.service"
    ! verified
}

check 'they are installed' "$install" "$build" "$work" /usr
check 'with the programs place in them' bash -c "! grep -q '@' '$units/rpod-doctor.service'"
check 'and are off' is_off
check 'the service writes metrics' runs_as_written
if command -v systemd-analyze >/dev/null; then
    mkdir "$work/verify"
    sed "s,/usr/bin/rpod-doctor,$doctor," "$units/rpod-doctor.service" >"$work/verify/rpod-doctor.service"
    cp "$units/rpod-doctor.timer" "$work/verify"
    check 'systemd takes them' verified
    check 'and would not take others' refused_when_wrong
else
    skip 'systemd takes them' 'there is no systemd-analyze'
fi
check 'uninstalling takes them away' bash -c "'$install' --remove '$work' /usr && ! find '$work/usr' -name 'rpod-doctor*' | grep ."
exit $failed
