#!/bin/sh
# Shows that the checks of the GPU kernels notice bugs: makes those of mutants.txt, one after the other, in a copy of
# the kernels, compiles what includes the changed file, and runs the check that must fail.
#
#   mutants.sh WORK_DIR [NAME...]      runs these mutants, or all, and ends with 0 if every one was noticed
#   mutants.sh WORK_DIR --apply-only   only finds out whether each changes exactly one line, within a second
#
# WORK_DIR keeps the objects of the kernels as they are. A mutant that survives is a missing check.
set -eu

work=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
kernels=$here/../../main/cuda
compiler=${CXX:-g++}
flags="-std=c++17 -O2 -g1 -Wno-unknown-pragmas"
mkdir -p "$work"
work=$(cd "$work" && pwd)
mutated=$work/mutated

list() { grep -v -e '^#' -e '^$' "$here/mutants.txt"; }

# Reads a line of the list into name, check, part, file and expression.
parse() {
  name=${1%% *}
  rest=$(printf "%s\n" "${1#* }" | sed 's/^ *//')
  check=${rest%% *}
  rest=$(printf "%s\n" "${rest#* }" | sed 's/^ *//')
  part=
  case ${rest%% *} in
    *.cu | *.cuh) ;;
    *)
      part=${rest%% *}
      rest=$(printf "%s\n" "${rest#* }" | sed 's/^ *//')
      ;;
  esac
  file=${rest%% *}
  expression=$(printf "%s\n" "${rest#* }" | sed 's/^ *//')
}

# Copies the kernels with the bug.
apply() {
  rm -rf "$mutated"
  mkdir -p "$mutated"
  cp "$kernels"/*.cu "$kernels"/*.cuh "$mutated"
  sed -E "$expression" "$kernels/$file" > "$mutated/$file"
  lines=$(diff "$kernels/$file" "$mutated/$file" | grep -c '^<' || true)
  [ "$lines" = 1 ] || { echo "$name changes $lines lines of $file instead of one" >&2; return 1; }
}

# compile SOURCE OBJECT FLAGS..., with the headers of the mutant
compile() {
  source=$1 object=$2
  shift 2
  # shellcheck disable=SC2086 # the flags are words
  "$compiler" $flags "$@" "-I$mutated" "-I$here/emulator" "-I$here/driver" "-I$here/checks" -x c++ -c "$source" \
    -o "$object"
}

# includes SOURCE: whether it depends on the mutant's file
includes() {
  # shellcheck disable=SC2086
  "$compiler" $flags "-I$mutated" "-I$here/emulator" "-I$here/driver" "-I$here/checks" -x c++ -MM "$1" |
    grep -q "/$file\( \|$\)"
}

# Links the check with the mutant's objects and, for what it does not touch, those of the kernels as they are.
build() {
  objects=
  for base in "$work"/emulated_*.o; do
    source=$mutated/$(basename "$base" .o | sed 's/^emulated_//').cu
    if [ -f "$source" ] && includes "$source"; then
      compile "$source" "$mutated/$(basename "$base")" -ffp-contract=off
      objects="$objects $mutated/$(basename "$base")"
    else
      objects="$objects $base"
    fi
  done
  main=$work/$check.o
  if includes "$here/checks/$check.cpp"; then
    compile "$here/checks/$check.cpp" "$mutated/$check.o"
    main=$mutated/$check.o
  fi
  # shellcheck disable=SC2086
  "$compiler" $flags -o "$mutated/$check" "$main" $objects -lpthread
}

run() {
  started=$(date +%s)
  result=0
  # shellcheck disable=SC2086
  timeout 300 "$mutated/$check" $part > "$mutated/output" 2>&1 || result=$?
  if [ "$result" = 0 ]; then
    survivors="$survivors $name"
    echo "| $name | $check | SURVIVED | $(($(date +%s) - started)) s |"
  else
    echo "| $name | $check | $(head -n 1 "$mutated/output" | cut -c 1-100) | $(($(date +%s) - started)) s |"
  fi
}

if [ "${1:-}" = --apply-only ]; then
  list | while read -r line; do
    parse "$line"
    [ -f "$here/checks/$check.cpp" ] || { echo "$name wants $check, which there is not" >&2; exit 1; }
    apply
  done
  exit 0
fi

sh "$here/checks.sh" "$work" plain > "$work/checks.log" 2>&1 || { cat "$work/checks.log" >&2; exit 1; }
echo "| mutant | check | noticed by | after |"
echo "| --- | --- | --- | --- |"
survivors=
list > "$work/list"
while read -r line; do
  parse "$line"
  if [ $# -gt 0 ]; then
    case " $* " in
      *" $name "*) ;;
      *) continue ;;
    esac
  fi
  apply
  build
  run
done < "$work/list"
rm -rf "$mutated"
[ -z "$survivors" ] || { echo "survived:$survivors" >&2; exit 1; }
