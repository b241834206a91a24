#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The steps of exported scripts one by one, under each shell there is and `set -u`, in a tree of
# links and stand-ins whose root is a directory of a file system, as Btrfs and ostree have it.
# usage: tests/local/export-steps.sh
# shellcheck disable=SC2016,SC2317,SC2086 # what is quoted is for others; a shell may be two words
set -uo pipefail

setup=$(cd "$(dirname "$0")/../.." && pwd)/setup
work=$(mktemp -d /tmp/rpod-steps-test.XXXXXX)
trap 'rm -rf "$work"' EXIT
failed=0

skip() { printf 'skip %s: %s\n' "$1" "$2"; }
if [[ $(id -u) -ne 0 ]]; then
    skip 'steps of exported scripts' 'needs root'
    exit 0
fi

# $1: a shell; $2: what is made of the tree first; $3: steps; what they print goes to $work/said.
run() {
    local tree=$work/tree
    rm -rf "$tree"
    mkdir -p "$tree"/{usr,proc,dev,tmp,etc/default,boot,run,stand-ins}
    ln -s usr/bin usr/lib usr/sbin "$tree/"
    [[ ! -L /lib64 ]] || ln -s usr/lib64 "$tree/lib64"
    cp -a /etc/alternatives "$tree/etc/" # awk's
    cat "$setup"/export-{steps,ids}.sh >"$tree/tmp/steps"
    printf 'set -u\n. /tmp/steps\nrpod_begin\nPATH=/stand-ins:$PATH\nlive=yes\n%s\n' "$3" >"$tree/tmp/script"
    (cd "$tree" && eval "$2")
    unshare --mount --propagation private sh -c '
        mount --bind "$1" "$1" && mount --rbind /usr "$1/usr" && mount --bind /proc "$1/proc" &&
            mount --rbind /dev "$1/dev" && mount --make-shared "$1" && shift && exec chroot "$@"' sh "$tree" "$tree" $1 /tmp/script \
        >"$work/said" 2>&1
}
stand_in() { # name, body: says how it was called
    printf '#!/bin/sh\nprintf "called: %%s\\n" "%s $*" >>/tmp/called\n%s\n' "$1" "$2" >"stand-ins/$1"
    chmod +x "stand-ins/$1"
}
check() { # sentence, shell, tree, steps, what is printed
    run "$2" "$3" "$4"
    if [[ $(cat "$work/said") == "$5" ]]; then
        printf 'ok %s (%s)\n' "$1" "$2"
    else
        printf 'not ok %s (%s)\n' "$1" "$2"
        sed 's/^/#   /' "$work/said"
        failed=1
    fi
}
did="changed: the next boot's kernel gets 'a.b=1'"
pending='a reboot is pending: it makes the kernel arguments effective'
broken="failed: cannot have the kernel booted with 'a.b=1': no boot loader known here took it"
twice='rpod_kernel_arg a.b=1; rpod_kernel_arg a.b=1; rpod_end'

for shell in dash 'bash --posix' 'busybox ash'; do
    if ! command -v "${shell%% *}" >/dev/null; then
        skip "steps under $shell" 'not here'
        continue
    fi
    check "a shared '/' of a subvolume is left alone" "$shell" 'stand_in mount "exit 1"' \
        'rpod_share; rpod_end' 'nothing to change'
    check 'GRUB of Debian is told once' "$shell" \
        'echo GRUB_TIMEOUT=5 >etc/default/grub; stand_in update-grub ""; stand_in grub-mkconfig "# \$sysconfdir/default/grub.d"' \
        "$twice; cat /etc/default/grub.d/60-rpod.cfg" \
        "$did"$'\n'"$pending"$'\nGRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX a.b=1"'
    check 'GRUB that fails is told again, and no reboot is asked for' "$shell" \
        'echo GRUB_TIMEOUT=5 >etc/default/grub; stand_in update-grub "exit 1"; stand_in grub-mkconfig "# default/grub.d"' \
        "$twice; wc -l </tmp/called" "$broken"$'\n'"$broken"$'\nnothing to change\n2'
    check 'GRUB of others gets a line where it reads one, whatever update-grub there is' "$shell" \
        'printf GRUB_TIMEOUT=5 >etc/default/grub; stand_in grub-mkconfig ""' \
        "$twice; cat /etc/default/grub /tmp/called" \
        "$did"$'\n'"$pending"$'\nGRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX a.b=1"\ncalled: grub-mkconfig -o /boot/grub/grub.cfg'
    check "SUSE's pbl is told, and told no more" "$shell" \
        'echo "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"" >etc/default/grub
         stand_in pbl "[ \$1 = --config ] || sed -i \"s/quiet/quiet \$2/\" /etc/default/grub"' \
        "$twice; cat /tmp/called" \
        "$did"$'\n'"$pending"$'\ncalled: pbl --add-option a.b=1\ncalled: pbl --config'
    check 'the firmware file comes before GRUB' "$shell" \
        'mkdir boot/firmware; echo quiet >boot/firmware/cmdline.txt; touch etc/default/grub; stand_in update-grub ""; stand_in grub-mkconfig "# \$sysconfdir/default/grub.d"' \
        "$twice; cat /boot/firmware/cmdline.txt" "$did"$'\n'"$pending"$'\nquiet a.b=1'
    check 'without a boot loader nothing is pending' "$shell" '' 'rpod_kernel_arg a.b=1; rpod_end' \
        "$broken"$'\nnothing to change'
    check 'a file is written once, with its mode' "$shell" '' \
        'rpod_file /etc/x/y 0600 "a
"; rpod_file /etc/x/y 0600 "a
"; rpod_mode /etc/x/y 0600; stat -c %04a /etc/x/y; rpod_end' $'changed: wrote \'/etc/x/y\'\n0600'
done
exit $failed
