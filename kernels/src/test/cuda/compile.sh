# Compiling the emulator and what runs on it; read by build.sh and checks.sh. Before: here, compiler, objects, flags.
# shellcheck shell=sh disable=SC2154 # the variables above are the reader's

kernels_dir=$here/../../main/cuda
newest_header=$(ls -t "$here"/*/*.h "$kernels_dir"/*.cuh "$here"/*.sh | head -n 1)

limit=$(nproc)
running=
count=0
wait_all() {
  for child in $running; do wait "$child" || exit 1; done
  running=
  count=0
}

# compile SOURCE OBJECT FLAGS...: in the background, unless the object is newer than everything it may depend on.
compile() {
  source=$1 object=$2
  shift 2
  if [ "$object" -nt "$source" ] && [ "$object" -nt "$newest_header" ]; then return; fi
  # shellcheck disable=SC2086 # the flags are words
  { "$compiler" $flags "$@" -x c++ -c "$source" -o "$object.part" && mv "$object.part" "$object"; } &
  running="$running $!"
  count=$((count + 1))
  if [ "$count" -ge "$limit" ]; then wait_all; fi
}

# Compiles the emulator and all kernels, and adds their objects to $list.
compile_emulator() {
  for source in "$here"/emulator/*.cpp "$here/driver/kernels.cpp" "$kernels_dir"/*.cu; do
    name=$(basename "$source")
    object="$objects/emulated_${name%.*}.o"
    # The pragmas are for nvcc.
    compile "$source" "$object" -Wno-unknown-pragmas -ffp-contract=off "-I$kernels_dir" "-I$here/emulator" \
      "-I$here/driver"
    list="$list $object"
  done
}

# is_stale TARGET: whether an object of $list is newer than it.
is_stale() {
  [ -f "$1" ] || return 0
  for object in $list; do
    [ ! "$object" -nt "$1" ] || return 0
  done
  return 1
}
