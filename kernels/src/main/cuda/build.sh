#!/bin/sh
# Compiles the GPU kernels into the resources of the jar, one image for every NAME.cu.
#
#   build.sh OUTPUT_DIR WORK_DIR [CUDA_HOME]
#
# OUTPUT_DIR/NAME.fatbin is compiled code and PTX: for sm_80 and sm_90, with PTX for what comes after them; kernels with
# "wgmma" in their name for sm_90a alone. OUTPUT_DIR/kernels.txt lists the names with the architecture of their PTX.
# WORK_DIR/NAME.ptx is the PTX by itself, without comments, in the oldest version of the language that has its
# instructions, so that older drivers take it; WORK_DIR/NAME.log says what registers and memory every kernel uses.
#
# A file is compiled when it, any header or this script is newer than its image. nvcc is looked for in CUDA_HOME (the
# third argument, then the variable), then on the PATH. Without it only the list is written, and the jar has the PTX
# that is kept in src/main/resources.
set -eu

output=$1 work=$2 cuda_home=${3:-${CUDA_HOME:-}}
here=$(dirname "$0")
PTX_VERSION=8.0

mkdir -p "$output" "$work"
list=$(find "$here" -name '*.cu' | sort)

architecture() {
  case $1 in
    *wgmma*) echo 90a ;;
    *) echo 80 ;;
  esac
}

for source in $list; do
  name=$(basename "$source" .cu)
  echo "$name compute_$(architecture "$name")"
done > "$work/kernels.txt"
cmp -s "$work/kernels.txt" "$output/kernels.txt" || cp "$work/kernels.txt" "$output/kernels.txt"
for image in "$output"/*.fatbin; do
  [ -f "$here/$(basename "$image" .fatbin).cu" ] || rm -f "$image"
done

if [ -n "$cuda_home" ]; then nvcc=$cuda_home/bin/nvcc; else nvcc=nvcc; fi
if ! command -v "$nvcc" >/dev/null 2>&1; then
  rm -f "$output"/*.fatbin "$work/compiler.txt"  # of an earlier build, and perhaps of other sources
  echo "[INFO] The GPU kernels are packed as PTX, which drivers compile when it is first used: there is no $nvcc" \
    "(set CUDA_HOME or -Dcuda.home to pack compiled code too)."
  exit 0
fi
"$nvcc" --version | sed -n 's/.*V\([0-9.]*\)$/\1/p' > "$work/compiler.txt"

# build SOURCE NAME ARCHITECTURE
build() {
  part="$work/$2.part"
  "$nvcc" -std=c++17 -O3 -ptx "-arch=compute_$3" "-I$here" "$1" -o "$part.full.ptx"
  # used_bytes_mask is a hint that came with a later version than the instructions did. The numbers around a file's name
  # in the names of its internal things are made from its path.
  sed -E -e 's|//.*$||' -e '/\.pragma "used_bytes_mask/d' -e 's/[[:space:]]+$//' -e '/^$/d' \
    -e "s/_[0-9a-f]{8}_([0-9]+_$2_cu)_[0-9a-f]{8}/_00000000_\1_00000000/g" \
    -e "s/^\.version .*/.version $PTX_VERSION/" "$part.full.ptx" > "$part.ptx"
  case $3 in
    90a) code="-gencode arch=compute_90a,code=[sm_90a,compute_90a]" ;;
    *) code="-gencode arch=compute_80,code=[sm_80,sm_90,compute_80]" ;;
  esac
  # shellcheck disable=SC2086 # the flags are words
  "$nvcc" -fatbin --compress-mode=size $code --resource-usage "$part.ptx" -o "$part.fatbin" > "$part.log" 2>&1 || {
    cat "$part.log" >&2
    return 1
  }
  grep -E 'warning|C75[0-9][0-9]' "$part.log" >&2 || true
  mv "$part.log" "$work/$2.log"
  mv "$part.ptx" "$work/$2.ptx"
  mv "$part.fatbin" "$output/$2.fatbin"
  rm -f "$part".*
}

# One compiler at a time per processor: waits for all when the limit is reached.
limit=$(nproc)
running=
count=0
wait_all() {
  for child in $running; do wait "$child" || exit 1; done
  running=
  count=0
}

newest=$(ls -t "$here"/*.cuh "$here/build.sh" | head -n 1)
for source in $list; do
  name=$(basename "$source" .cu)
  image="$output/$name.fatbin"
  if [ "$image" -nt "$source" ] && [ "$image" -nt "$newest" ] && [ -f "$work/$name.ptx" ]; then continue; fi
  build "$source" "$name" "$(architecture "$name")" &
  running="$running $!"
  count=$((count + 1))
  if [ "$count" -ge "$limit" ]; then wait_all; fi
done
wait_all
