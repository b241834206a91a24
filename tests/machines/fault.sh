# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # tell sets said, suite and machines_dir
#
# The words of a fault. A row says how a healthy host is broken and what the doctor has to find:
#
#     fault A01 "no user namespaces"                      # its id in the catalogue, and what it is
#     breaks 'sysctl -qw user.max_user_namespaces=0'      # root's shell does this
#     finds fail userns.max 'max_user_namespaces: 0'      # verdict, check, what its evidence holds
#     error 'cannot clone: No space left on device'       # what users see of it
#
# 'explain' is given that and every known message that may have to do with the check: each must lead
# to it first.
#
# and where it is not the usual:
#
#     on bookworm trixie                 # there; else on trixie alone
#     seen_by root                       # who looks: root ssh su unit manager cron; else root and ssh
#     within 'setpriv --no-new-privs'    # what starts the doctor while it lasts; as root himself with
#     seen_by other:su                   # this: where it sees what su sees, and the fault
#     by_hand WHY [COMMANDS]             # what mends it is no command of the doctor's
#     blind                              # from there little can be seen: a skip needs no cause
#     finds nothing                      # it is no fault: all is well, and containers run
#     mentions net.ports 1024            # with that: what this check, which passes, says of it
#     untold WHY                         # only where FAULTS names it; else it is skipped, and counted so
#     container_by manager               # who runs it then, if not ssh
#
# Each is told from the state 'healthy': broken, looked at, explained, mended by the first command the
# doctor prints for it, looked at again, and the user runs a container. One trip to the machine breaks
# and looks, a second mends and looks: see 'fault-guest'.

fault_rows=0
declare -A fault_says=() # what there is to know of the row's last answers: fault.jq
declare -A fault_sums=([found]=0 [exact]=0 [explained]=0 [told]=0 [mended]=0 [fixed]=0 [late]=0)
fault_table=$MACHINE.faults
: > "$fault_table"
fault_id=''

fault() {
    fault_end
    fault_id=$1 fault_name=$2
    fault_suites=trixie fault_lookers='root ssh' fault_breaks='' fault_within=''
    fault_verdict='' fault_check='' fault_fact='' fault_error='' fault_by_hand='' fault_hand_fix=''
    fault_container=ssh fault_blind=false fault_untold='' fault_mentions=()
    # engines and pasta are started where a row, or its file, is about them
    fault_skip='engine net.pasta'
    case ${rows:-} in
    */engine | */storage | */network) fault_skip='' ;;
    esac
}

on() { fault_suites="$*"; }
breaks() { fault_breaks=$1; }
finds() {
    fault_verdict=$1 fault_check=${2:-} fault_fact=${3:-}
    [[ $fault_check != engine.* && $fault_check != net.* ]] || fault_skip=''
}
mentions() {
    fault_mentions+=("$1 $2")
    fault_skip=''
}
container_by() { fault_container=$1; }
error() { fault_error=$1; }
seen_by() { fault_lookers="$*"; }
within() { fault_within=$1; }
blind() { fault_blind=true; }
untold() { fault_untold=$1; }
by_hand() { fault_by_hand=$1 fault_hand_fix=${2:-}; }

