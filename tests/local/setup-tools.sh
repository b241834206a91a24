#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-setup and the tools of others it calls: boot loaders and package managers. Each test has a world
# of its own, an overlay of this machine's files that ends with its mount namespace, entered by chroot:
# there /etc/os-release and boot files say which host it is. Where Debian packages the real tool, it is
# run; where not, a stand-in in /usr/local/sbin writes down how it was called.
# usage: RPOD_BUILD=build tests/local/setup-tools.sh
# shellcheck disable=SC2016,SC2317 # the worlds' scripts are expanded in the worlds; check() calls
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"

# What every world's script can say.
cat >"$work/words" <<'END'
arg=systemd.unified_cgroup_hierarchy=1
calls=/calls
is_a() { # ID, version, more lines
    rm -f /etc/os-release
    printf 'ID=%s\nVERSION_ID="%s"\n' "$1" "$2" >/etc/os-release
    printf '%s\n' "${@:3}" >>/etc/os-release
}
program() { install -m 755 /dev/stdin "$1"; }
stand_in() { # name, exit status, what it prints
    printf '%s' "${3:-}" >"/said.$1"
    program "/usr/local/sbin/$1" <<EOF
#!/bin/sh
{ printf '%s' "$1"; [ \$# -eq 0 ] || printf ' <%s>' "\$@"; echo; } >>$calls
cat "/said.$1"
exit $2
EOF
}
called() { # the calls, one an argument; questions are left out
    diff <([[ $# -eq 0 ]] || printf '%s\n' "$@") <(grep -v -E '<(--info=ALL|get|-qa|-Qq|info)>|^rpm-ostree <kargs>$' $calls)
    : >$calls
}
status_is() {
    local wanted=$1 got=0
    shift
    "$@" >/said 2>&1 || got=$?
    [[ $got -eq $wanted ]] || { cat /said; echo "status $got, wanted $wanted: $*"; return 1; }
}
says() { grep -qF -- "$1" /said || { cat /said; echo "no '$1' in it"; return 1; }; }
changes() { status_is "${1:-3}" rpod-setup --detailed-exitcode "${@:2}"; }
END

in_world() {
    SETUP=$setup WORK=$work unshare -m bash -c '
        mount --make-rprivate / && mount -t tmpfs tmpfs /mnt || exit 99
        mkdir /mnt/{upper,work,root} && cp "$WORK/words" "$WORK/script" /mnt/upper || exit 99
        mkdir -p /mnt/upper/usr/local/sbin && cp "$SETUP" /mnt/upper/usr/local/sbin/rpod-setup
        mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root || exit 99
        cd /mnt/root && rm -f .dockerenv run/.containerenv
        mount -t proc proc proc && mount --rbind /dev dev && mount -t tmpfs tmpfs run && mount -t tmpfs tmpfs tmp &&
            mount -t tmpfs tmpfs sys && mkdir -p sys/fs/cgroup && mount -t tmpfs tmpfs sys/fs/cgroup || exit 99
        rm -rf boot/* etc/default/grub* etc/kernel/cmdline var/lib/rpod etc/kernel/install.d/*; mkdir -p run/systemd/system
        exec chroot . bash -euo pipefail -c ". /words; : >\$calls; . /script"'
}
world() { # sentence; the script on standard input
    cat >"$work/script"
    check "$1" in_world
}
have() { command -v "$1" >/dev/null; }

need_root 'tools of others'
if ! unshare -m bash -c 'mount --make-rprivate / && mount -t tmpfs tmpfs /mnt && mkdir /mnt/{u,w,r} &&
    mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/r && chroot /mnt/r bash -c "jq --version"' >/dev/null 2>&1; then
    skip 'tools of others' 'no overlay of this machine can be mounted'
    exit 0
fi

# -- boot loaders that keep arguments themselves -----------------------------------------------
world 'grubby is told of all kernels, asked again, and told back' <<'END'
is_a rhel 8.10
mkdir -p /boot/loader/entries
stand_in grubby 0 'args="ro crashkernel=auto"
'
changes 3 cgroup2
called "grubby <--update-kernel=ALL> <--args=$arg>"
# it says nothing of it before the next boot: the journal does
changes 0 cgroup2
says 'effective after a reboot'
called
rpod-setup --json cgroup2 | jq -e '.reboot_required and (.changed | not)'
status_is 0 rpod-setup undo
called "grubby <--update-kernel=ALL> <--remove-args=$arg>"
changes 3 cgroup2
END
world 'grubby that has it for every kernel is not called, for one of two it is' <<'END'
is_a rhel 8.10
mkdir -p /boot/loader/entries
stand_in grubby 0 "index=0
args=\"ro $arg\"
index=1
args=\"$arg quiet\"
"
changes 0 cgroup2
called
stand_in grubby 0 "args=\"ro $arg\"
args=\"ro\"
"
changes 3 cgroup2
called "grubby <--update-kernel=ALL> <--args=$arg>"
END
world 'a failure of grubby is told with its words, and tried again' <<'END'
is_a rhel 8.10
mkdir -p /boot/loader/entries
stand_in grubby 7 'grubby: the entries are on fire'
status_is 1 rpod-setup cgroup2
says 'the entries are on fire'
says 'no change was completed'
called "grubby <--update-kernel=ALL> <--args=$arg>"
stand_in grubby 0
changes 3 cgroup2
called "grubby <--update-kernel=ALL> <--args=$arg>"
END
world 'rpm-ostree appends what is missing and deletes what it appended' <<'END'
is_a fedora 30
touch /run/ostree-booted
stand_in rpm-ostree 0 'root=UUID=1 rw'
changes 3 cgroup2
called "rpm-ostree <kargs> <--append-if-missing=$arg>"
status_is 0 rpod-setup undo
called "rpm-ostree <kargs> <--delete-if-present=$arg>"
stand_in rpm-ostree 0 "root=UUID=1 $arg rw"
changes 0 cgroup2
called
END
world 'pbl adds and writes, and takes both back where the second fails' <<'END'
is_a opensuse-leap 15.6 'ID_LIKE="suse opensuse"'
printf 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n' >/etc/default/grub
stand_in pbl 0
changes 3 cgroup2
called "pbl <--add-option> <$arg>" 'pbl <--config>'
status_is 0 rpod-setup undo
called "pbl <--del-option> <$arg>" 'pbl <--config>'
program /usr/local/sbin/pbl <<'EOF'
#!/bin/sh
{ printf pbl; printf ' <%s>' "$@"; echo; } >>/calls
case $1 in --config) echo 'pbl: no space left'; exit 1 ;; esac
EOF
status_is 1 rpod-setup cgroup2
says 'no space left'
called "pbl <--add-option> <$arg>" 'pbl <--config>' "pbl <--del-option> <$arg>" 'pbl <--config>'
printf 'GRUB_CMDLINE_LINUX_DEFAULT="quiet %s"\n' "$arg" >/etc/default/grub
changes 0 cgroup2
called
END
world 'MicroOS gets it in one transaction that goes on from the last' <<'END'
is_a opensuse-microos 20210101 'ID_LIKE="suse opensuse"'
stand_in transactional-update 0
changes 3 cgroup2
called "transactional-update <--non-interactive> <--continue> <run> <sh> <-c> <pbl --add-option \"\$0\" && pbl --config> <$arg>"
changes 0 cgroup2
called
status_is 0 rpod-setup undo
called "transactional-update <--non-interactive> <--continue> <run> <sh> <-c> <pbl --del-option \"\$0\" && pbl --config> <$arg>"
# what it hands to the shell is what pbl gets
stand_in pbl 0
sh -c 'pbl --add-option "$0" && pbl --config' "$arg"
called "pbl <--add-option> <$arg>" 'pbl <--config>'
END
world 'Ubuntu Core keeps what was appended before' <<'END'
is_a ubuntu-core 20
stand_in snap 0 'console=ttyS1'
changes 3 cgroup2
called "snap <set> <system> <system.kernel.cmdline-append=console=ttyS1 $arg>"
stand_in snap 0 "console=ttyS1 $arg"
status_is 0 rpod-setup undo
called 'snap <set> <system> <system.kernel.cmdline-append=console=ttyS1>'
# "snap get" fails while nothing is set
program /usr/local/sbin/snap <<'EOF'
#!/bin/sh
{ printf snap; printf ' <%s>' "$@"; echo; } >>/calls
case $1 in get) cat /answer; exit 1 ;; esac
EOF
# any other failure hides what is set: to set ours would lose it
echo 'error: cannot communicate with server: timeout' >/answer
changes 1 cgroup2
says 'cannot communicate'
called
echo 'error: snap "system" has no "system.kernel.cmdline-append" configuration option' >/answer
changes 3 cgroup2
called "snap <set> <system> <system.kernel.cmdline-append=$arg>"
END

# -- boot loaders that are told by a file ------------------------------------------------------
world 'GRUB without drop-ins has its one line edited and its configuration made' <<'END'
is_a opensuse-leap 15.6 'ID_LIKE="suse opensuse"'
printf '# by YaST\nGRUB_TIMEOUT=8\nGRUB_CMDLINE_LINUX_DEFAULT="splash=silent quiet"\n' >/etc/default/grub
chmod 600 /etc/default/grub
cp -a /etc/default/grub /was
stand_in grub2-mkconfig 0
changes 3 cgroup2
called 'grub2-mkconfig <-o> </boot/grub2/grub.cfg>'
diff /etc/default/grub <(sed "s/quiet/quiet $arg/" /was)
test "$(stat -c %a /etc/default/grub)" = 600
changes 0 cgroup2
status_is 0 rpod-setup undo
called 'grub2-mkconfig <-o> </boot/grub2/grub.cfg>'
cmp /was /etc/default/grub
END
world 'where making it fails, the line is as it was and the words are told' <<'END'
is_a arch ''
printf 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n' >/etc/default/grub
cp /etc/default/grub /was
stand_in grub-mkconfig 1 'error: no such device'
status_is 1 rpod-setup cgroup2
says 'no such device'
called 'grub-mkconfig <-o> </boot/grub/grub.cfg>'
cmp /was /etc/default/grub
END
world 'a line that somebody changed since stays, and is said' <<'END'
is_a arch ''
printf 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\n' >/etc/default/grub
stand_in grub-mkconfig 0
changes 3 cgroup2
echo 'GRUB_TIMEOUT=1' >>/etc/default/grub
status_is 0 rpod-setup undo
says "'/etc/default/grub' stays: it was changed since"
grep -q "$arg" /etc/default/grub
END
world 'firmware gets one line, and its notice of the place before none' <<'END'
is_a debian 10
mkdir -p /boot/firmware
printf 'console=tty1 root=PARTUUID=1-02 rootwait\n' >/boot/firmware/cmdline.txt
printf 'DO NOT EDIT THIS FILE\n\nIt has moved to /boot/firmware/cmdline.txt\n' >/boot/cmdline.txt
changes 3 cgroup2
diff /boot/firmware/cmdline.txt <(echo "console=tty1 root=PARTUUID=1-02 rootwait $arg")
changes 0 cgroup2
status_is 0 rpod-setup undo
diff /boot/firmware/cmdline.txt <(echo 'console=tty1 root=PARTUUID=1-02 rootwait')
rm -r /boot/firmware
cp /boot/cmdline.txt /was
status_is 1 rpod-setup cgroup2
says "add $arg to the kernel command line"
cmp /was /boot/cmdline.txt
END

fake_grub='
# it looks for the device of the root, which an overlay has not
program /usr/sbin/grub-probe <<EOF
#!/bin/sh
case "\$*" in *device*) echo /dev/vda1 ;; *fs_uuid*) echo 1-2 ;; *target=fs\ *|*target=fs) echo ext2 ;; *partmap*) echo gpt ;; *) echo none ;; esac
EOF
chmod -x /etc/grub.d/* && chmod +x /etc/grub.d/{00_header,10_linux}
mkdir -p /boot/grub && touch /boot/vmlinuz-6.1.0-1-amd64'
if have grub-mkconfig && have update-grub; then
    world 'the real update-grub reads the drop-in, and forgets it with undo' <<END
is_a ubuntu 20.04 ID_LIKE=debian
$fake_grub
printf 'GRUB_CMDLINE_LINUX="a.main=1"\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\n' >/etc/default/grub
mkdir /etc/default/grub.d
echo 'GRUB_CMDLINE_LINUX_DEFAULT="console=ttyS0"' >/etc/default/grub.d/50-cloudimg-settings.cfg
changes 3 cgroup2
grep -E "a.main=1 \$arg .*console=ttyS0" /boot/grub/grub.cfg
changes 0 cgroup2
status_is 0 rpod-setup undo
grep -q a.main=1 /boot/grub/grub.cfg
! grep -q "\$arg" /boot/grub/grub.cfg
test ! -e /etc/default/grub.d/60-rpod.cfg
END
    world 'the real grub-mkconfig reads the edited line, however it was written' <<END
is_a arch ''
$fake_grub
for line in '"quiet"' "'quiet'" quiet '""' "\"qui\"'et'"; do
    echo "GRUB_CMDLINE_LINUX_DEFAULT=\$line" >/etc/default/grub
    changes 3 cgroup2
    grep -q "\$arg" /boot/grub/grub.cfg
    changes 0 cgroup2
    status_is 0 rpod-setup undo
    ! grep -q "\$arg" /boot/grub/grub.cfg
    test "\$(cat /etc/default/grub)" = "GRUB_CMDLINE_LINUX_DEFAULT=\$line"
done
END
else
    skip 'real GRUB' 'grub-mkconfig and update-grub are not installed'
fi
if have kernel-install; then
    world 'the real kernel-install makes entries with it, of each kernel that is there' <<'END'
is_a debian 10
rm -rf /usr/lib/modules/* /usr/lib/kernel/install.d/{55,85}-* /etc/kernel/postinst.d/*
for version in 6.1.0-1-amd64 6.1.0-2-amd64; do
    mkdir -p /usr/lib/modules/$version
    echo kernel >/boot/vmlinuz-$version
    echo initrd >/boot/initrd.img-$version
done
mkdir -p /usr/lib/modules/5.10.0-gone /etc/kernel /boot/loader/entries
echo layout=bls >/etc/kernel/install.conf
echo machine >/etc/kernel/entry-token
mkdir -p /boot/machine
echo 'root=UUID=1 ro' >/etc/kernel/cmdline
changes 3 cgroup2
test "$(cat /etc/kernel/cmdline)" = "root=UUID=1 ro $arg"
for version in 6.1.0-1-amd64 6.1.0-2-amd64; do
    grep -E "^options +root=UUID=1 ro $arg *$" /boot/loader/entries/machine-$version.conf
    grep -E '^initrd .*initrd.img' /boot/loader/entries/machine-$version.conf
done
test ! -e /boot/loader/entries/machine-5.10.0-gone.conf
changes 0 cgroup2
status_is 0 rpod-setup undo
! grep -r "$arg" /boot/loader/entries /etc/kernel/cmdline
END
    world 'without a file of its own the command line of this boot is kept' <<'END'
is_a debian 10
rm -rf /usr/lib/modules/*
mkdir -p /usr/lib/modules/6.1.0-1 /boot/loader
touch /boot/vmlinuz-6.1.0-1 /boot/loader/loader.conf
stand_in kernel-install 0
echo 'BOOT_IMAGE=/x initrd=\y root=/dev/vda ro' >/cmdline
mount --bind /cmdline /proc/cmdline
changes 3 cgroup2
test "$(cat /etc/kernel/cmdline)" = "root=/dev/vda ro $arg"
called 'kernel-install <add> <6.1.0-1> </boot/vmlinuz-6.1.0-1>'
status_is 0 rpod-setup undo
test ! -e /etc/kernel/cmdline
END
    world 'where kernel-install finds all kernels itself, it is let' <<'END'
is_a fedora 30
mkdir -p /usr/lib/modules/6.15.9 /etc/kernel
touch /usr/lib/modules/6.15.9/vmlinuz /usr/lib/systemd/libsystemd-shared-255.so
echo root=UUID=1 >/etc/kernel/cmdline
stand_in kernel-install 0
changes 3 cgroup2
called 'kernel-install <add-all>'
END
else
    skip 'real kernel-install' 'systemd is not installed'
fi
world 'who is booted from outside is told what to do there, with 78' <<'END'
is_a ubuntu 22.04
echo wsl >/run/systemd/container
status_is 78 rpod-setup cgroup2
says 'kernelCommandLine = cgroup_no_v1=all'
echo lxc >/run/systemd/container
status_is 78 rpod-setup cgroup2
says 'the machine around this container'
END
world 'who else wants a reboot is told, and changes no status' <<'END'
is_a debian 12
touch /run/reboot-required
status_is 0 rpod-setup --json packages -n
jq -e '.reboot_wanted_by == "unknown" and (.reboot_required | not)' /said
printf 'linux-image-6.1.0-1-amd64\nlibc6\n' >/run/reboot-required.pkgs
changes 0 -n sysctl --skip userns --skip limits
says 'a reboot is wanted by others too: linux-image-6.1.0-1-amd64 libc6'
END
world 'a tree gets files, and is told what is to be run in it' <<'END'
for tree in /grub /bootc /grubby; do mkdir -p $tree/etc/default $tree/usr/lib/systemd $tree/var/lib; done
printf 'ID=ubuntu\nVERSION_ID=20.04\n' >/grub/etc/os-release
touch /grub/usr/lib/systemd/libsystemd-shared-245.so /grub/etc/default/grub
changes 2 --root /grub cgroup2
grep -q "$arg" /grub/etc/default/grub.d/60-rpod.cfg
! grep 'run in the tree' /said
status_is 0 rpod-setup --root /grub undo
mkdir -p /grub/boot/grub
touch /grub/boot/grub/grub.cfg
changes 2 --root /grub cgroup2
says 'effective after this was run in the tree: update-grub'
printf 'ID=centos\nVERSION_ID=8\n' >/bootc/etc/os-release
touch /bootc/usr/lib/systemd/libsystemd-shared-239.so
mkdir /bootc/usr/lib/bootc
changes 2 --root /bootc cgroup2
grep -qxF "kargs = [\"$arg\"]" /bootc/usr/lib/bootc/kargs.d/10-rpod.toml
changes 0 --root /bootc cgroup2
printf 'ID=rhel\nVERSION_ID=8.10\n' >/grubby/etc/os-release
touch /grubby/usr/lib/systemd/libsystemd-shared-239.so
mkdir -p /grubby/usr/sbin /grubby/boot/loader
stand_in grubby 0
touch /grubby/usr/sbin/grubby
status_is 0 rpod-setup --root /grubby cgroup2
says "on the host itself: sudo grubby --update-kernel=ALL --args=$arg"
called
END

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
