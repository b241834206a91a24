#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Images of other programs' making, opened as root and as an ordinary user with subordinate ids:
# what is unpacked is compared with what went in.
# usage: RPOD_BUILD=build tests/local/image.sh
set -uo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
build=${RPOD_BUILD:-build}
[[ $build == /* ]] || build=$top/$build
work=$(mktemp -d /var/tmp/rpod-image.XXXXXX)
chmod 755 "$work"
tool=$work/image-unpack
install -m 755 "$build/tests/tools/image-unpack" "$tool"
# an ordinary user with subordinate ids, where root runs this and there is one
user='' ids=''

# shellcheck disable=SC2317 # called by the trap
cleanup() {
    [[ -z $user ]] || as_user "$tool" in rm -rf "$work/user" 2>/dev/null
    "$tool" in rm -rf "$work/root" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT

ok() { printf 'ok %s\n' "$*"; }
not_ok() { printf 'not ok %s\n' "$*"; }
skip() { printf 'skip %s\n' "$*"; }
verdict() { if [[ $1 == 0 ]]; then ok "${@:2}"; else not_ok "${@:2}"; fi; }
missing() { ! command -v "$1" >/dev/null; }

find_user() {
    local name first count
    while IFS=: read -r name first count; do
        if [[ $count -lt 65536 ]] || ! id -u "$name" >/dev/null 2>&1; then continue; fi
        grep -q "^$name:$first:$count$" /etc/subgid || continue
        if [[ $EUID == 0 && $(id -u "$name") != 0 ]] || [[ $(id -un) == "$name" ]]; then
            user=$name ids=$first:$count
            return
        fi
    done </etc/subuid
}

as_user() { # in the user's id map where this runs as root
    if [[ $EUID == 0 ]]; then
        (cd / && setpriv --reuid "$(id -u "$user")" --regid "$(id -g "$user")" --clear-groups \
            env USER="$user" IDMAP="$ids" "$@")
    else
        IDMAP=$ids "$@"
    fi
}

# -- a layout by hand: one layer from a tar, packed by $2 ------------------------------------
blob() { # layout, file -> digest
    local digest
    digest=$(sha256sum <"$2" | cut -d' ' -f1)
    cp "$2" "$1/blobs/sha256/$digest"
    printf '%s' "$digest"
}

machine() {
    case $(uname -m) in
    x86_64) echo amd64 ;; aarch64) echo arm64 ;; i?86) echo 386 ;; armv*) echo arm ;;
    *) uname -m ;;
    esac
}

layout() { # directory, tar, packing (cat, gzip, zstd), media type's end
    local dir=$1 diff layer config manifest
    mkdir -p "$dir/blobs/sha256"
    echo '{"imageLayoutVersion":"1.0.0"}' >"$dir/oci-layout"
    diff=$(sha256sum <"$2" | cut -d' ' -f1)
    "$3" <"$2" >"$dir/packed"
    layer=$(blob "$dir" "$dir/packed")
    printf '{"os":"linux","architecture":"%s","config":{"Cmd":["/bin/x"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
        "$(machine)" "$diff" >"$dir/config"
    config=$(blob "$dir" "$dir/config")
    printf '{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%d},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar%s","digest":"sha256:%s","size":%d}]}' \
        "$config" "$(stat -c %s "$dir/config")" "$4" "$layer" "$(stat -c %s "$dir/packed")" >"$dir/manifest"
    manifest=$(blob "$dir" "$dir/manifest")
    printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%d,"annotations":{"org.opencontainers.image.ref.name":"t"}}]}' \
        "$manifest" "$(stat -c %s "$dir/manifest")" >"$dir/index.json"
    chmod -R a+rX "$dir"
}

tree() { # what goes in
    local i
    mkdir -p "$work/tree/bin" "$work/tree/etc/deep/er" "$work/tree/tmp"
    for i in 1 2 3 4 5 6 7 8; do
        head -c $((i * 9973)) /dev/urandom >"$work/tree/etc/file$i"
    done
    printf 'x' >"$work/tree/bin/x"
    ln "$work/tree/bin/x" "$work/tree/bin/y"
    ln -s ../etc/file1 "$work/tree/bin/link"
    ln -s /etc/none "$work/tree/etc/deep/er/dangling"
    mkfifo "$work/tree/tmp/pipe"
    truncate -s 5M "$work/tree/etc/sparse"
    printf 'end' >>"$work/tree/etc/sparse"
    printf 'utf8' >"$work/tree/etc/$(printf 'caf\303\251')"
    printf 'long' >"$work/tree/etc/deep/$(printf 'n%.0s' {1..200})"
    chmod 4755 "$work/tree/bin/x"
    chmod 1777 "$work/tree/tmp"
    chmod 500 "$work/tree/etc/deep"
    touch -d '2001-02-03 04:05:06.789' "$work/tree/etc/file2" "$work/tree/etc/deep/er"
}

# names, kinds, modes, owners as seen in the id map, links, sizes, seconds, and contents
facts="cd \"\$1\" && find . -mindepth 1 -printf '%P %y %m %U:%G %l %n %s %Ts\n' |
    sed -E '/ d /s/ [0-9]+ ([0-9]+)\$/ \1/' | sort && find . -type f -print0 | sort -z | xargs -0 sha256sum"

layer_of() { sed -n 's/^layer //p' "$1" | head -1; }

compare() { # words, layout, packing...
    local words=$1
    "$tool" open "$work/root" "oci:$2:t" >"$work/out" 2>&1 &&
        "$tool" in bash -c "$facts" - "$(layer_of "$work/out")" >"$work/got" &&
        diff "$work/want" "$work/got" >"$work/diff"
    local status=$?
    [[ $status == 0 ]] || head -5 "$work/out" "$work/diff"
    verdict $status "$words"
}

compare_user() {
    as_user "$tool" open "$work/user" "oci:$2:t" >"$work/out" 2>&1 &&
        as_user "$tool" in bash -c "$facts" - "$(layer_of "$work/out")" >"$work/got" &&
        diff "$work/want" "$work/got" >"$work/diff"
    local status=$?
    [[ $status == 0 ]] || head -5 "$work/out" "$work/diff"
    verdict $status "$1"
}

fails_with() { # words, pattern, command...
    local words=$1 pattern=$2
    shift 2
    if "$@" >"$work/out" 2>&1; then
        not_ok "$words (it succeeded)"
    elif grep -q "$pattern" "$work/out"; then
        ok "$words"
    else
        head -3 "$work/out"
        not_ok "$words"
    fi
}

find_user
tree
owner=0:0
tar -C "$work/tree" --sparse --format=pax --owner=0 --group=0 --numeric-owner -cf "$work/root.tar" .
bash -c "$facts" - "$work/tree" | sed -E "s/ $EUID:$(id -g) / $owner /" >"$work/want"
layout "$work/plain" "$work/root.tar" cat ''
layout "$work/gzip" "$work/root.tar" gzip +gzip

if [[ $EUID == 0 ]]; then
    compare 'image: a plain layer unpacks to what went in, as root' "$work/plain"
else
    skip 'image: a plain layer as root: this is not root'
fi
if [[ -n $user ]]; then
    mkdir -p "$work/user" && { [[ $EUID != 0 ]] || chown "$user:" "$work/user"; }
    compare_user "image: a gzip layer unpacks to what went in, as $user" "$work/gzip"
    as_user "$tool" in rm -rf "$work/user/rpod"
    if missing zstd; then
        skip 'image: a zstd layer: no zstd here'
    else
        layout "$work/zstd" "$work/root.tar" zstd +zstd
        compare_user "image: a zstd layer unpacks to what went in, as $user" "$work/zstd"
    fi
    tar -C "$work/tree" --owner=70000 --group=70000 --numeric-owner -cf "$work/far.tar" ./bin/x
    layout "$work/far" "$work/far.tar" gzip +gzip
    fails_with "image: an owner outside the map names the check, as $user" 'idmap.subuid' \
        as_user "$tool" open "$work/user" "oci:$work/far"
    head -c 50M /dev/zero >"$work/zeros" && tar -C "$work" -cf "$work/bomb.tar" zeros
    layout "$work/bomb" "$work/bomb.tar" gzip +gzip
    fails_with "image: a layer that unpacks to more than allowed is refused, as $user" \
        'larger than it may be' as_user env LAYER_LIMIT=10000000 "$tool" open "$work/user" "oci:$work/bomb"
    left=$(as_user "$tool" in find "$work/user/rpod/layers" -name '.stage*' | wc -l)
    verdict $((left != 0)) "image: refused layers leave nothing behind, as $user"
else
    skip 'image: an ordinary user with subordinate ids: there is none here'
fi

if [[ -z $user ]] || missing umoci || missing skopeo; then
    skip 'image: layers of umoci and skopeo: they are not here'
else
    bundle() { umoci --log=error "$@" >/dev/null 2>&1; }
    bundle init --layout "$work/umoci" && bundle new --image "$work/umoci:t" &&
        bundle unpack --rootless --image "$work/umoci:t" "$work/bundle" &&
        mkdir -p "$work/bundle/rootfs/a/sub" && echo 1 >"$work/bundle/rootfs/a/one" &&
        bundle repack --image "$work/umoci:t" "$work/bundle" && rm -rf "$work/bundle" &&
        bundle unpack --rootless --image "$work/umoci:t" "$work/bundle" &&
        rm "$work/bundle/rootfs/a/one" && echo 2 >"$work/bundle/rootfs/a/two" &&
        bundle repack --image "$work/umoci:t" "$work/bundle" && chmod -R a+rX "$work/umoci"
    made=$?
    as_user "$tool" open "$work/user" "oci:$work/umoci:t" >"$work/out" 2>&1 &&
        upper=$(sed -n 's/^layer //p' "$work/out" | tail -1) &&
        as_user "$tool" in bash -c "[[ -c $upper/a/one && \$(cat $upper/a/two) == 2 ]]"
    verdict $((made + $?)) 'image: a file that umoci removed is a whiteout in the upper layer'
    lower=$(sed -n 's/^layer //p' "$work/out" | head -1)
    mkdir -p "$work/merged"
    as_user "$tool" in unshare -m bash -c "mount -t overlay -o userxattr,lowerdir=$upper:$lower none $work/merged &&
        [[ -d $work/merged/a/sub && ! -e $work/merged/a/one && -e $work/merged/a/two ]]" 2>"$work/out2"
    verdict $? 'image: overlay shows the stacked layers without what was removed'
    skopeo --insecure-policy copy -q "oci:$work/umoci:t" "oci:$work/copy:u" >/dev/null 2>&1 && chmod -R a+rX "$work/copy"
    as_user "$tool" open "$work/user" "oci:$work/copy:u" >"$work/copied" 2>&1 &&
        diff <(grep ^layer "$work/out") <(grep ^layer "$work/copied") >/dev/null
    verdict $? 'image: the same layers copied by skopeo are unpacked only once'
fi
exit 0
