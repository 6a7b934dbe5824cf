#!/bin/sh
# Brings the PTX in src/main/resources up to date with the kernels. Run it after changing one, and commit both.
#
#   update_ptx.sh [CUDA_HOME]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
module=$(cd "$here/../../.." && pwd)
resources="$module/src/main/resources/dev/swiftkv/kernels/cuda/ptx"
work="$module/target/cuda"

sh "$here/build.sh" "$module/target/classes/dev/swiftkv/kernels/cuda" "$work" "$@"
[ -f "$work/compiler.txt" ] || { echo "update_ptx.sh needs nvcc" >&2; exit 1; }

mkdir -p "$resources"
for file in "$resources"/*.ptx; do
  [ -f "$here/$(basename "$file" .ptx).cu" ] || rm -f "$file"
done
for source in "$here"/*.cu; do
  name=$(basename "$source" .cu)
  if ! cmp -s "$work/$name.ptx" "$resources/$name.ptx"; then
    cp "$work/$name.ptx" "$resources/$name.ptx"
    echo "$name.ptx"
  fi
done
cp "$work/compiler.txt" "$resources/compiler.txt"
