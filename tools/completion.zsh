#compdef rpod rpod-doctor rpod-setup
# SPDX-License-Identifier: Apache-2.0
# zsh completion of rpod's programs. The programs know their own words: they are asked.
local program=${words[1]:t} line i
local -a command=(${words[1]}) typed=("${(@)words[2,CURRENT]}") candidates
# each command of rpod knows its own options
if [[ $program == rpod ]]; then
    for ((i = 1; i < $#typed; i++)); do
        [[ $typed[i] == -* ]] && continue
        command+=($typed[i])
        typed=("${(@)typed[i+1,-1]}")
        break
    done
fi
for line in "${(@f)$($command --complete "${(@)typed}" 2>/dev/null)}"; do
    case $line:$program in
    @DIR:*) _files -/ ;;
    @FILE:*) _files ;;
    @ID:*) candidates+=(${(f)"$(rpod-doctor list 2>/dev/null | sed 's/  */:/')"}) ;;
    @USER:* | @NAME:rpod-setup | @NAME:rpod-doctor) _users ;;
    @RUN:*) candidates+=(${(f)"$(rpod-setup history 2>/dev/null | sed 's/:/\\:/g; s/  */:/')"}) ;;
    @CONTAINER:*) candidates+=(${(f)"$(rpod ps -a --format '{{.Names}}' 2>/dev/null)"}) ;;
    @*) ;;
    *) candidates+=("${${line%%$'\t'*}//:/\\:}${line#${line%%$'\t'*}}") ;;
    esac
done
candidates=("${(@)candidates/$'\t'/:}")
(( $#candidates )) && _describe 'command, option or value' candidates
