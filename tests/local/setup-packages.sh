#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-setup and the package managers, which it has install what is missing, and take it away again.
# usage: RPOD_BUILD=build tests/local/setup-packages.sh
# shellcheck disable=SC2016,SC2317 # the worlds' scripts are expanded in the worlds; check() calls
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
# shellcheck source=tests/local/setup-worlds
source "$(dirname "$0")/setup-worlds"

# -- package managers --------------------------------------------------------------------------
# A repository of small packages: podman draws in rpod-dep; needs-podman comes later.
cat >>"$work/words" <<'END'
names=(podman buildah crun fuse3 rpod-dep needs-podman base)
programs() { [[ $1 == fuse3 ]] && echo fusermount3 || echo "$1"; }
needs() { case $1 in podman) echo rpod-dep ;; needs-podman) echo podman ;; esac; }
bare() { # no systemd, none of the programs, and what podman 4 has its network from
    rmdir /run/systemd/system
    rm -f /usr/bin/{podman,buildah,crun,fusermount3}
    printf '#!/bin/sh\n' | program /usr/bin/slirp4netns
}
make_debs() {
    local name
    mkdir /repo && for name in "${names[@]}"; do
        rm -rf /deb && mkdir -p /deb/{DEBIAN,usr/bin,etc}
        printf '#!/bin/sh\n' | program "/deb/usr/bin/$(programs "$name")"
        [[ $name != podman ]] || { echo x=1 >/deb/etc/podman.conf; echo /etc/podman.conf >/deb/DEBIAN/conffiles; }
        printf 'Package: %s\nVersion: 99\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n%s' "$name" \
            "$(needs "$name" | sed 's/^/Depends: /')" | sed -e '$a\' >/deb/DEBIAN/control
        dpkg-deb -b /deb "/repo/$name.deb" >/dev/null
        { dpkg-deb -f "/repo/$name.deb"; printf 'Filename: ./%s.deb\nSize: %s\nSHA256: %s\n\n' "$name" \
            "$(stat -c %s "/repo/$name.deb")" "$(sha256sum "/repo/$name.deb" | cut -d' ' -f1)"; } >>/repo/Packages
    done
    rm -rf /etc/apt/sources.list* /var/lib/apt/lists/* /etc/apt/apt.conf.d/* /etc/apt/preferences.d/*
    echo 'deb [trusted=yes] file:/repo ./' >/etc/apt/sources.list
}
make_rpms() {
    local name
    mkdir -p /repo /etc/rpm /etc/yum.repos.d && for name in "${names[@]}"; do
        cat >/x.spec <<EOF
Name: $name
Version: 99
Release: 1
Summary: x
License: x
BuildArch: noarch
$(needs "$name" | sed 's/^/Requires: /')
%description
x
%install
install -D -m 755 /dev/null %{buildroot}/usr/bin/$(programs "$name")
%files
/usr/bin/$(programs "$name")
EOF
        rpmbuild -bb --quiet --define '_topdir /top' --define '_rpmdir /repo' /x.spec 2>/dev/null
    done
    createrepo_c -q /repo
    echo '%_dbpath /var/lib/rpm' >/etc/rpm/macros # Debian keeps it in a home
    rm -rf /var/lib/rpm /etc/yum.repos.d/* && rpm --initdb
}
make_pkgs() {
    local name
    mkdir /repo && for name in "${names[@]}"; do
        rm -rf /pkg && mkdir -p /pkg/usr/bin
        printf '#!/bin/sh\n' | program "/pkg/usr/bin/$(programs "$name")"
        { printf 'pkgname = %s\npkgver = 99-1\narch = any\n' "$name"; needs "$name" | sed 's/^/depend = /'; } >/pkg/.PKGINFO
        tar -C /pkg -czf "/repo/$name-99-1-any.pkg.tar.gz" .PKGINFO usr
    done
    repo-add -q /repo/local.db.tar.gz /repo/*.pkg.tar.gz >/dev/null
    printf '[options]\nArchitecture = auto\nSigLevel = Never\n[local-repo]\nServer = file:///repo\n' >/etc/pacman.conf
    mv /repo/local.db.tar.gz /repo/local-repo.db && rm -rf /var/lib/pacman && mkdir -p /var/lib/pacman
}
# How every real package manager is used: all in one call, nothing twice, back as it was.
go_through() { # command that prints what is installed
    "$@" | sort >/before
    changes 2 packages
    says '  + packages.installed  install the packages '
    "$@" | sort >/after
    for name in podman rpod-dep buildah crun; do grep -q "^$name\b" /after || { cat /said /after; return 1; }; done
    changes 0 packages
    status_is 0 rpod-setup undo
    diff /before <("$@" | sort)
}
END
if have apt-get; then
    world 'the real apt fetches its lists, installs once, and removes what was new' <<'END'
bare
make_debs
dpkg --purge --force-depends podman buildah crun >/dev/null 2>&1
printf '#!/bin/sh\n' | program /usr/bin/fusermount3 # others on this machine need its package
debs() { dpkg-query -W -f='${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p'; }
go_through debs
test ! -e /usr/bin/podman
test -e /etc/podman.conf # apt-get remove leaves it
END
    world 'undo leaves packages that something else needs by now, all of them' <<'END'
bare
make_debs
dpkg --purge --force-depends podman buildah crun >/dev/null 2>&1
printf '#!/bin/sh\n' | program /usr/bin/fusermount3
changes 2 packages
apt-get -qq -y install needs-podman >/dev/null
status_is 0 rpod-setup undo
says 'something else needs it'
says 'needs-podman'
test -x /usr/bin/podman && test -x /usr/bin/buildah
END
    world 'a lock of dpkg is 75, and waited for where asked' <<'END'
bare
make_debs
dpkg --purge --force-depends podman buildah crun >/dev/null 2>&1
printf '#!/bin/sh\n' | program /usr/bin/fusermount3
apt-get -qq update
python3 -c 'import fcntl, time
f = open("/var/lib/dpkg/lock-frontend", "w"); fcntl.lockf(f, fcntl.LOCK_EX); print("", flush=True); time.sleep(6)' >/held &
until [[ -s /held ]]; do sleep 0.1; done
status_is 75 rpod-setup packages
says 'lock'
changes 2 --lock-timeout 60 packages
END
    world 'what cannot be fetched is told with the words of apt, and the rest is done' <<'END'
bare
make_debs
dpkg --purge --force-depends podman buildah crun >/dev/null 2>&1
rm /repo/*.deb
rm -rf /boot/* && is_a debian 12
status_is 1 rpod-setup --packages host
says "'apt-get' failed with status 100: E: "
grep -q "^[^#].*=" /etc/sysctl.d/60-rpod.conf || grep -q 'would\|already\|warning' /said
END
    world 'without --packages none is installed, and the command is named' <<'END'
bare
make_debs
rm -f /usr/bin/{pasta,slirp4netns,pasta.avx2}
is_a debian 12
rpod-setup host >/said 2>&1 || true
says 'to mend it: sudo rpod-setup --packages --only net.pasta host'
says 'to mend it: sudo apt-get install passt'
test ! -e /usr/bin/pasta
END
else
    skip 'real apt' 'not installed'
fi
if have dnf && have rpmbuild && have createrepo_c; then
    world 'the real dnf installs once, and removes what was new' <<'END'
bare
make_rpms
is_a fedora 36
printf '[x]\nname=x\nbaseurl=file:///repo\ngpgcheck=0\n' >/etc/yum.repos.d/x.repo
go_through rpm -qa --qf '%{NAME}\n'
changes 2 packages
dnf -q -y install needs-podman >/dev/null
status_is 0 rpod-setup undo
says 'something else needs it'
test -x /usr/bin/podman
END
else
    skip 'real dnf' 'dnf, rpmbuild or createrepo_c is not installed'
fi
if have zypper && have rpmbuild && have createrepo_c; then
    world 'the real zypper installs once, and removes what was new' <<'END'
bare
make_rpms
is_a opensuse-tumbleweed 20250801 'ID_LIKE="opensuse suse"'
mkdir -p /etc/zypp/repos.d
printf '[x]\nname=x\nenabled=1\nbaseurl=file:///repo\ngpgcheck=0\n' >/etc/zypp/repos.d/x.repo
rpm -i /repo/noarch/base-*.rpm 2>/dev/null # an empty database is an error to zypper
go_through rpm -qa --qf '%{NAME}\n'
END
else
    skip 'real zypper' 'zypper, rpmbuild or createrepo_c is not installed'
fi
if have pacman && have repo-add; then
    world 'the real pacman installs once, and removes what was new' <<'END'
bare
make_pkgs
is_a arch ''
pacman -Sy --noconfirm base >/dev/null
go_through pacman -Q
END
else
    skip 'real pacman' 'not installed'
fi
world 'apk, rpm-ostree and transactional-update are called once, and called back' <<'END'
bare
is_a alpine 3.22.1
stand_in apk 0
changes 2 packages
called 'apk <--wait> <0> <add> <podman> <buildah> <crun> <fuse3>'
status_is 0 rpod-setup undo
called
is_a fedora 42
touch /run/ostree-booted
stand_in rpm 0 'bash
'
stand_in rpm-ostree 0
changes 3 packages
called 'rpm-ostree <install> <--idempotent> <--allow-inactive> <podman> <buildah> <crun> <fuse3>'
changes 0 packages
says 'effective after a reboot'
called
status_is 0 rpod-setup undo
called 'rpm-ostree <uninstall> <--idempotent> <podman> <buildah> <crun> <fuse3>'
rm /run/ostree-booted
is_a opensuse-microos 20250801 ID_LIKE=suse
stand_in transactional-update 0
changes 3 packages
called 'transactional-update <--non-interactive> <--continue> <pkg> <install> <podman> <buildah> <crun> <fuse3>'
changes 0 packages
called
status_is 0 rpod-setup undo
called 'transactional-update <--non-interactive> <--continue> <pkg> <remove> <podman> <buildah> <crun> <fuse3>'
END
world 'a deployment that is being made by another is 75, a failure is told' <<'END'
bare
is_a fedora 42
touch /run/ostree-booted
stand_in rpm 0
stand_in rpm-ostree 1 'error: Transaction in progress: upgrade
 You can cancel the current transaction with `rpm-ostree cancel`'
status_is 75 rpod-setup packages
stand_in rpm-ostree 1 'error: Packages not found: crun'
status_is 1 rpod-setup packages
says 'error: Packages not found: crun'
END
world 'a tree gets no package, and the command is said' <<'END'
mkdir -p /tree/{etc,var/lib,usr/bin}
printf 'ID=rocky\nVERSION_ID=8.9\n' >/tree/etc/os-release
stand_in dnf 0
status_is 1 rpod-setup --root /tree packages
says 'on the host itself: dnf install shadow-utils slirp4netns podman buildah crun fuse3'
called
END
if have nix-instantiate; then
    world 'the real nix reads what NixOS is told, and it is all there is to be done' <<'END'
is_a nixos 25.05
status_is 78 rpod-setup --json --packages --ports-from 80 user one two
jq -r '"{ pkgs, ... }: {\n" + .configuration + "}"' /said >/configuration.nix
jq -e '.failed and (.changed | not) and .changes == []' /said
nix-instantiate --parse /configuration.nix
nix-instantiate --eval --strict --json -E '(import /configuration.nix { pkgs = { podman = 1; buildah = 2; crun = 3; fuse3 = 4; }; })' |
    jq -e '.users.users.two.autoSubUidGidRange and .boot.kernel.sysctl["net.ipv4.ip_unprivileged_port_start"] == 80'
! getent passwd one
test ! -e /var/lib/rpod
END
else
    skip 'real nix' 'not installed'
fi
exit $failed
