#!/bin/sh
# Unpacks aigc, with Node and TensorFlow, for a machine that reaches no network: sh unpack.sh [FOLDER]
#
# FOLDER (./aigc when left out) must not be there yet; no root is needed. Pieces may arrive one by one: run this whenever
# some have. What was unpacked waits in FOLDER.partial, so a piece that is done may be removed. Every hash of MANIFEST
# must be right before FOLDER appears.
# Exit codes: 0 done; 3 pieces are missing or damaged; 4 this machine lacks something.
set -eu
LC_ALL=C
export LC_ALL

fail() {
  printf 'unpack.sh: %s\n' "$2" >&2
  exit "$1"
}
have() { command -v "$1" >/dev/null 2>&1; }
python() { have python3 && python3 -c "$1" >/dev/null 2>&1; }

pieces=$(dirname "$0")
only=
while [ $# -gt 0 ]; do
  case $1 in
    --pieces) pieces=$2; shift 2 ;;
    --only) only=yes; shift ;; # does not look for the machine's CUDA afterwards
    -*) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
    *) break ;;
  esac
done
target=$(printf '%s' "${1:-aigc}" | sed 's:\(.\)/*$:\1:')
partial=$target.partial
manifest=$pieces/MANIFEST

# ---- what there is to work with

if have sha256sum; then
  check() { sha256sum -c "$1"; }
  hash() { sha256sum; }
elif have shasum; then
  check() { shasum -a 256 -c "$1"; }
  hash() { shasum -a 256; }
elif python 'import hashlib'; then
  check() {
    python3 -c '
import hashlib, sys
wrong = 0
for line in open(sys.argv[1]) if sys.argv[1] != "-" else sys.stdin:
    digest, path = line.rstrip("\n").split("  ", 1)
    state = hashlib.sha256()
    with open(path, "rb") as file:
        for data in iter(lambda: file.read(1 << 20), b""):
            state.update(data)
    wrong |= state.hexdigest() != digest
    print(path + ": " + ("OK" if state.hexdigest() == digest else "FAILED"))
sys.exit(wrong)' "$1"
  }
  hash() { python3 -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())'; }
else
  fail 4 'needs sha256sum, shasum or Python 3, to check the pieces; found none.'
fi

if have xz; then
  unfold() { xz -dc "$1"; }
elif python 'import lzma'; then
  unfold() { python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), sys.stdout.buffer, 1 << 20)' "$1"; }
elif have dpkg-deb; then
  # A bare Debian has neither, but its dpkg reads xz inside a package: so the piece is made one, by three lines of ar.
  member() { printf '%-16s%-12s%-6s%-6s%-8s%-10s`\n' "$1" 0 0 0 100644 "$2"; }
  unfold() {
    {
      printf '!<arch>\n'
      member debian-binary 4
      printf '2.0\n'
      member control.tar.xz 0
      member data.tar.xz "$(($(wc -c <"$1")))"
      cat "$1"
    } >"$partial/piece.deb"
    dpkg-deb --fsys-tarfile "$partial/piece.deb"
  }
else
  fail 4 'needs xz, Python 3 or dpkg-deb, to unfold the pieces; found none.'
fi
have tar || fail 4 'needs tar; there is none.'

# ---- the manifest

[ -f "$manifest" ] || fail 3 "$manifest is missing: bring it along with the pieces."
[ "$(sed -n 1p "$manifest")" = 'aigc-pack 1' ] || fail 3 "$manifest is not of a pack that this script knows."
[ "$(sed '$d' "$manifest" | hash | cut -c1-64)" = "$(sed -n '$s/^end //p' "$manifest")" ] ||
  fail 3 "$manifest is damaged: bring it again."
fact() { sed -n "s/^$1 //p" "$manifest" | sed -n 1p; }
sed -n 's/^file [0-9a-f]* [0-7]* [0-9]* //p' "$manifest" | grep -Eq '^/|(^|/)\.\.(/|$)' &&
  fail 3 "$manifest names a file outside the folder."

case $(uname -s)-$(uname -m) in
  Linux-x86_64) here=linux-x64 ;;
  Linux-aarch64) here=linux-arm64 ;;
  Darwin-arm64) here=darwin-arm64 ;;
  *) here=$(uname -s)-$(uname -m) ;;
esac
[ "$here" = "$(fact platform)" ] || fail 4 "the pack is for $(fact platform), this machine is $here."
needed=$(fact glibc)
if [ "$needed" != none ] && have getconf; then
  found=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/^glibc //')
  [ -n "$found" ] || fail 4 "needs glibc $needed or newer; this system (musl?) has none."
  if [ "${found%%.*}" -lt "${needed%%.*}" ] || { [ "${found%%.*}" -eq "${needed%%.*}" ] && [ "${found#*.}" -lt "${needed#*.}" ]; }; then
    fail 4 "needs glibc $needed or newer, here is $found: make the pack on an older Linux."
  fi
