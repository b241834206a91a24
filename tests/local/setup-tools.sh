#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# rpod-setup and the boot loaders, which it tells by their own tools and files.
# usage: RPOD_BUILD=build tests/local/setup-tools.sh
# shellcheck disable=SC2016,SC2317 # the worlds' scripts are expanded in the worlds; check() calls
# shellcheck source=tests/local/lib
source "$(dirname "$0")/lib"
# shellcheck source=tests/local/setup-worlds
source "$(dirname "$0")/setup-worlds"

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
exit $failed
