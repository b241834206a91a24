#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2317 # a script calls what it needs of this
# The steps that 'rpod-setup export' writes into scripts: POSIX sh, and programs that every
# distribution's base has. A function, with the comment above it, is a paragraph, and a script gets
# those that it uses. Each looks before it does, leaves what is so already, says what it changed,
# and goes on after a failure: the next run does what is left. Ids are given by export-ids.sh.

# live: systemd runs here. Not in a chroot, where the first boot reads the files.
rpod_begin() {
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    LC_ALL=C
    export PATH LC_ALL
    umask 022
    live='' changed=0 failed=0 units='' reboot=''
    if [ -d /run/systemd/system ] && ! systemd-detect-virt --quiet --chroot; then live=yes; fi
}

rpod_did() {
    changed=$((changed + 1))
    printf 'changed: %s\n' "$*"
}

rpod_fail() {
    failed=$((failed + 1))
    printf 'failed: %s\n' "$*" >&2
}

# The status to leave with: 0, 1 something failed, 3 a reboot is pending.
rpod_end() {
    [ "$changed" -gt 0 ] || echo 'nothing to change'
    [ -z "$reboot" ] || echo 'a reboot is pending: it makes the kernel arguments effective'
    if [ "$failed" -gt 0 ]; then return 1; fi
    if [ -n "$reboot" ]; then return 3; fi
    return 0
}

# The security policy's label, where there is a policy.
rpod_relabel() { # PATH
    if command -v restorecon >/dev/null; then restorecon -F "$1" 2>/dev/null || :; fi
}

rpod_home() { # NAME
    getent passwd "$1" | cut -d: -f6
}

rpod_has_package() { # PACKAGE
    if command -v dpkg-query >/dev/null; then
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
    elif command -v rpm >/dev/null; then
        rpm -q --quiet --whatprovides "$1"
    elif command -v pacman >/dev/null; then
        pacman -Q "$1" >/dev/null 2>&1
    else
        apk info -q -e "$1" 2>/dev/null
    fi
}

rpod_needs_package() { # PACKAGE...
    for package; do
        rpod_has_package "$package" ||
            rpod_fail "the package '$package' is not installed, and this installs none"
    done
}

rpod_install() { # PACKAGE...
    if command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        [ -n "$(ls /var/lib/apt/lists/*_Packages* 2>/dev/null)" ] || apt-get -q update
        apt-get -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends install "$@"
    elif command -v rpm-ostree >/dev/null && [ -e /run/ostree-booted ]; then
        rpm-ostree install --idempotent --apply-live "$@"
    elif command -v dnf >/dev/null; then
        dnf -q -y install "$@"
    elif command -v zypper >/dev/null; then
        zypper --quiet --non-interactive install "$@"
    elif command -v pacman >/dev/null; then
        pacman -S --noconfirm --needed "$@"
    else
        apk add "$@"
    fi >/dev/null </dev/null
}

rpod_package() { # PACKAGE...
    for package; do
        if rpod_has_package "$package"; then continue; fi
        rpod_install "$package"
        if rpod_has_package "$package"; then
            rpod_did "installed the package '$package'"
        else
            rpod_fail "cannot install the package '$package'"
        fi
    done
}

# An existing user stays as he is. His subordinate ids are a step of their own: useradd looks at
# one of the two files only.
rpod_user() { # NAME HOME SHELL UID SYSTEM, the last two 0 for none
    home=${2:-/home/$1} shell=$3 make=--create-home
    if id -u "$1" >/dev/null 2>&1; then
        [ -z "$2" ] || [ "$(rpod_home "$1")" = "$2" ] ||
            rpod_fail "the user '$1' is there with the home '$(rpod_home "$1")', not '$2'"
        return
    fi
    candidates='/bin/bash /bin/sh'
    [ "$5" = 0 ] || candidates='/usr/sbin/nologin /sbin/nologin /bin/false'
    for candidate in $candidates; do
        if [ -z "$shell" ] && [ -x "$candidate" ]; then shell=$candidate; fi
    done
    if [ -e "$home" ] || [ -L "$home" ]; then
        make=--no-create-home
        if [ -L "$home" ] || [ ! -d "$home" ] || [ -n "$(ls -A "$home")" ]; then
            rpod_fail "cannot create the user '$1': '$home' is there and is no empty directory"
            return
        fi
    fi
    name=$1 uid=$4 system=$5
    set -- "$make" --home-dir "$home" --shell "$shell" --user-group --key UMASK=077 \
        --key SUB_UID_COUNT=0 --key SUB_GID_COUNT=0
    [ "$uid" = 0 ] || set -- "$@" --uid "$uid"
    [ "$system" = 0 ] || set -- "$@" --system
    if ! mkdir -p "$(dirname "$home")" || ! useradd "$@" -- "$name"; then
        rpod_fail "cannot create the user '$name'"
        return
    fi
    chown "$(id -u "$name"):$(id -g "$name")" "$home" && chmod 0700 "$home"
    rpod_relabel "$home"
    rpod_did "created the user '$name'"
}

