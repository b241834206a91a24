# SPDX-License-Identifier: Apache-2.0
# bash completion of rpod's programs. The programs know their own words: they are asked.
# shellcheck shell=bash
_rpod_list() { # what a program can list: the METAVAR it named, the program
    case $1:$2 in
    DIR:*) compgen -d -- "$3" ;;
    FILE:*) compgen -f -- "$3" ;;
    ID:*) rpod-doctor list 2>/dev/null | awk '{ print $1; sub(/\..*/, ""); print }' ;;
    USER:* | NAME:rpod-setup | NAME:rpod-doctor) compgen -u ;;
    RUN:*) rpod-setup history 2>/dev/null | awk '{ print $1 }' ;;
    CONTAINER:*) rpod ps -a --format '{{.Names}}' 2>/dev/null ;;
    esac
}
_rpod_programs() {
    local program=${COMP_WORDS[0]##*/} word=${COMP_WORDS[COMP_CWORD]} line i
    local -a command=("${COMP_WORDS[0]}") words=("${COMP_WORDS[@]:1:COMP_CWORD}") candidates=()

    # each command of rpod knows its own options
    for ((i = 0; i < ${#words[@]} - 1 && ${#command[@]} == 1; i++)); do
        [[ $program == rpod && ${words[i]} != -* ]] || continue
        command+=("${words[i]}")
        words=("${words[@]:i+1}")
    done
    while IFS=$'\t' read -r line _; do
        if [[ $line == @* ]]; then
            mapfile -t -O ${#candidates[@]} candidates < <(_rpod_list "${line#@}" "$program" "$word")
        else
            candidates+=("$line")
        fi
    done < <("${command[@]}" --complete "${words[@]}" 2>/dev/null)
    mapfile -t COMPREPLY < <(compgen -W "${candidates[*]}" -- "$word")
}
complete -o default -F _rpod_programs rpod rpod-doctor rpod-setup
