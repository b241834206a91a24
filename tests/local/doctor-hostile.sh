#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Recorded hosts that mean harm: whatever stands where a file should be, rpod-doctor ends, reads
# nothing outside of the tree, and prints neither what moves a cursor nor what is no UTF-8.
# (The limit on time is far above what a look takes, and below what waits for ever.)
# usage: RPOD_BUILD=build tests/local/doctor-hostile.sh
# shellcheck disable=SC2317,SC2016 # functions are called through check(); inner shells expand
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
hosts=$(cd "$(dirname "$0")/../hosts" && pwd)
printf 'the-secret-outside:x:0:0::/:/bin/sh\n' >"$work/outside"

harmless() { # file: no control characters but newline and tab, all of it UTF-8
    iconv -f UTF-8 -t UTF-8 "$1" >/dev/null || { echo "no UTF-8 in $1"; return 1; }
    if LC_ALL=C grep -a -n $'[\x01-\x08\x0b-\x1f\x7f]' "$1" >"$work/found"; then
        cat -v "$work/found"
        return 1
    fi
    [[ $(tr -d -c '\000' <"$1" | wc -c) -eq 0 ]]
}
survives() { # tree: text, JSON and explain of it
    local status
    for words in '-v' '--json' '--json --user alice explain x' 'explain cannot\ clone' '--quiet --color=always'; do
        # shellcheck disable=SC2086 # words are parted
        eval "timeout -s KILL 60 '$doctor' --root '$1' --user alice $words" >"$work/out" 2>"$work/err" </dev/null
        status=$?
        [[ $status -eq 0 || $status -eq 1 || $status -eq 70 ]] || { echo "status $status of $words"; tail -3 "$work/err"; return 1; }
        [[ $words == *always* ]] && sed -i 's/\x1b\[[0-9;]*m//g' "$work/out" # our own colours
        harmless "$work/out" || return 1
        harmless "$work/err" || return 1
        if grep -e the-secret-outside "$work/out" "$work/err"; then return 1; fi
        [[ $words != *json* || $status -eq 70 ]] || jq -e .schema "$work/out" >/dev/null || return 1
    done
}
# Every file of a host but its answers becomes another thing.
each_file() { # host, name, command that gets the file's name
    local tree=$work/$2 file
    rm -rf "$tree"
    cp -r "$hosts/$1" "$tree"
    find "$tree" -type f ! -path '*/.rpod/*' ! -name 'expect.*' -print0 | while IFS= read -r -d '' file; do
        "$3" "$file" || return 1
    done
}
to_fifo() { rm "$1" && mkfifo "$1"; }
to_zero() { rm "$1" && mknod "$1" c 1 5; }
to_disk() { rm "$1" && mknod "$1" b 7 0; }
to_socket() { rm "$1" && perl -MIO::Socket::UNIX -e 'chdir $ARGV[0]; IO::Socket::UNIX->new(Local => $ARGV[1], Listen => 1) or die' "$(dirname "$1")" "$(basename "$1")"; }
to_directory() { rm "$1" && mkdir "$1"; }
to_self() { ln -sf "$(basename "$1")" "$1"; }
to_loop() { rm "$1" && ln -s loop1 "$1" && ln -sf "$(basename "$1")" "$(dirname "$1")/loop1"; }
to_outside() { ln -sf "$work/outside" "$1"; }
to_above() { ln -sf ../../../../../../../../../../../../../../../.."$work"/outside "$1"; }
to_huge() { truncate -s 1G "$1"; }
to_zeros() { head -c 5000 /dev/zero >"$1"; }
to_noise() { head -c 5000 /dev/urandom >"$1"; }
to_latin() { sed -i 's/[aeio]/\xe4/g' "$1"; }
to_escapes() { sed -i 's/\([a-z0-9=:]\)/\1\x1b]0;x\x07\x1b[2J\xc2\x9b31m/g' "$1"; }
to_arrows() { sed -i 's/\([a-z]\)/\1\xe2\x80\xae/g' "$1"; }
to_long() { head -c 300000 /dev/zero | tr '\0' 'a' >"$1"; }
to_lines() { head -c 300000 /dev/zero | tr '\0' '\n' >"$1"; }
to_empty() { : >"$1"; }
to_nothing() { chmod 0 "$1"; }

kinds='fifo directory self loop outside above huge zeros noise latin escapes arrows long lines empty nothing'
command -v perl >/dev/null && kinds+=' socket'
[[ $(id -u) -eq 0 ]] && mknod "$work/try" c 1 5 2>/dev/null && kinds+=' zero disk'
for kind in $kinds; do
    more=''
    [[ $kind != zeros && $kind != noise && $kind != latin && $kind != escapes ]] || more='fault-selinux-labels wsl2-ubuntu-22.04'
    for host in debian-13-ready $more; do
        each_file "$host" tree "to_$kind" || { check "$host with $kind is made" false; continue; }
        check "$host, every file become $kind" survives "$work/tree"
    done
done

# -- answers ---------------------------------------------------------------------------------------
answers() { # command that gets the file's name
    rm -rf "$work/tree"
    cp -r "$hosts/debian-13-ready" "$work/tree"
    "$1" "$work/tree/.rpod/answers"
}
for kind in fifo directory loop outside huge zeros noise latin escapes arrows long lines empty nothing; do
    answers "to_$kind"
    check "answers become $kind" survives "$work/tree"
done
answers true
sed -i 's/0\t/0\t\\n\\r\\t/' "$work/tree/.rpod/answers"
check 'answers of several lines' survives "$work/tree"
sed -i 's/\(mode\|uid\|size\)=[0-9]*/\1=99999999999999999999/g; s/ok 0 [0-9]*/ok 0 99999999999/' "$work/tree/.rpod/answers"
check 'answers with numbers beyond all bounds' survives "$work/tree"

# -- directories -----------------------------------------------------------------------------------
answers true
(cd "$work/tree" && for ((i = 0; i < 200; i++)); do mkdir -p etc/sysctl.d/d; cd etc/sysctl.d/d || exit; done)
(cd "$work/tree/etc/sysctl.d" && for ((i = 0; i < 5000; i++)); do printf 'kernel.x%d = 1\n' $i >$i.conf; done)
printf 'user.max_user_namespaces=0\n' >"$work/tree/etc/sysctl.d/"$'99-\e[31m\n\xff.conf'
check 'thousands of drop-ins, deep and oddly named' survives "$work/tree"

# -- what is explained -----------------------------------------------------------------------------
explains() { timeout -s KILL 60 "$doctor" --root "$hosts/debian-13-ready" --user alice "${@:2}" explain <"$1" >"$work/out" 2>"$work/err" && harmless "$work/out" && harmless "$work/err"; }
printf 'cannot clone: \e[2J\e]0;x\aNo space left on device \xc2\x9b31m \xff\xfe \xe2\x80\xae x\0y\n' >"$work/text"
check 'a message with sequences is told without' explains "$work/text"
check 'and is known' grep -q userns.max "$work/out"
check 'in JSON too' explains "$work/text" --json
head -c 3000000 /dev/urandom >"$work/text"
check 'noise is explained' explains "$work/text"
head -c 3000000 /dev/zero >"$work/text"
check 'so are zeros' explains "$work/text"
head -c 3000000 /dev/zero | tr '\0' '*' >"$work/text"
check 'and a line without an end' explains "$work/text"
check 'a directory is no text' status_is 70 timeout -s KILL 60 "$doctor" --root "$work/tree" --file "$hosts" explain
exit $failed
