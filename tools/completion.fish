# SPDX-License-Identifier: Apache-2.0
# fish completion of rpod's programs. The programs know their own words: they are asked.
function __rpod_list
    switch "$argv[1]:$argv[2]"
        case 'DIR:*'
            __fish_complete_directories $argv[3]
        case 'FILE:*'
            __fish_complete_path $argv[3]
        case 'ID:*'
            rpod-doctor list 2>/dev/null | string replace -r '  +' \t
        case 'USER:*' 'NAME:rpod-setup' 'NAME:rpod-doctor'
            __fish_complete_users
        case 'RUN:*'
            rpod-setup history 2>/dev/null | string replace -r '  +' \t
        case 'CONTAINER:*'
            rpod ps -a --format '{{.Names}}' 2>/dev/null
    end
end
function __rpod_words
    set -l typed (commandline -ct)
    set -l words (commandline -opc)
    set -l program (string replace -r '.*/' '' -- $words[1])
    set -l command $words[1]
    set -e words[1]
    # each command of rpod knows its own options
    if test $program = rpod
        for i in (seq (count $words))
            if not string match -q -- '-*' $words[$i]
                set -a command $words[$i]
                set -e words[1..$i]
                break
            end
        end
    end
    for line in ($command --complete $words "$typed" 2>/dev/null)
        if string match -q '@*' -- $line
            __rpod_list (string sub -s 2 -- $line) $program "$typed"
        else
            echo $line
        end
    end
end
for program in rpod rpod-doctor rpod-setup
    complete -c $program -f -a '(__rpod_words)'
end
