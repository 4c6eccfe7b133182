#!/usr/bin/env bash
# Swift 6.3.1 (Linux): reading a key path that goes through an optional, `\.a?.b` or the function that it
# stands for, copies the value between two halves of one buffer that are laid out for the value without the
# optional's tag: `memcpy` of 17 bytes for 16, source and destination overlapping by one. glibc happens to
# load before it stores, so the value is right; AddressSanitizer ends the program. Basin uses closures
# there.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cat >"$folder/main.swift" <<'S'
struct Pair { var first = 1, second = 2 }
struct Inner { var number = 1, pair = Pair() }
struct Middle { var number = 1, inner = Inner() }
final class Object {}
struct Outer { var object = Object(), middle: Middle? = Middle() }
let path: KeyPath<Outer, Pair?> = \.middle?.inner.pair
print(Outer()[keyPath: path]!.second)
S
swiftc -sanitize=address "$folder/main.swift" -o "$folder/program" 2>/dev/null
ASAN_OPTIONS=detect_leaks=0 "$folder/program" 2>"$folder/err" && { echo "this has changed"; exit 1; }
grep -m 1 memcpy-param-overlap "$folder/err"
grep -m 1 -o 'KeyPath.*projectReadOnly' "$folder/err"
