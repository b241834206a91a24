# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What scenarios do to a host more than once.

# Lay what 'make install' made over the machine.
install_rpod() {
    [[ -n ${RPOD_ROOT:-} ]] || { machine_fail "no programs: run -b DIR" && return 1; }
    machine_push "$RPOD_ROOT"
}

# etc_manifest FILE: path, kind, mode, owner, content and attributes of all below /etc.
etc_manifest() {
    # shellcheck disable=SC2016 # expanded in the machine
    machine_root sh -c '
        cd / && {
            find etc -xdev -printf "%p %y %m %U:%G %l\n"
            find etc -xdev -type f -exec sha256sum {} +
            getfattr --recursive --physical --dump --match=- --absolute-names etc
        } | sort' > "$1"
}

# A root directory for containers: busybox and what a mount needs to stand on.
push_busybox() {
    local owner=$1 to=$2 tree=$MACHINE/busybox each
    mkdir -p "$tree"/{bin,dev,etc,proc,root,run,sys,tmp,var}
    cp "$(command -v busybox)" "$tree/bin/busybox"
    for each in $(busybox --list); do
        [[ $each == busybox ]] || ln -sf busybox "$tree/bin/$each"
    done
    echo 'root:x:0:0:root:/root:/bin/sh' > "$tree/etc/passwd"
    machine_root install -d -o "$owner" -g "$owner" "$to"
    machine_push "$tree" "$to"
    machine_root chown -R "$owner:$owner" "$to"
}
