#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # a script calls what it needs of this
# The steps of export-steps.sh that give a user ids; they call those there.

# What NAME still lacks of COUNT ids in both files: "enough", "START COUNT" of a free range that
# both get, or what is in the way. Free is what no line of either file has, no user or group is,
# login.defs allows, and, while there is room elsewhere, systemd gives to no container.
rpod_subid_range() { # NAME COUNT
    {
        printf 'me:%s:%s\n' "$1" "$(id -u "$1")"
        sed -n 's/^[[:space:]]*SUB_\([UG]ID\)_\(M[IA][NX]\)[[:space:]][[:space:]]*\([0-9]*\).*/\1\2:\3/p' \
            /etc/login.defs
        for file in subuid subgid; do
            sed -n "/^#/d; /^\$/d; s/^/$file:/p" "/etc/$file"
            echo # the last line may lack its newline
        done
        { getent passwd && getent group; } | cut -d: -f1,3 | sed 's/^/real:/'
    } 2>/dev/null | awk -F: -v wanted="$2" '
        function meets(a, n, b, m) { return n > 0 && m > 0 && a < b + m && b < a + n }
        function behind(start, n, polite,    i) {
            for (i = 1; i <= taken; i++)
                if ((polite || !others[i]) && meets(start, n, first[i], size[i]))
                    return first[i] + size[i]
            return 0
        }
        function search(n, polite,    start, beyond) {
            for (start = low; start + n - 1 <= high; start = beyond)
                if (!(beyond = behind(start, n, polite))) return start
            return -1
        }
        # how many ids the file without this range has room for there
        function twin(key,    range, i, other) {
            split(key, range, " ")
            other = ("subuid", key) in has ? "subgid" : "subuid"
            if ((other, key) in has) return 0
            for (i = 1; i <= taken; i++)
                if (of[i] == other && meets(range[1], range[2], first[i], size[i])) return 0
            return range[2]
        }
        function take(start, n, other) { first[++taken] = start; size[taken] = n; others[taken] = other }
        function number(s) { return s ~ /^[0-9]+$/ }
        BEGIN {
            low = 100000; high = 600100000
            take(524288, 1878523904, 1); take(2147352576, 65536, 1); take(4294967295, 1, 0)
        }
        $1 == "me" { name = $2; uid = $3 }
        $1 ~ /MIN$/ { min[$1] = $2 + 0 }
        $1 ~ /MAX$/ { max[$1] = $2 + 0 }
        $1 == "real" && number($3) { take($3 + 0, 1, 0) }
        $1 == "subuid" || $1 == "subgid" {
            if (NF != 4 || !number($3) || !number($4)) { bad = "/etc/" $1 " has a line that is none"; next }
            take($3 + 0, $4 + 0, 0); of[taken] = $1
            if ($2 != name && $2 != uid) next
            own[$1] += $4; key = $3 " " $4
            has[$1, key] = 1; if (!(key in seen)) keys[++ranges] = key
            seen[key] = 1
        }
        END {
            if (bad) { print bad; exit }
            least = own["subuid"] < own["subgid"] ? own["subuid"] : own["subgid"]
            most = own["subuid"] + own["subgid"] - least
            if (least >= wanted) { print "enough"; exit }
            for (i = 1; most >= wanted && i <= ranges; i++)
                if (least + twin(keys[i]) >= wanted) { print keys[i]; exit }
            if (("UIDMIN" in min)) low = min["UIDMIN"]
            if (("GIDMIN" in min) && min["GIDMIN"] > low) low = min["GIDMIN"]
            if (("UIDMAX" in max)) high = max["UIDMAX"]
            if (("GIDMAX" in max) && max["GIDMAX"] < high) high = max["GIDMAX"]
            if (low < 65536) low = 65536
            n = wanted - least
            if (wanted >= 65536) n = int((n + 65535) / 65536) * 65536
            start = search(n, 1)
            if (start < 0) start = search(n, 0)
            if (start < 0) print "there is no free range of " n
            else printf "%.0f %.0f\n", start, n
        }'
}

# A line of its own, whatever the file ends in.
rpod_subid_line() { # FILE LINE
    grep -q -x -F -- "$2" "$1" && return
    [ -z "$(tail -c 1 "$1")" ] || echo >>"$1"
    printf '%s\n' "$2" >>"$1"
}

rpod_subid() { # NAME COUNT
    if grep -q '^[[:space:]]*subid:' /etc/nsswitch.conf 2>/dev/null &&
        ! grep -q '^[[:space:]]*subid:[[:space:]]*files' /etc/nsswitch.conf; then
        echo "left as they are: subordinate ids come from where /etc/nsswitch.conf says"
        return
    fi
    if ! id -u "$1" >/dev/null 2>&1; then
        rpod_fail "there is no user '$1' to give ids to"
        return
    fi
    for file in /etc/subuid /etc/subgid; do
        [ -e "$file" ] || : >"$file"
    done
    range=$(rpod_subid_range "$1" "$2")
    case $range in
    enough) return ;;
    [0-9]*' '[0-9]*) ;;
    *)
        rpod_fail "cannot give ids to '$1': ${range:-awk printed nothing}"
        return
        ;;
    esac
    start=${range% *} count=${range#* }
    last=$((start + count - 1))
    if ! usermod --add-subuids "$start-$last" --add-subgids "$start-$last" "$1" 2>/dev/null; then
        rpod_subid_line /etc/subuid "$1:$start:$count"
        rpod_subid_line /etc/subgid "$1:$start:$count"
    fi
    if [ "$(rpod_subid_range "$1" "$2")" = enough ]; then
        rpod_did "gave the ids $start-$last to '$1'"
    else
        rpod_fail "'$1' still has less than $2 ids in /etc/subuid and /etc/subgid"
    fi
}