fi

# ---- where it goes

if [ -e "$target" ]; then
  cmp -s "$target/MANIFEST" "$manifest" || fail 3 "$target is there already: name another folder, or remove it."
  echo "$target is unpacked already."
  exit 0
fi
if [ -d "$partial" ] && ! cmp -s "$partial/MANIFEST" "$manifest"; then
  echo "$partial is of another pack, or was cut at its very beginning: begun anew."
  rm -rf "$partial"
fi
if [ ! -d "$partial" ]; then
  mkdir -p "$partial/done" "$partial/tree" "$partial/parts"
  cp "$manifest" "$partial/MANIFEST"
  kilobytes=$((($(fact bytes) + $(fact largest)) / 1024 + 65536))
  free=$(df -Pk "$partial" | awk 'NR == 2 { print $4 }')
  if [ "${free:-$kilobytes}" -lt "$kilobytes" ]; then
    rm -rf "$partial"
    fail 3 "needs $((kilobytes / 1000)) MB in $(dirname "$target"), $((free / 1000)) are free."
  fi
fi

# ---- piece by piece

sed -n 's/^piece //p' "$manifest" >"$partial/pieces"
total=$(($(wc -l <"$partial/pieces")))
done=$(($(ls "$partial/done" | wc -l)))
missing=
damaged=
while read -r digest bytes name; do
  file=$pieces/$name
  [ ! -f "$partial/done/$name" ] || continue
  if [ ! -f "$file" ]; then
    missing="$missing $name"
  elif [ "$(($(wc -c <"$file")))" -ne "$bytes" ]; then
    damaged="$damaged $name ($(($(wc -c <"$file"))) bytes instead of $bytes)"
  elif ! printf '%s  %s\n' "$digest" "$file" | check - >/dev/null 2>&1; then
    damaged="$damaged $name (its SHA-256 is not the manifest's)"
  else
    unfold "$file" | tar -xof - -C "$partial" || fail 3 "$file could not be unpacked: is the disk full?"
    : >"$partial/done/$name"
    rm -f "$partial/piece.deb"
    done=$((done + 1))
    echo "$name: unpacked, $done of $total"
  fi
done <"$partial/pieces"
[ -z "$damaged" ] || fail 3 "damaged, or of another pack:$damaged; bring it again. Of $total pieces $done are unpacked.${missing:+ Missing:$missing.}"
[ -z "$missing" ] || fail 3 "missing:$missing. Of $total pieces $done are unpacked; run this again when the others are here."

# ---- whole files, every hash, a trial, and one rename

sed -n 's/^file [0-9a-f]* \([0-7]* [1-9][0-9]* .*\)/\1/p' "$manifest" >"$partial/joins"
while read -r mode parts path; do
  [ -d "$partial/parts/$path" ] || continue
  mkdir -p "$(dirname "$partial/tree/$path")"
  cat "$partial/parts/$path"/* >"$partial/tree/$path"
  [ "$(($(ls "$partial/parts/$path" | wc -l)))" -eq "$parts" ] || fail 3 "$path has not all of its $parts parts."
  chmod "$mode" "$partial/tree/$path"
  mv "$partial/parts/$path" "$partial/joined.$$"
  rm -rf "$partial/joined.$$"
done <"$partial/joins"
echo 'Checking every file'
sed -n 's/^file \([0-9a-f]*\) [0-7]* [0-9]* \(.*\)/\1  \2/p' "$manifest" >"$partial/list"
if ! (cd "$partial/tree" && check ../list) >"$partial/checked" 2>&1; then
  wrong=$(grep -v ': OK$' "$partial/checked" | head -n 3)
  rm -rf "$partial"
  fail 3 "files are not what the manifest says, run this again with all pieces: $wrong"
fi
[ "$(($(find "$partial/tree" -type f | wc -l)))" -eq "$(($(wc -l <"$partial/list")))" ] ||
  fail 3 'the pieces hold files that the manifest does not name.'
version=$("$partial/tree/bin/aigc" --version 2>"$partial/trial") ||
  fail 4 "it does not start here: $(head -n 3 "$partial/trial")"
cp "$manifest" "$partial/tree/MANIFEST"
mv "$partial/tree" "$target"
rm -rf "$partial"
echo "aigc $version is in $target."
[ -z "$only" ] || exit 0
if [ "$(fact cuda)" = system ]; then
  "$target/bin/aigc" backend install --cuda --use-system-cuda ||
    echo "Once that is mended: $target/bin/aigc backend install --cuda --use-system-cuda"
fi
echo "Now: $target/bin/aigc backend doctor"
