#compdef rpod rpod-doctor rpod-setup
# SPDX-License-Identifier: Apache-2.0
# zsh completion of rpod's programs. The programs know their own words: they are asked.
local -a command candidates lines
command=(${words[1]})
(( CURRENT > 2 )) && [[ ${words[2]} != -* ]] && command+=(${words[2]})
lines=(${(f)"$(${command} --complete 2>/dev/null || ${words[1]} --complete 2>/dev/null)"})
for line in $lines; do
    candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
done
_describe 'command or option' candidates || _files