rpod_file() { # PATH MODE CONTENT
    if [ -L "$1" ]; then
        rpod_fail "cannot write '$1': it is a symbolic link, which somebody made for a reason"
        return
    fi
    if [ -f "$1" ] && [ "$(cat "$1" && printf x)" = "${3}x" ]; then return; fi
    if mkdir -p "$(dirname "$1")" && printf '%s' "$3" >"$1.rpod-new" &&
        chmod "$2" "$1.rpod-new" && mv -f "$1.rpod-new" "$1"; then
        rpod_relabel "$1"
        case $1 in /etc/systemd/*) units=changed ;; esac
        rpod_did "wrote '$1'"
    else
        rpod_fail "cannot write '$1'"
    fi
}

# As the user: a link in his home leads nobody but himself astray.
rpod_user_file() { # NAME PATH MODE CONTENT
    # shellcheck disable=SC2016 # the inner shell expands it
    setpriv --reuid "$(id -u "$1")" --regid "$(id -g "$1")" --init-groups sh -c '
        umask 077
        if [ -f "$1" ] && [ "$(cat "$1" && printf x)" = "${3}x" ]; then exit 0; fi
        mkdir -p "$(dirname "$1")" && printf "%s" "$3" >"$1.rpod-new" &&
            chmod "$2" "$1.rpod-new" && mv -f "$1.rpod-new" "$1" && exit 100' sh "$2" "$3" "$4"
    case $? in
    0) ;;
    100) rpod_did "wrote '$2' as '$1'" ;;
    *) rpod_fail "cannot write '$2' as '$1'" ;;
    esac
}

rpod_mode() { # PATH MODE
    if [ "$(stat -c %04a "$1")" = "$2" ]; then return; fi
    if chmod "$2" "$1"; then rpod_did "set the mode of '$1' to $2"; else rpod_fail "cannot chmod '$1'"; fi
}

# The capabilities of a program, as getcap(8) prints them.
rpod_caps() { # PATH CAPABILITIES
    if getcap "$1" | grep -q -F -- "${2%%[=+]*}"; then return; fi
    if setcap "$2" "$1"; then rpod_did "gave '$1' $2"; else rpod_fail "cannot give '$1' $2"; fi
}

# The value now; its file is a step of its own. A key of two numbers has a tab between them.
rpod_sysctl() { # KEY VALUE
    path=/proc/sys/$(printf '%s' "$1" | tr . /)
    if [ -z "$live" ] || [ "$(tr '\t' ' ' <"$path")" = "$2" ]; then return; fi
    if printf '%s\n' "$2" >"$path"; then
        rpod_did "set $1 to $2"
    else
        rpod_fail "cannot set $1 to $2"
    fi
}

# Now; its line in modules-load.d is a step of its own.
rpod_module() { # NAME
    if [ -z "$live" ] || [ -d "/sys/module/$1" ] || [ -z "$(modprobe -n -v "$1" 2>&1)" ]; then return; fi
    if modprobe "$1"; then rpod_did "loaded the module '$1'"; else rpod_fail "cannot load the module '$1'"; fi
}

# "/" and what is mounted below it, until the next boot; what does it then is a step of its own.
rpod_share() {
    if [ -z "$live" ] ||
        awk '$5 == "/" { shared = / shared:[0-9]/ } END { exit !shared }' /proc/self/mountinfo; then return; fi
    if mount --make-rshared /; then rpod_did "shared the mounts of '/'"; else rpod_fail "cannot share '/'"; fi
}

# In the first line of a file of words. state: what came of it.
rpod_cmdline() { # FILE ARGUMENT
    case " $(tr '\n' ' ' <"$1") " in
    *" $2 "*) state=already ;;
    *) sed "1s|\$| $2|" "$1" >"$1.rpod-new" && mv -f "$1.rpod-new" "$1" || state=failed ;;
    esac
}

# A line of shell that adds to what is set before it; then the menu is made. The line without the
# menu would pass for the work done.
rpod_grub() { # FILE ARGUMENT COMMAND...
    file=$1 line="GRUB_CMDLINE_LINUX=\"\$GRUB_CMDLINE_LINUX $2\""
    shift 2
    if grep -q -x -F -- "$line" "$file" 2>/dev/null; then
        state=already
        return
    fi
    [ -z "$(tail -c 1 "$file" 2>/dev/null)" ] || echo >>"$file"
    if ! mkdir -p "$(dirname "$file")" || ! printf '%s\n' "$line" >>"$file"; then
        state=failed
    elif ! "$@" >/dev/null 2>&1; then
        sed -i '$d' "$file"
        state=failed
    fi
}

# Through the boot loader that is here, in the order rpod-setup(8) tries them.
rpod_kernel_arg() { # ARGUMENT
    kernel='' state=changed
    [ -z "$live" ] || kernel=$(cat /proc/cmdline)
    case " $kernel " in *" $1 "*) return ;; esac
    if [ -e /run/ostree-booted ] && command -v rpm-ostree >/dev/null; then
        case " $(rpm-ostree kargs) " in
        *" $1 "*) state=already ;;
        *) rpm-ostree kargs --append-if-missing="$1" >/dev/null || state=failed ;;
        esac
    elif command -v grubby >/dev/null && [ -e /boot/loader ]; then
        case " $(grubby --info=DEFAULT | sed -n 's/^args="\(.*\)"/\1/p') " in
        *" $1 "*) state=already ;;
        *) grubby --update-kernel=ALL --args="$1" || state=failed ;;
        esac
    elif [ -e /boot/firmware/cmdline.txt ]; then
        rpod_cmdline /boot/firmware/cmdline.txt "$1"
    elif [ -e /boot/cmdline.txt ]; then
        rpod_cmdline /boot/cmdline.txt "$1"
    elif [ -e /etc/default/grub ] && command -v pbl >/dev/null; then
        if grep -q "^GRUB_CMDLINE_LINUX_DEFAULT=.*[\"' ]$1[\"' ]" /etc/default/grub; then
            state=already
        elif ! { pbl --add-option "$1" && pbl --config; } >/dev/null 2>&1; then
            pbl --del-option "$1" >/dev/null 2>&1
            state=failed
        fi
    elif [ -e /etc/default/grub ] && command -v update-grub >/dev/null &&
        grep -q 'default/grub\.d' "$(command -v grub-mkconfig)"; then # Debian's addition
        rpod_grub /etc/default/grub.d/60-rpod.cfg "$1" update-grub
    elif [ -e /etc/default/grub ] && command -v grub2-mkconfig >/dev/null; then
        rpod_grub /etc/default/grub "$1" grub2-mkconfig -o /boot/grub2/grub.cfg
    elif [ -e /etc/default/grub ] && command -v grub-mkconfig >/dev/null; then
        rpod_grub /etc/default/grub "$1" grub-mkconfig -o /boot/grub/grub.cfg
    elif [ -e /etc/kernel/cmdline ]; then
        rpod_cmdline /etc/kernel/cmdline "$1"
        [ "$state" != changed ] || kernel-install add-all || state=failed
    else
        state=failed
    fi
    case $state in
    changed) rpod_did "the next boot's kernel gets '$1'" ;;
    failed) rpod_fail "cannot have the kernel booted with '$1': no boot loader known here took it" ;;
    esac
    [ -z "$live" ] || [ "$state" = failed ] || reboot=pending
}

# systemd reads its units again, when one was written.
rpod_reload() {
    if [ -z "$live" ] || [ -z "$units" ]; then return; fi
    timeout 30 systemctl daemon-reload || rpod_fail 'systemd does not read its units again'
    units=''
}

# A user manager without a login: the file is logind's own record. Asking logind itself can block
# while a host boots.
rpod_linger() { # NAME
    if [ ! -e "/var/lib/systemd/linger/$1" ]; then
        if mkdir -p /var/lib/systemd/linger && : >"/var/lib/systemd/linger/$1"; then
            rpod_relabel "/var/lib/systemd/linger/$1"
            rpod_did "let the user manager of '$1' run without a login"
        else
            rpod_fail "cannot write '/var/lib/systemd/linger/$1'"
        fi
    fi
    if [ -z "$live" ]; then return; fi
    uid=$(id -u "$1")
    if [ -S "/run/user/$uid/systemd/private" ]; then return; fi
    if timeout 10 systemctl start "user@$uid.service"; then
        rpod_did "started the user manager of '$1'"
    else
        echo "the user manager of '$1' did not start within 10 s: the next boot starts it" >&2
    fi
}

# Only a manager that ran before its units said so lacks controllers. A unit that starts beside it
# has systemd bring it up to date.
rpod_delegate() { # NAME CONTROLLERS
    if [ -z "$live" ]; then return; fi
    uid=$(id -u "$1")
    has=/sys/fs/cgroup/user.slice/user-$uid.slice/user@$uid.service/cgroup.controllers
    for round in 1 2 3 4 5; do
        missing=''
        [ -e "$has" ] || return
        for controller in $2; do
            grep -q -w "$controller" "$has" || missing="$missing $controller"
        done
        if [ -z "$missing" ]; then
            [ "$round" = 1 ] || rpod_did "handed '$2' to the user manager of '$1'"
            return
        fi
        timeout 10 systemd-run --quiet --wait --slice="user-$uid.slice" /bin/true
    done
    echo "the user manager of '$1' gets$missing at its next start: systemctl restart user@$uid" >&2
}

# A manager that ran before its units said so keeps its limits: they are told, not forced.
rpod_limit() { # NAME WHAT NUMBER
    if [ -z "$live" ]; then return; fi
    uid=$(id -u "$1")
    case $2 in
    nofile) has=$(systemctl show --value --property LimitNOFILE "user@$uid.service") ;;
    *) has=$(systemctl show --value --property TasksMax "user-$uid.slice") ;;
    esac
    case $has in infinity | '') return ;; esac
    [ "$has" -ge "$3" ] ||
        echo "the user manager of '$1' gets $2 $3 at its next start: systemctl restart user@$uid" >&2
}

# Outside the user's home, and his.
rpod_directory() { # NAME PATH MODE
    if [ -L "$2" ] || { [ -e "$2" ] && [ ! -d "$2" ]; }; then
        rpod_fail "cannot make the directory '$2': something else is there"
        return
    fi
    if [ -d "$2" ] && [ "$(stat -c '%U %04a' "$2")" = "$1 $3" ]; then return; fi
    if mkdir -p "$(dirname "$2")" && install -d -o "$1" -g "$(id -g "$1")" -m "$3" "$2"; then
        rpod_relabel "$2"
        rpod_did "made the directory '$2' of '$1'"
    else
        rpod_fail "cannot make the directory '$2'"
    fi
}

# In the firewall that is on; where none is, nothing is in the way.
rpod_port() { # PORT/PROTOCOL
    if [ -z "$live" ]; then return; fi
    if command -v firewall-cmd >/dev/null && firewall-cmd --state >/dev/null 2>&1; then
        if firewall-cmd --quiet --permanent --query-port "$1" && firewall-cmd --quiet --query-port "$1"; then return; fi
        if firewall-cmd --quiet --permanent --add-port "$1" && firewall-cmd --quiet --add-port "$1"; then
            rpod_did "opened $1 in firewalld"
            return
        fi
    elif command -v ufw >/dev/null && ufw status | grep -q '^Status: active'; then
        if ufw show added | grep -q -x -F "ufw allow $1"; then return; fi
        if ufw allow "$1" >/dev/null; then
            rpod_did "opened $1 in ufw"
            return
        fi
    else
        echo "no firewall is on: $1 is open" >&2
        return
    fi
    rpod_fail "cannot open $1 in the firewall"
}

# SELinux labels below PATH as they are below LIKE.
rpod_label() { # PATH LIKE, "" where the policy knows the path
    if [ -z "$2" ]; then
        rpod_relabel "$1"
        return
    fi
    if [ ! -e /etc/selinux/config ] || grep -q '^SELINUX=disabled' /etc/selinux/config; then return; fi
    policy=$(sed -n 's/^SELINUXTYPE=//p' /etc/selinux/config)
    list=/etc/selinux/$policy/contexts/files/file_contexts.subs
    if grep -q -x -F -- "$1 $2" "$list" 2>/dev/null; then return; fi
    if [ -n "$live" ] && command -v semanage >/dev/null; then
        semanage fcontext -a -e "$2" "$1" || rpod_fail "the policy does not take '$1' for '$2'"
    else
        printf '%s %s\n' "$1" "$2" >>"$list"
    fi
    restorecon -RF "$1" && rpod_did "labelled '$1' like '$2'"
}

rpod_apparmor() { # PROFILE
    if [ -z "$live" ] || [ ! -d /sys/kernel/security/apparmor ]; then return; fi
    name=$(sed -n 's/^profile \([^ ]*\).*/\1/p' "$1" 2>/dev/null)
    [ -n "$name" ] || return # this AppArmor has no such rule: the file was not written
    if grep -q "^$name " /sys/kernel/security/apparmor/profiles; then return; fi
    if apparmor_parser -r "$1"; then rpod_did "loaded the profile '$1'"; else rpod_fail "cannot load '$1'"; fi
}
