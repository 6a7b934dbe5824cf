#!/bin/sh
# Builds the checks of the GPU kernels and of the emulator, and runs them.
#
#   checks.sh OBJECT_DIR plain|sanitized [NAME...]
#
# NAME is a check without its suffix, such as gemm_check; without one all run. `sanitized` adds AddressSanitizer and
# UndefinedBehaviorSanitizer. Ends with 0 only if every check did.
set -eu

objects=$1 mode=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
compiler=${CXX:-g++}
mkdir -p "$objects"
flags="-std=c++17 -O2 -g1 -Wall -Wextra -Werror"
case $mode in
  plain) ;;
  sanitized) flags="$flags -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer" ;;
  *) echo "checks.sh: $mode is neither plain nor sanitized" >&2 && exit 2 ;;
esac
# shellcheck source=compile.sh
. "$here/compile.sh"

list=
compile_emulator
[ $# -gt 0 ] || set -- $(cd "$here/checks" && ls ./*_check.cpp | sed 's|^\./||; s|\.cpp$||')
for name in "$@"; do
  compile "$here/checks/$name.cpp" "$objects/$name.o" -Wno-unknown-pragmas "-I$kernels_dir" "-I$here/emulator" \
    "-I$here/driver" "-I$here/checks"
done
wait_all

failed=
for name in "$@"; do
  program="$objects/$name"
  if is_stale "$program" || [ "$objects/$name.o" -nt "$program" ]; then
    # shellcheck disable=SC2086
    "$compiler" $flags -o "$program" "$objects/$name.o" $list -lpthread
  fi
  started=$(date +%s)
  if ASAN_OPTIONS=detect_leaks=0 "$program"; then
    echo "$name ($mode): passed in $(($(date +%s) - started)) s"
  else
    echo "$name ($mode): FAILED" >&2
    failed="$failed $name"
  fi
done
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
