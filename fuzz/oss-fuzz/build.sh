#!/bin/bash -eu
# Builds every fuzz target into $OUT with its seeds, dictionary and options, as OSS-Fuzz and
# ClusterFuzzLite ask for. Elsewhere too: RUSTUP_TOOLCHAIN=nightly OUT=/tmp/out fuzz/oss-fuzz/build.sh
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# The images of OSS-Fuzz name the sanitizer and bring a nightly; without them there is none.
sanitizer=${SANITIZER:-none}
[ "$sanitizer" != coverage ] || sanitizer=none
cargo fuzz build --release --debug-assertions --sanitizer "$sanitizer" --fuzz-dir .
programs="target/$(rustc -vV | sed -n 's/^host: //p')/release"

for program in fuzz_targets/*.rs; do
    target=$(basename "$program" .rs)
    [ "$target" != shim ] || continue
    cp "$programs/$target" "$OUT/"
    cp dictionary.txt "$OUT/$target.dict"
    printf '[libfuzzer]\nmax_len = 4096\ntimeout = 5\n' >"$OUT/$target.options"
    (cd "corpus/$target" && zip -q -r - .) >"$OUT/${target}_seed_corpus.zip"
done