# tell_faults: what the scenarios do: a host that is well, and each fault of it.
tell_faults() {
    local rows
    given "the host is prepared and the user may log in"
    driver install_rpod
    as_root rpod-setup -q user container --home /data/container
    driver machine_let_in container
    as container rpod run --rm hello

    given "the host is well, and remembered so"
    driver faults_begin

    it "on it nothing is amiss, from wherever the doctor is asked"
    driver cat "$MACHINE/healthy"
    each root ssh manager : '.status == 0 and .answer.summary.pass > 10 and .bad == []'
    each su unit : '.status == 0 and .bad == ["warn session.context"] and .fix'

    it "on it no known error has a cause"
    driver cat "$MACHINE/known"
    json "$is_late"'.messages | length > 150 and all(.[].causes[]; .certainty == "excluded" or
        .certainty == "possible" or (.check | late))'
    fault_sums[late]=$(jq "$is_late"'[.messages[].causes[].check | select(late) | .id] | unique | length' \
        "$MACHINE/known")

    for rows in "$machines_dir"/faults/*; do
        # shellcheck disable=SC1090 # rows
        . "$rows"
    done
    faults_end
}

# faults_begin: the host as it is now is what all begin with.
faults_begin() {
    push_lookers && machine_root /root/fault-guest offer-packages &&
        machine_root /root/fault-guest look root ssh su unit manager > "$MACHINE/healthy" &&
        explain_all > "$MACHINE/known" && machine_save healthy
}

# explain_all: every message that is known, at once.
explain_all() {
    awk '/^\.Ed/ { known = 0 } known { sub(/^\\&/, ""); gsub(/\\e/, "\\"); print }
        /^\.Bd -literal/ { known = 1 }' "$(programs)/usr/share/man/man7/rpod-checks.7" |
        machine_user container rpod-doctor --json explain
}

# known_messages CHECK: those of them that may have to do with it.
known_messages() {
    jq -r --arg id "$1" '[.messages[] | select(any(.causes[]; .check.id == $id)) | .text] | unique[]' \
        "$MACHINE/known"
}

# fault_end: the row is whole; tell it.
fault_end() {
    [[ -n $fault_id ]] || return 0
    if [[ " $fault_suites " == *" $suite "* ]] &&
        [[ -z ${FAULTS:-} || " $FAULTS " == *" $fault_id "* ]]; then
        if [[ -n $fault_untold && -z ${FAULTS:-} ]]; then
            end_step
            report skip "$fault_id: $fault_name: $fault_untold"
        else
            fault_tell
        fi
    fi
    fault_id=''
}

fault_tell() {
    local errors=''
    it "$fault_id: $fault_name"
    driver machine_restore healthy
    [[ $fault_verdict == nothing ]] || errors=$(known_messages "$fault_check" && echo "$fault_error")
    # shellcheck disable=SC2086 # words
    as_root /root/fault-guest "--skip=$fault_skip" break "$fault_breaks" "$errors" "$fault_within" $fault_lookers
    exits 0
    fault_hear
    if [[ $fault_verdict == nothing ]]; then
        fault_expect_nothing
    else
        fault_judge
    fi
}

fault_expect_nothing() {
    local each
    fault_holds nothing || fault_complain "no fault, but there is ${fault_says[others]}"
    for each in "${fault_mentions[@]}"; do
        fault_check=${each%% *} fault_fact=${each#* }
        fault_reckon
        fault_holds mentioned ||
            fault_complain "$fault_check does not mention '$fault_fact': ${fault_says[mention]}"
    done
    as_root /root/fault-guest container "$fault_container"
}

fault_judge() {
    local found=no exact=no explained told mended=-
    ! fault_holds found || found=yes
    ! fault_holds exact || exact=yes
    [[ $exact == yes ]] ||
        fault_complain "no $fault_verdict of $fault_check alone: ${fault_says[others]}"
    explained=${fault_says[explained]:-0} told=${fault_says[told]:-0}
    [[ $explained == "$told" ]] || fault_complain "not explained so: ${fault_says[unexplained]}"
    fault_mend
    fault_note "$found" "$exact" "$explained" "$told" "$mended"
}

# fault_mend: by what was printed, or as the row says.
fault_mend() {
    local kind=printed fix
    fix=${fault_says[fix]:-}
    if [[ -n $fault_by_hand ]]; then
        kind=by-hand fix=$fault_hand_fix
        mended='by hand'
        [[ -n $fix ]] || return 0
    elif [[ $found == no ]]; then
        mended=no
        return 0
    fi
    fault_try "$kind" "$fix"
    # the first command may leave another for later, as a restart
    if [[ $kind == printed ]] && ! fault_holds mended && [[ -n ${fault_says[fix]:-} ]]; then
        fix=${fault_says[fix]}
        fault_try "$kind" "$fix"
    fi
    if [[ -n $fix ]] && fault_holds mended; then
        [[ $kind == by-hand ]] || mended=yes
    else
        mended=no
        fault_complain "not mended by '$fix': ${fault_says[remains]}"
    fi
}

fault_try() {
    # shellcheck disable=SC2086 # words
    as_root /root/fault-guest "--skip=$fault_skip" mend "$1" "$2" $fault_lookers
    exits 0
    fault_hear
}

# fault_complain TEXT: without the reports themselves, which are long.
fault_complain() {
    : > "$said.out"
    complain "$1"
}

# fault_hear: what was just said, and what fault.jq makes of it.
fault_hear() {
    cp "$said.out" "$MACHINE/said"
    fault_reckon
}

fault_reckon() {
    local line
    fault_says=()
    while IFS= read -r -d '' line; do
        fault_says[${line%%=*}]=${line#*=}
    done < <(jq -jn --slurpfile healthy "$MACHINE/healthy" --slurpfile now "$MACHINE/said" \
        --arg verdict "$fault_verdict" --arg id "$fault_check" --arg fact "$fault_fact" \
        --argjson blind "$fault_blind" "$is_late$(< "$machines_dir/fault.jq")")
    [[ ${fault_says[mended]+answered} ]] || fault_complain "what was said cannot be judged"
    fault_sums[late]=$((fault_sums[late] + ${fault_says[late]:-0}))
}

fault_holds() {
    [[ ${fault_says[$1]:-} == true ]]
}

# fault_note FOUND EXACT EXPLAINED TOLD MENDED
fault_note() {
    local explained=-
    (($4 == 0)) || explained="$3 of $4"
    fault_rows=$((fault_rows + 1))
    [[ $1 != yes ]] || fault_sums[found]=$((fault_sums[found] + 1))
    [[ $2 != yes ]] || fault_sums[exact]=$((fault_sums[exact] + 1))
    fault_sums[explained]=$((fault_sums[explained] + $3))
    fault_sums[told]=$((fault_sums[told] + $4))
    [[ $5 == 'by hand' ]] || fault_sums[fixed]=$((fault_sums[fixed] + 1))
    [[ $5 != yes ]] || fault_sums[mended]=$((fault_sums[mended] + 1))
    printf '# %-4s %-46.46s %-22s %-5s %-5s %-9s %s\n' "$fault_id" "$fault_name" "$fault_check" \
        "$1" "$2" "$explained" "$5" >> "$fault_table"
}

# faults_end: the table.
faults_end() {
    fault_end
    end_step
    printf '# %-4s %-46s %-22s %-5s %-5s %-9s %s\n' '' fault check found exact explained mended
    cat "$fault_table"
    rm -f "$fault_table"
    printf '# of %d: %d found, %d exact; %d of %d errors explained; %d of %d mended by what is printed\n' \
        "$fault_rows" "${fault_sums[found]}" "${fault_sums[exact]}" "${fault_sums[explained]}" \
        "${fault_sums[told]}" "${fault_sums[mended]}" "${fault_sums[fixed]}"
    printf '# %d answers came too late and were not counted\n' "${fault_sums[late]}"
}
