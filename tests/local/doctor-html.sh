#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The page of rpod-doctor --html: well-formed, alone, escaped, the fault marked, and narrow enough for a
# telephone, in a browser where there is one.
# usage: RPOD_BUILD=build tests/local/doctor-html.sh
# shellcheck disable=SC2317,SC2016 # functions are called through check()
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
hosts=$(cd "$(dirname "$0")/../hosts" && pwd)

page() { # host
    "$doctor" --root "$hosts/$1" --user "$(cat "$hosts/$1/user")" --html - >"$work/$1.html"
    [[ $? -le 1 && -s $work/$1.html ]]
}
has() { # host, xpath: it is true of the page
    [[ $(xmllint --xpath "$2" "$work/$1.html") == true ]] || { printf 'not so of %s: %s\n' "$1" "$2"; return 1; }
}
for host in "$hosts"/*/user; do
    host=$(basename "$(dirname "$host")")
    page "$host" || { printf 'not ok there is a page of %s\n' "$host"; failed=1; }
done

# A host that would be more than text: in a name of a user, of a range's owner, of a system, of a path.
evil='<script>alert(1)</script><img src="http://evil.example/x">]]>&amp;'
cp -r "$hosts/fault-subid-overlap" "$work/evil"
printf 'PRETTY_NAME="%s\033[2J\377"\nID=debian\n' "${evil//\"/}" >"$work/evil/etc/os-release"
sed -i "s|^bob:|${evil//&/\\&}:|" "$work/evil/etc/subuid"
"$doctor" --root "$work/evil" --user alice --html - >"$work/evil.html"

alone() { # nothing is fetched, nothing is run
    ! grep -liE '<script|<link|<iframe|<object|<img|@import|url\(|javascript:| on[a-z]+="| (src|srcset|action|data)="' "$@" &&
        ! grep -hoE '[a-z]+="[^"]*"' "$@" | grep -E '"(https?:)?//' && ! grep -hoE 'href="[^"]*"' "$@" | grep -v '="#'
}
check 'the pages stand alone' alone "$work"/*.html
check 'the hostile host is in its page, as text' bash -c "grep -F '&lt;script&gt;alert(1)&lt;/script&gt;' '$work/evil.html' | grep -qF 'http://evil.example'"
check 'and moves no cursor' bash -c "! grep -P '\x1b|\x9b' '$work/evil.html'"
if command -v xmllint >/dev/null; then
    check 'they are well-formed' xmllint --noout "$work"/*.html
    check 'every finding is there, with its fix' bash -c "
        '$doctor' --root '$hosts/fault-subid-overlap' --user alice --json | jq -r '.checks[] | select(.verdict == \"fail\") | .id' |
        while read -r id; do xmllint --xpath \"string(//article[@id='\$id'])\" '$work/fault-subid-overlap.html' | grep -qF 'sudo sed' || exit 1; done"
    check 'a node that keeps a controller is marked' has fault-user-slice-keeps "//li[contains(@class, 'break')]/div/code[@title='/user.slice'] and count(//li[contains(@class, 'break')]) = 1"
    check 'no node is on a host where all is well' has debian-13-ready "not(//li[contains(@class, 'break')]) and count(//ol[@class='tree']//li) > 2"
    check 'ids given twice are marked' has fault-subid-overlap "count(//span[@class='clash']) = 1 and contains(string(//span[@class='clashing']), 'bob')"
    check 'none are on a host where all is well' has debian-13-ready "not(//span[@class='clash']) and count(//span[@class='ours']) >= 3"
    check 'a mount that hurts is marked' has fault-usr-nosuid "contains(string(//section[contains(@class, 'hurt')]), 'nosuid')"
    check 'no mount is on a host where all is well' has debian-13-ready "not(//section[contains(@class, 'hurt')])"
    check 'every inner link leads somewhere' bash -c "
        for page in '$work'/*.html; do grep -o 'href=\"#[^\"]*' \"\$page\" | cut -d'#' -f2 | while read -r id; do
            grep -qF \"id=\\\"\$id\\\"\" \"\$page\" || { echo \"\$page \$id\"; exit 1; }; done || exit 1; done"
else
    skip 'the structure of the pages' 'there is no xmllint'
fi

# -- in a browser -----------------------------------------------------------------------------
# In a frame of that width; the page itself may run nothing, what measures it stands outside.
framed() { # width, pages...: prints PAGE WIDTH-IT-WANTS
    local width=$1 page
    shift
    for page; do
        {
            printf '<!DOCTYPE html><body><iframe id="f" style="border:0;width:%spx;height:900px" srcdoc="' "$width"
            sed 's/&/\&amp;/g; s/"/\&quot;/g' "$page"
            printf '"></iframe><p id="r"></p><script>document.getElementById("f").onload = function () {
                document.getElementById("r").textContent = "wants " + this.contentDocument.documentElement.scrollWidth + " px" }</script>'
        } >"$work/frame.htm"
        printf '%s ' "${page##*/}"
        timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
            --disable-background-networking --disable-component-update --disable-sync \
            --user-data-dir="$work/browser" --virtual-time-budget=5000 --dump-dom "file://$work/frame.htm" 2>/dev/null |
            grep -oE 'wants [0-9]+ px' || printf 'was not shown\n'
    done
}
fits() { # width, pages...
    framed "$@" >"$work/widths"
    cat "$work/widths"
    awk -v w="$1" -v n="$#" '$2 != "wants" || $3 > w { bad = 1 } END { exit bad || NR != n - 1 }' "$work/widths"
}
if command -v chromium >/dev/null; then
    mapfile -t some < <(printf '%s\n' "$work"/{evil,fault-subid-overlap,fault-user-slice-keeps,lxc-debian-12}.html)
    check 'at 360 pixels nothing is wider than the page' fits 360 "${some[@]}"
    check 'nor at 1280' fits 1280 "$work/fault-subid-overlap.html"
    printf '<!DOCTYPE html><body><p style="width:500px">x</p>' >"$work/wide.htm"
    check 'what is wider is seen to be' bash -c "$(declare -f framed fits); work='$work'; ! fits 360 '$work/wide.htm'"
else
    skip 'how the pages fit a telephone' 'THERE IS NO CHROMIUM (package chromium)'
fi
exit $failed
