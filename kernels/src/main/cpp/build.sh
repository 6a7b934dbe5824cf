#!/bin/sh
# Compiles the native part of the CPU backend into the resources of the jar.
#
#   build.sh DNNL_DIR OUTPUT_DIR OBJECT_DIR JAVA_HOME
#
# DNNL_DIR holds the unpacked oneDNN jar. Object files are rebuilt when their source, any header or this
# script is newer. Without g++ or the JNI headers, prints one message and succeeds: the jar then has no
# native part and the engine runs on the Java operations.
#
# Which instruction set a file may use is in its name:
#   NAME.cpp             what every x86-64 processor has
#   NAME_isa.cpp         compiled twice, once per namespace SWIFTKV_ISA: avx2 (AVX2, FMA) and
#                        avx512 (F, BW, DQ, VL); cpu_features.h says which one to call
#   NAME_avx512bf16.cpp  AVX-512 with BF16
#   NAME_amx.cpp         AVX-512 with BF16, AMX tiles and AMX-BF16
#   env.cpp              a library of its own, loaded before OpenMP
set -eu

dnnl=$1 output=$2 objects=$3 java_home=$4
here=$(dirname "$0")
compiler=${CXX:-g++}

skip() {
  echo "[WARNING] spark-swiftkv is built WITHOUT its native CPU operations: $1."
  echo "[WARNING] The engine will run on the Java operations, which are slow."
  exit 0
}

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || skip "they exist for Linux on x86-64, this is $(uname -s) on $(uname -m)"
command -v "$compiler" >/dev/null 2>&1 || skip "there is no C++ compiler '$compiler' (install g++)"
[ -f "$java_home/include/jni.h" ] || skip "$java_home has no include/jni.h (install a JDK with its headers)"

mkdir -p "$output" "$objects"
newest_header=$(ls -t "$here"/*.h "$here/build.sh" | head -n 1)
include=$(find "$dnnl" -type d -name include | head -n 1)
libraries=$(dirname "$include")
flags="-std=c++17 -O3 -fPIC -fopenmp -fvisibility=hidden -fno-math-errno -fno-trapping-math -Wall -Wextra -Werror"
includes="-I$here -I$include -I$java_home/include -I$java_home/include/linux"
# GCC 12 takes the undefined operands inside its own AVX-512 headers for mistakes of ours (GCC bug 105593).
avx512="-Wno-maybe-uninitialized -Wno-uninitialized -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mf16c -mprefer-vector-width=512"

# One compiler at a time per processor: waits for all when the limit is reached.
limit=$(nproc)
running=
count=0
wait_all() {
  for child in $running; do wait "$child" || exit 1; done
  running=
  count=0
}

# compile SOURCE OBJECT FLAGS...
compile() {
  source=$1 object=$2
  shift 2
  if [ "$object" -nt "$source" ] && [ "$object" -nt "$newest_header" ]; then return; fi
  # shellcheck disable=SC2086 # the flags are words
  { "$compiler" $flags $includes "$@" -c "$source" -o "$object.part" && mv "$object.part" "$object"; } &
  running="$running $!"
  count=$((count + 1))
  if [ "$count" -ge "$limit" ]; then wait_all; fi
}

list=
for source in "$here"/*.cpp; do
  name=$(basename "$source" .cpp)
  # shellcheck disable=SC2086
  case $name in
    env) continue ;;
    *_isa)
      compile "$source" "$objects/${name}_avx2.o" -DSWIFTKV_ISA=avx2 -mavx2 -mfma -mf16c
      compile "$source" "$objects/${name}_avx512.o" -DSWIFTKV_ISA=avx512 $avx512
      list="$list $objects/${name}_avx2.o $objects/${name}_avx512.o"
      continue
      ;;
    *_avx512bf16) compile "$source" "$objects/$name.o" $avx512 -mavx512bf16 ;;
    *_amx) compile "$source" "$objects/$name.o" $avx512 -mavx512bf16 -mamx-tile -mamx-bf16 ;;
    *) compile "$source" "$objects/$name.o" ;;
  esac
  list="$list $objects/$name.o"
done
compile "$here/env.cpp" "$objects/env.o"
wait_all

# link OUTPUT OBJECTS-AND-FLAGS...
link() {
  target=$1
  shift
  stale=no
  [ -f "$target" ] || stale=yes
  for object in "$@"; do
    case $object in *.o) [ ! "$object" -nt "$target" ] || stale=yes ;; esac
  done
  [ "$stale" = yes ] || return 0
  "$compiler" -shared -o "$target.part" "$@" -Wl,--no-undefined "-Wl,-rpath,\$ORIGIN"
  mv "$target.part" "$target"
}

# shellcheck disable=SC2086
link "$output/libswiftkv_env.so" "$objects/env.o"
# shellcheck disable=SC2086
link "$output/libswiftkv_cpu.so" $list "-L$libraries" -l:libdnnl.so.3 -l:libgomp.so.1 -lpthread
for library in libdnnl.so.3 libgomp.so.1; do
  [ "$output/$library" -nt "$libraries/$library" ] || cp "$libraries/$library" "$output/$library"
done
