# shellcheck shell=bash
# shellcheck disable=SC2154  # root comes from common.sh
# Which programs and python modules the tests ask for, and which Debian packages have them; sourced by ./test.

# The package that has a program or python module (python:NAME); nothing for one that isn't known.
package_of() {
  case $1 in
    strace | fio | nbdkit | nbd-client | tshark | cpio) echo "$1" ;;
    mke2fs | mkfs.ext4 | e2fsck | debugfs | dumpe2fs) echo e2fsprogs ;;
    mkfs.xfs | xfs_repair) echo xfsprogs ;;
    qemu-system-x86_64) echo qemu-system-x86 ;;
    busybox) echo busybox-static ;;
    fusermount3) echo fuse3 ;;
    losetup) echo mount ;;
    fstrim) echo util-linux ;;
    cmp) echo diffutils ;;
    python3) echo python3 ;;
    systemd-socket-activate) echo systemd ;;
    qemu-img | qemu-io | qemu-nbd) echo qemu-utils ;;
    nbdinfo | nbdcopy | nbdfuse | nbdsh) echo libnbd-bin ;;
    python:*) echo "python3-${1#python:}" ;;
  esac
}

# What [RequiresTool…("a", "b")], [RequiresMount…], [RequiresGuest…] and [RequiresPythonModule…("c")] name in the tests, one a
# line, and what scripts/guest-kernel needs.
required_tools() {
  local attributes
  attributes=$(grep -rhoE --include='*.cs' '\[Requires(Tool|Mount|Guest|PythonModule)(Fact|Theory|Peer)\([^)]*' "$root/tests" || true)
  if grep -q RequiresGuest <<<"$attributes"; then
    printf '%s\n' busybox nbd-client cpio
  fi

  { grep -E 'Requires(Tool|Mount|Guest)' <<<"$attributes" || true; } | { grep -oE '"[^"]+"' || true; } | tr -d '"'
  { grep RequiresPythonModule <<<"$attributes" || true; } | { grep -oE '"[^"]+"' || true; } | sed -E 's/"(.*)"/python:\1/'
}

is_installed() {
  case $1 in
    # The tests ask the system's python, for which the packages are made; see RequiresPythonModuleFactAttribute.
    python:*) /usr/bin/python3 -c "import ${1#python:}" 2>/dev/null ;;
    *) PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null ;;
  esac
}

# Makes the guest that some tests boot. Without it they are skipped, and say how to make it.
make_guest() {
  if [ "$(id -u)" -eq 0 ] && [ ! -e "$root/artifacts/guest/initramfs" ] && [ "$(uname -m)" = x86_64 ]; then
    step "Making a guest for QEMU" "$root/artifacts/logs/guest-kernel.log" timeout 180 "$root/scripts/guest-kernel" \
      || say "The tests that boot one are skipped; see artifacts/logs/guest-kernel.log."
  fi
}

# Installs what is missing when we may, otherwise says what would have to be; never fails, since tests whose tool is
# missing are skipped with its name.
install_test_tools() {
  local tool package packages=()
  while read -r tool; do
    if [ -n "$tool" ] && ! is_installed "$tool"; then
      package=$(package_of "$tool")
      if [ -n "$package" ]; then
        packages+=("$package")
      else
        say "The tests use $tool, which is not installed; the tests that need it are skipped."
      fi
    fi
  done < <(required_tools | sort -u)

  if [ "${#packages[@]}" -eq 0 ]; then
    return 0
  fi

  mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    say "Some tests are skipped, for want of tools. To run them too: sudo apt-get install --no-install-recommends ${packages[*]}"
    return 0
  fi

  step "Installing ${packages[*]}" "$root/artifacts/logs/apt-get.log" apt_install "${packages[@]}" \
    || say "The tests that need them are skipped; see artifacts/logs/apt-get.log."
}

apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update && apt-get install --yes --no-install-recommends "$@"
}
