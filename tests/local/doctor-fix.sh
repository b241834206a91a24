#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-doctor --fix: on a terminal it shows the plan, asks, applies through rpod-setup and judges
# again; elsewhere it prints one line. On copies of /etc, /home and /var: this machine stays as it is.
# usage: RPOD_BUILD=build tests/local/doctor-fix.sh
# shellcheck disable=SC2317,SC2016 # functions are called through check(); inner shells expand
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"

need_root 'mending'
command -v script >/dev/null || { skip 'mending on a terminal' 'no script(1)'; exit $failed; }
chmod 755 "$work"
cp "$doctor" "$work/rpod-doctor"
cp "$setup" "$work/rpod-setup" # the one beside it is taken
cat >"$work/inside" <<'INSIDE'
printf 'mend:x:54397:54397::/home/mend:/bin/sh\n' >>/etc/passwd
printf 'mend:x:54397:\n' >>/etc/group
install -d -o 54397 -g 54397 /home/mend
cd /
ids="--user mend --check idmap.subuid --check idmap.subgid"
typed() { # what is typed, words of the command line...
    printf '%s\n' "$1" | timeout -s KILL 60 script -qec "stty -echo; ${*:2}" /dev/null
}
ranges() { printf 'ranges %d\n' "$(cat /etc/subuid /etc/subgid | grep -c '^mend:')"; }
INSIDE
inside() { on_a_copy "source '$work/inside'; ${1//FIX/$work/rpod-doctor --fix}"; }
all_said() { # words|words..., script: all of them are printed
    local words said
    said=$(inside "$2" 2>&1)
    while IFS= read -r -d '|' words; do
        [[ $said == *"$words"* ]] || { printf "no '%s' in:\n%s\n" "$words" "$said"; return 1; }
    done <<<"$1|"
}

check 'without a terminal one line is printed' all_said 'to mend what can be mended: rpod-setup --only idmap.subuid user mend|ranges 0' 'FIX $ids; ranges'
check 'on one the plan is shown and no means no' all_said 'idmap.subuid|Do this now?|ranges 0' 'typed n FIX $ids; ranges'
check 'nothing typed is no' all_said 'Do this now?|ranges 0' 'typed "" FIX $ids; ranges'
check 'yes applies it, and it is judged again' all_said 'Do this now?|ranges 2|2 ok' 'typed y FIX $ids; ranges'
check 'what was not chosen is not mended' all_said 'nothing that rpod-setup could mend|ranges 0' 'FIX --yes --user mend --check home.owner; ranges'
check '--yes applies without a terminal' all_said 'ranges 2|2 ok' 'FIX --yes $ids; ranges'
check 'where nothing is amiss there is nothing to do' all_said 'there is nothing that rpod-setup could mend' 'FIX --yes $ids >/dev/null; FIX --yes $ids'
check 'an ordinary user is given sudo' all_said 'to mend what can be mended: sudo rpod-setup --only idmap.subuid|ranges 0' \
    'setpriv --reuid 54397 --regid 54397 --clear-groups FIX --check idmap.subuid; ranges'
check 'a guard is passed on' all_said 'rpod-setup --allow-weaken low-ports' 'FIX --allow-weaken low-ports --user mend'
check 'and none by itself' bash -c "! '$work/rpod-doctor' --fix --user nobody 2>&1 | grep -e allow-weaken"
check 'an unknown guard is refused' refuses 64 "not 'firewall'" "$doctor" --fix --allow-weaken firewall
check 'no guard without --fix' refuses 64 'go with' "$doctor" --allow-weaken low-ports
check 'nor --yes' refuses 64 'go with' "$doctor" --yes
exit $failed
