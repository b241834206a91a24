# SPDX-License-Identifier: Apache-2.0
# bash completion of rpod's programs. The programs know their own words: they are asked.
# shellcheck shell=bash
_rpod_programs() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local -a command=("${COMP_WORDS[0]}")
    local candidates

    case $before in
    --check | --only | --skip)
        candidates=$(rpod-doctor list 2>/dev/null | awk '{ print $1 }') ;;
    --root | --record | --rootfs | --home)
        mapfile -t COMPREPLY < <(compgen -d -- "$word")
        return ;;
    *)
        # the command's own options, once a command has been typed
        [[ $COMP_CWORD -gt 1 && ${COMP_WORDS[1]} != -* ]] && command+=("${COMP_WORDS[1]}")
        candidates=$("${command[@]}" --complete 2>/dev/null | cut -f1)
        [[ -n $candidates ]] ||
            candidates=$("${COMP_WORDS[0]}" --complete 2>/dev/null | cut -f1) ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$word")
}
complete -o default -F _rpod_programs rpod rpod-doctor rpod-setup
