#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What rpod-setup remembers of its runs and takes back: histories of several runs, journals that were
# damaged, all on small trees (--root).
# usage: RPOD_BUILD=build tests/local/setup-undo.sh
# shellcheck disable=SC2317 # functions are called through check()
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"

script() { bash -euc "$1"; }

need_root 'runs and what is taken back'

# A small host; from then on $t is its tree, $run its rpod-setup: make_tree NAME
make_tree() {
    t=$work/$1 run="$setup --root $work/$1" runs=$work/$1/var/lib/rpod/setup
    mkdir -p "$t"/{etc/skel,usr/bin,bin,var/lib,home/ann}
    printf 'root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n' >"$t/etc/passwd"
    printf 'root:x:0:\nann:x:1000:\n' >"$t/etc/group"
    printf 'root:*:19000:0:99999:7:::\n' >"$t/etc/shadow"
    printf 'ann:100000:65536\n' | tee "$t/etc/subuid" >"$t/etc/subgid"
    printf 'ID=debian\nVERSION_ID="13"\n' >"$t/etc/os-release"
    touch "$t"/usr/bin/{newuidmap,newgidmap,pasta}
    chmod 4755 "$t"/usr/bin/new{u,g}idmap
}
export -f fingerprint
export work

# -- two runs that change the same file ---------------------------------------------------------
make_tree twice
export t run runs
fingerprint "$t" >"$work/before"
check 'two runs change one file' script "$run --ports-from 80 ports; $run --ping ports
    test \$(ls $runs/*.json | wc -l) = 2"
mapfile -t names < <(cd "$runs" && printf '%s\n' *.json | sed 's/\.json$//')
first=${names[0]} second=${names[1]}
check 'a dry run says that the older one would leave it' script "$run -n undo $first | grep \"'/etc/sysctl.d/60-rpod.conf' stays: it was changed since\""
check 'the older one leaves it alone, with words' script "$run undo $first | grep \"'/etc/sysctl.d/60-rpod.conf' stays: it was changed since; the later run $second changed it too\"
    grep -q port_start $t/etc/sysctl.d/60-rpod.conf; grep -q ping_group $t/etc/sysctl.d/60-rpod.conf"
check 'once the newer one is taken back' script "$run undo $second; grep -q port_start $t/etc/sysctl.d/60-rpod.conf; ! grep -q ping_group $t/etc/sysctl.d/60-rpod.conf"
check 'the older one can be, named again' script "$run undo $first; diff $work/before <(fingerprint $t)"

# -- what would be taken back -------------------------------------------------------------------
make_tree shown
fingerprint "$t" >"$work/before"
$run -q user two
check 'undo --dry-run --diff shows lines that go' script "$run -n --diff undo >$work/diff; grep -x -- '-two:x:1001:1001::/home/two:/bin/sh' $work/diff
    grep -x -- '-two:[0-9]*:65536' $work/diff; grep -q 'nothing was changed' $work/diff"
check 'and files that go, as diff -u would' script "$run -q --ports-from 80 ports
    $run -n --diff undo | grep -A1 -x -- '--- /etc/sysctl.d/60-rpod.conf' | grep -x '+++ /dev/null'; $run -q undo"
check 'and no password file' script "! $run -n --diff undo | grep -F '*:19000'"
check 'as JSON too' script "$run --json -n undo | jq -e '.failed == false and ([.diff[].after_header] | index(\"/etc/passwd\")) != null
    and (.changes | all(.state == \"would\"))'"
check 'and nothing was taken back' grep -q '^two:' "$t/etc/passwd"
check 'then it is, byte for byte' script "$run undo; diff $work/before <(fingerprint $t)"

# -- edited, removed ----------------------------------------------------------------------------
make_tree edited
$run -q --ports-from 80 ports
echo '# mine' >>"$t/etc/sysctl.d/60-rpod.conf"
check 'a file edited by hand stays' script "$run undo | grep 'stays: it was changed since'; grep -x '# mine' $t/etc/sysctl.d/60-rpod.conf"
make_tree removed
fingerprint "$t" >"$work/before"
$run -q --ports-from 80 ports
rm -r "$t/etc/sysctl.d"
check 'a file removed by hand is nothing to take back' script "$run undo; diff $work/before <(fingerprint $t)"
make_tree lines
fingerprint "$t" >"$work/before"
$run -q user two
sed -i '/^two:/d' "$t"/etc/{passwd,group,shadow,subuid,subgid}
rm -rf "$t/home/two"
check 'a user removed by hand is nothing to take back' script "$run undo; diff $work/before <(fingerprint $t)"

# -- damaged journals ---------------------------------------------------------------------------
make_tree damaged
$run -q --ports-from 80 ports
$run -q --ping ports
$run -q user two
fingerprint "$t" >"$work/made"
mapfile -t names < <(cd "$runs" && printf '%s\n' *.json | sed 's/\.json$//')
cp "$runs/${names[2]}.json" "$work/good"
damage() { # how: the newest journal is damaged so, and nothing of the host is changed by it
    cp "$work/good" "$runs/${names[2]}.json"
    script "$1" || return 1
    script "status=0; $run undo >$work/out 2>&1 || status=\$?; cat $work/out; test \$status -eq 1
        grep -F '$newest' $work/out; grep -F 'another run, name it' $work/out; test \$(grep -c rpod-setup: $work/out) = 1
        ! $run undo ${names[2]}; ! $run -n undo; diff $work/made <(fingerprint $t)
        status=0; $run history >$work/out || status=\$?; test \$status -eq 1
        grep '^${names[2]}  damaged: ' $work/out; grep '^${names[1]} .* done ' $work/out; grep '^${names[0]} .* done ' $work/out
        $run --json history | jq -e '[.runs[].state] == [\"damaged\", \"done\", \"done\"] and .runs[0].error != \"\"'
        $run --json undo 2>/dev/null | jq -e '.failed and .changed == false'"
}
newest=/var/lib/rpod/setup/${names[2]}.json
j=$runs/${names[2]}.json
check 'a journal of which a byte is another' damage "sed -i 's,/home/two,/home/ann,' $j"
check 'a journal cut short' damage "truncate -s -100 $j"
check 'an empty journal, as a power cut leaves one on some disks' damage "truncate -s 0 $j"
check 'a journal of zeros' damage "size=\$(stat -c %s $j); head -c \$size /dev/zero >$j"
check 'a journal of another schema' damage "sed -i 's,rpod-setup-journal/[0-9]*,rpod-setup-journal/99,' $j"
check 'a journal that is a link' damage "mv $j $work/elsewhere; ln -s $work/elsewhere $j"
check 'a journal that is a directory' damage "rm $j; mkdir $j"
rm -rf "$j"
cp "$work/good" "$j"
echo x >>"$runs/${names[0]}.json"
check 'one of an earlier run is not in the way of a later' script "$run undo; $run undo; test ! -e $t/home/two; ! $run undo"
check 'and the next run goes on beside it' script "$run user two; $run undo; test ! -e $t/home/two"

# -- journals of an image that somebody made to do harm: their sums are right -----------------------
forge() { # the program of jq that makes the last run's journal another
    local text sum
    make_tree forged
    rm -rf "$runs"
    $run -q --ports-from 80 ports
    j=$(echo "$runs"/*.json)
    text=$(jq --indent 2 ".sha256 = (\"0\" * 64) | $1" "$j")
    sum=$(printf '%s' "$text" | sha256sum | cut -c 1-64)
    printf '%s' "$text" | sed "s/\"sha256\": \"0*\"/\"sha256\": \"$sum\"/" >"$j"
}
mkdir "$work/outside"
harmless() { # program: undo does no harm outside
    echo precious >"$work/outside/f"
    forge "$1"
    script "$run undo || true; timeout 10 $run history || true; grep -x precious $work/outside/f; test -e $t/etc/passwd; cat $t/etc/passwd | grep -q ann"
}
check 'the sum is the one of the file with zeros in its place' script "$(declare -f make_tree forge); setup=$setup; forge .; \$run undo"
check 'a path out of the tree' harmless ".entries[].effects[].path = \"/../outside/f\""
check 'a path through a link out of the tree' harmless ".entries[].effects[] |= (.path = \"/etc/out/f\" | .after = \"precious\\n\")"
ln -s ../../outside "$work/forged/etc/out"
check 'the same where the link is there' harmless ".entries[].effects[] |= (.path = \"/etc/out/f\" | .after = \"precious\\n\")"
rm "$work/forged/etc/out"
ln -s "$work/outside/f" "$work/forged/etc/link"
check 'a path that is a link out of the tree' harmless ".entries[].effects[] |= (.path = \"/etc/link\" | .after = \"precious\\n\")"
check 'huge numbers' harmless ".entries[] |= (.number = 1e300 | .count = -9223372036854775808 | .needs = 99999999999999999999)"
check 'ten thousand effects' harmless ".entries[0].effects = [range(10000) | {what: \"directory\", path: \"/etc/\\(.)\"}]"
check 'a path longer than a path can be' harmless ".entries[].effects[].path = (\"/a\" * 5000)"

# -- a journal that cannot be written -----------------------------------------------------------
make_tree frozen
$run -q user two
fingerprint "$t" >"$work/made"
if unshare -m true 2>/dev/null; then
    check 'an undo that could not note what it did is 78 and takes nothing back' script "status=0
        unshare -m bash -c 'mount --make-rprivate / && mount --bind $t/var $t/var && mount -o remount,bind,ro $t/var && $run undo' || status=\$?
        test \$status -eq 78; diff $work/made <(fingerprint $t)"
else
    printf 'skip an undo that could not note what it did: no mount namespaces here\n'
fi
exit $failed
