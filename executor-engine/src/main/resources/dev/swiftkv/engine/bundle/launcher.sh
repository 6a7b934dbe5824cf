#!/bin/sh
# The engine's commands on the Java runtime beside this script. Needs nothing that is installed.
#
#   SWIFTKV_JAVA_OPTS  more options for the JVM, such as -Xmx8g or -Djava.io.tmpdir=/some/where
#   SWIFTKV_CLASSPATH  more jars, with colons between; those in lib/extra are taken as well
#   SWIFTKV_MAIN       another main class, from one of these jars
set -eu

# The folder above the real place of this script, whatever links led here.
home_folder() {
  script=$0
  while [ -L "$script" ]; do
    target=$(readlink "$script")
    case $target in
      /*) script=$target ;;
      *) script=$(dirname -- "$script")/$target ;;
    esac
  done
  CDPATH='' cd -- "$(dirname -- "$script")/.." && pwd -P
}

loader_finds_driver() {
  for ldconfig in /sbin/ldconfig /usr/sbin/ldconfig; do
    if [ -x "$ldconfig" ] && "$ldconfig" -p 2>/dev/null | grep -q 'libcuda\.so\.1'; then return; fi
  done
  for folder in $(echo "${LD_LIBRARY_PATH:-}" | tr ': ' '\n?') /lib64 /usr/lib64 /lib /usr/lib; do
    if [ -e "$folder/libcuda.so.1" ]; then return; fi
  done
  return 1
}

# Where container runtimes and drivers put the NVIDIA driver without telling the loader.
add_driver_folder() {
  for folder in /usr/lib/x86_64-linux-gnu /usr/local/nvidia/lib64 /usr/local/nvidia/lib \
    /usr/lib/wsl/lib /usr/lib64/nvidia /usr/lib/nvidia /run/opengl-driver/lib \
    /usr/local/cuda/compat; do
    if [ -e "$folder/libcuda.so.1" ]; then
      export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder"
      return
    fi
  done
}

home=$(home_folder)
loader_finds_driver || add_driver_folder

# A machine that says nothing of its language would garble prompts that are not ASCII.
[ -n "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ] || export LC_ALL=C.UTF-8

# shellcheck disable=SC2086  # both lists of options are meant to be split
exec "$home/runtime/bin/java" @OPTIONS@ -Dswiftkv.home="$home" \
  -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showThreadName=false \
  ${SWIFTKV_JAVA_OPTS:-} \
  -cp "$home/lib/*:$home/lib/extra/*${SWIFTKV_CLASSPATH:+:$SWIFTKV_CLASSPATH}" \
  "${SWIFTKV_MAIN:-dev.swiftkv.engine.cli.EngineMain}" "$@"
