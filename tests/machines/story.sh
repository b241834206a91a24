# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The words a scenario is told in. A step is a sentence, commands, and what is expected of them:
#
#     it "the doctor passes"
#     as container rpod-doctor --json
#     exits 0
#     json '.summary.fail == 0'
#
# Expectations do not stop the scenario, they fail the step. A command that fails although nobody
# said 'exits' fails it too. A step begun with 'given' is one that the rest cannot do without.

sentence=''    # of the step we are in
complaints=''  # why it has failed, if it has
is_given=''
command_line='' status=0 is_judged=yes
finished=''
said=$MACHINE.said # what the last command printed: $said.out, $said.err

it() {
    end_step
    sentence=$1
    step_start=$SECONDS
}

given() {
    it "$1"
    is_given=yes
}

# --- commands

as_root() {
    perform "root: $*" machine_root "$@"
}

# as NAME CMD...: log in as NAME, run, log out.
as() {
    perform "$1: ${*:2}" machine_user "$@"
}

# driver CMD...: what happens to the machine itself, as machine_reboot.
driver() {
    perform "$*" "$@"
}

# eventually TEXT COMMAND...: the command again and again until it says TEXT. Only for what nobody
# announces: that a server listens, that a container has come to its first words.
eventually() {
    local text=$1 deadline=$((SECONDS + ${PATIENCE:-60}))
    shift
    until "$@" && grep -qF -- "$text" "$said.out"; do
        is_judged=yes
        ((SECONDS < deadline)) || { complain "does not come to say '$text'" && return 0; }
    done
}

perform() {
    judge_silence
    command_line=$1
    shift
    status=0
    is_judged=''
    "$@" < /dev/null > "$said.out" 2> "$said.err" || status=$?
}

# --- expectations

exits() {
    is_judged=yes
    [[ $status -eq $1 ]] || complain "exits $status, not $1"
}

fails() {
    is_judged=yes
    [[ $status -ne 0 ]] || complain "succeeds"
}

# prints TEXT: that and nothing else on stdout.
prints() {
    [[ $(< "$said.out") == "$1" ]] || complain "does not print '$1'"
}

# says TEXT: somewhere in what it printed.
says() {
    grep -qF -- "$1" "$said.out" "$said.err" || complain "does not say '$1'"
}

never_says() {
    ! grep -qF -- "$1" "$said.out" "$said.err" || complain "says '$1'"
}

# json FILTER: true of the JSON on stdout.
json() {
    jq -e "$1" "$said.out" > /dev/null 2>&1 || complain "its JSON does not hold: $1"
}

# verdict ID WORD: what the doctor's JSON says of one check.
verdict() {
    json ".checks[] | select(.id == \"$1\") | .verdict == \"$2\""
}

# same BEFORE AFTER: two files say the same.
same() {
    local difference
    difference=$(diff -U 0 --label before --label after "$1" "$2" 2>&1) && return 0
    complain "differs:"$'\n'"$difference"
}

complain() {
    if [[ -z $complaints ]]; then
        complaints="$1"$'\n'"  of: $command_line"$'\n'$(
            head -n 40 "$said.out" 2> /dev/null | sed 's/^/  stdout: /'
            head -n 60 "$said.err" 2> /dev/null | sed 's/^/  stderr: /'
        )
    else
        complaints+=$'\n'"and $1"
    fi
}

# --- bookkeeping

judge_silence() {
    [[ -n $is_judged || $status -eq 0 ]] || complain "exits $status, which nobody expected"
    is_judged=yes
}

report() {
    # shellcheck disable=SC2154 # tell sets both
    printf '%s - %s %s: %s (%d s)\n' "$1" "$story" "$suite" "$2" $((SECONDS - step_start))
}

end_step() {
    judge_silence
    [[ -n $sentence ]] || return 0
    if [[ -z $complaints ]]; then
        report ok "$sentence"
    else
        report 'not ok' "$sentence"
        printf '#   %s\n' "${complaints//$'\n'/$'\n'#   }"
    fi
    if [[ -n $complaints && -n $is_given ]]; then
        report skip 'the rest, which cannot do without that'
        finished=yes
        exit 1
    fi
    sentence='' complaints='' is_given=''
}

# However a scenario ends, nothing of it stays.
end_story() {
    if [[ -z $finished ]]; then
        complain "the scenario ended in this step"
        sentence=${sentence:-the scenario runs to its end}
        is_given=''
        end_step
    fi
    machine_cut
    rm -rf "$MACHINE" "$said".*
}
