#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What real shells offer when a word of our command lines is completed.
# usage: RPOD_BUILD=build tests/local/completion.sh
# shellcheck disable=SC2317 # functions are called by the name of the shell
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
tools=$(cd "$(dirname "$0")/../../tools" && pwd)
export PATH=$build:$PATH HOME=$work
mkdir "$work/a-directory" "$work/.config"
touch "$work/a-file"
cd "$work" || exit 1

in_bash() { # words..., the last one being typed
    # shellcheck disable=SC2016 # for the shell inside
    bash --norc -c 'source "$1/completion.bash"; shift
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rpod_programs; printf "%s\n" "${COMPREPLY[@]}"' bash "$tools" "$@"
}
in_fish() {
    local line
    printf -v line '%s ' "${@:1:$#-1}"
    # shellcheck disable=SC2016
    fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$tools/completion.fish" "$line${*: -1}" | cut -f1
}
in_zsh() { # a terminal of its own, where a key lists what there is and then says so
    local line
    printf -v line '%s ' "${@:1:$#-1}"
    # shellcheck disable=SC2016
    zsh -f -c 'zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell "PS1=; stty columns 200; fpath=($2 \$fpath); autoload -U compinit; compinit -u -d $2/dump
            zstyle \":completion:*\" list-separator \"#\"; LISTMAX=1000; setopt no_beep
            list-them() { zle list-choices; zle -R; print -n \"\\nthat is\" all }; zle -N list-them; bindkey \"^T\" list-them
            echo rea\"dy\""
        zpty -m -r shell out "*ready*"
        zpty -n -w shell "$1"$'"'\\C-t'"'
        zpty -m -r shell out "*that is all*"; print -r -- "$out"' zsh "$line${*: -1}" "$work/zsh" 2>/dev/null |
        tr '\r' '\n' | sed 's/\x1b\[[0-9;?]*[a-zA-Z]/\n/g; s/ *#.*//' | tr -s ' ' '\n'
}
mkdir "$work/zsh" && cp "$tools/completion.zsh" "$work/zsh/_rpod-setup"

is_offered() { # shell, word that is offered, word that is not, line...
    local shell=$1 wanted=$2 unwanted=$3 output
    shift 3
    output=$("in_$shell" "$@")
    printf "'%s' offers: %s\n" "$*" "$(tr '\n' ' ' <<<"$output" | head -c 2000)"
    grep -qx -e "$wanted" <<<"$output" && ! grep -qx -e "$unwanted" <<<"$output"
}
offers() { check "in $2 $1" is_offered "${@:2}"; } # sentence, then the same

for shell in bash fish zsh; do
    command -v $shell >/dev/null || { skip "completion in $shell" 'it is not installed'; continue; }
    offers 'a command is completed' $shell user undo rpod-setup us
    offers 'an option is completed, its letter aside' $shell --dry-run --diff rpod-setup --dr
    offers 'an option behind the command too' $shell --dry-run --diff rpod-setup user --dr
    offers 'a user behind user' $shell daemon undo rpod-setup user dae
    offers 'a user behind options and user' $shell daemon undo rpod-setup --home /x user dae
    offers 'a check behind --only' $shell idmap.subuid user rpod-setup --only idmap.sub
    offers 'a directory behind --root' $shell 'a-directory/*' a-file rpod-setup --root a-
    offers 'the words of an option that has few' $shell always undo rpod-doctor --color al
    offers 'the forms of a report' $shell junit undo rpod-doctor --format ju
    offers 'files behind summary' $shell a-file undo rpod-doctor summary a-f
    offers 'the options of a command of rpod' $shell --cidfile --dry-run rpod run --cid
    offers 'the words of such an option' $shell passthrough k8s-file rpod run --log-driver pass
    offers 'nothing from the list of options where a value is typed' $shell --root --home rpod-setup --ro
done
exit $failed
