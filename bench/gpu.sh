#!/bin/sh
# All that is to be shown on a GPU, in one call of at most eight minutes: sh bench/gpu.sh OUT [--rehearse] [--only PART,PART]
#
# Needs no Node and no network where a pack lies beside (AIGC_PACK, or ./pack): it is unpacked first. What it writes to OUT
# stays under 14 MiB a file and 8 files. --rehearse runs all of it on the CPU with tiny counts. --only takes some of the parts:
# doctor, contract, steps, rates, "train vae", "train dcgan", tf32. MNIST_DIR names a folder with
# the four files of MNIST; without it, and without ../shared/mnist, the built-in digits are trained on.
set -u
here=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
out=${1:-}
case $out in
  '' | -*) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
mkdir -p "$out" || exit 1
out=$(cd "$out" && pwd -P)

pack=${AIGC_PACK:-$here/pack}
began=$(date +%s)
root=$here
node=$(command -v node || true)
unpacked=
if [ -f "$pack/unpack.sh" ]; then
  unpacked=${TMPDIR:-/tmp}/aigc-gpu
  if sh "$pack/unpack.sh" "$unpacked" >"$out/log.txt" 2>&1; then
    node=$unpacked/node/bin/node
    AIGC_CACHE_DIR=${AIGC_CACHE_DIR:-$unpacked/cache}
    export AIGC_CACHE_DIR
    root=$unpacked/app
  else
    cat "$out/log.txt" >&2
    unpacked=failed
  fi
fi
if [ -z "$node" ] || [ ! -f "$root/dist/cli.js" ]; then
  echo "Neither a pack in $pack nor Node with a built aigc in $here." >&2
  exit 4
fi
AIGC_GPU_UNPACKED=$unpacked
AIGC_GPU_UNPACK_SECONDS=$(($(date +%s) - began))
export AIGC_GPU_UNPACKED AIGC_GPU_UNPACK_SECONDS
# What the driver compiles for a new card is kept, all of it.
CUDA_CACHE_MAXSIZE=${CUDA_CACHE_MAXSIZE:-4294967296}
export CUDA_CACHE_MAXSIZE
shift
exec "$node" "$root/bench/gpu/run.js" "$out" "$here" "$@"
