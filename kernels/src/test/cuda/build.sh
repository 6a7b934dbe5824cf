#!/bin/sh
# Builds the test-only libcuda.so.1: the driver's calls over host memory and the emulated kernels.
#
#   build.sh OUTPUT_DIR OBJECT_DIR JAVA_HOME
#
# Object files are rebuilt when their source, any header or this script is newer. Without g++ or the JNI headers, prints
# one message and succeeds: tests that need the library are then skipped.
set -eu

output=$1 objects=$2 java_home=$3
here=$(cd "$(dirname "$0")" && pwd)
compiler=${CXX:-g++}

skip() {
  echo "[WARNING] No emulated GPU: $1. Tests of the GPU backend will be skipped."
  exit 0
}

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || skip "it exists for Linux on x86-64"
command -v "$compiler" >/dev/null 2>&1 || skip "there is no C++ compiler '$compiler' (install g++)"
[ -f "$java_home/include/jni.h" ] || skip "$java_home has no include/jni.h (install a JDK with its headers)"

mkdir -p "$output" "$objects"
library="$output/libcuda.so.1"
flags="-std=c++17 -O2 -g1 -fPIC -Wall -Wextra -Werror"
# shellcheck source=compile.sh
. "$here/compile.sh"

list=
compile_emulator
for source in "$here"/driver/*.cpp; do
  [ "$source" != "$here/driver/kernels.cpp" ] || continue
  object="$objects/driver_$(basename "$source" .cpp).o"
  compile "$source" "$object" "-I$here/driver" "-I$java_home/include" "-I$java_home/include/linux"
  list="$list $object"
done
wait_all

if is_stale "$library"; then
  # JCuda's library asks for libcuda.so.1 by this name; once loaded from anywhere, the linker takes this one.
  # shellcheck disable=SC2086
  "$compiler" -shared -Wl,-soname,libcuda.so.1 -Wl,--no-undefined -o "$library.part" $list -lpthread
  mv "$library.part" "$library"
fi
