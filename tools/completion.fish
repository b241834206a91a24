# SPDX-License-Identifier: Apache-2.0
# fish completion of rpod's programs. The programs know their own words: they are asked.
function __rpod_words
    set -l words (commandline -opc)
    set -l command $words[1]
    if test (count $words) -gt 1; and not string match -q -- '-*' $words[2]
        set command $words[1..2]
    end
    $command --complete 2>/dev/null
    or $words[1] --complete 2>/dev/null
end
for program in rpod rpod-doctor rpod-setup
    complete -c $program -a '(__rpod_words)'
end
