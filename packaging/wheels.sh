#!/usr/bin/env bash
# Build the wheels and the sdist to publish: packaging/wheels.sh FOLDER, with maturin, zig and wheel of .venv.
#
# zig links against the glibc of 2014 (manylinux_2_17) or musl 1.2, for either architecture; no processor's
# own instructions are used. Nothing in them says where they were built: not the compiler's messages, nor the
# bill of materials.
set -euo pipefail
cd "$(dirname "$0")/.."
wheels=$1
unpacked=target/unpacked
here=$PWD

export PATH="$here/.venv/bin:$PATH"
export RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$here=/lead-rs"
export CFLAGS=

# The oldest system that the wheels of a target run on.
declare -A oldest=(
    [x86_64-unknown-linux-gnu]=manylinux_2_17
    [aarch64-unknown-linux-gnu]=manylinux_2_17
    [x86_64-unknown-linux-musl]=musllinux_1_2
    [aarch64-unknown-linux-musl]=musllinux_1_2
)
installed=$(rustup target list --installed)
for target in "${!oldest[@]}"; do
    grep --quiet --line-regexp "$target" <<<"$installed" || {
        echo "missing: rustup target add $target" >&2
        exit 1
    }
done

rm -rf "$wheels" "$unpacked"
maturin sdist --out "$wheels"
for target in "${!oldest[@]}"; do
    maturin build --release --locked --quiet --zig --compatibility "${oldest[$target]}" --target "$target" \
        --interpreter python3.10 python3.14t --out "$wheels"
done
for wheel in "$wheels"/*.whl; do
    python -m wheel unpack --dest "$unpacked" "$wheel"
    sed -i "s|file://$here|file:///lead-rs|g" "$unpacked"/*/*.dist-info/sboms/*.json
    python -m wheel pack --dest-dir "$wheels" "$unpacked"/*
    rm -r "$unpacked"
done
