#!/usr/bin/env bash
# Simulates the shards of a sweep with GNU parallel, on this machine or on several, and merges them:
#
#   ./parallel.sh SHARDS DIR SCENARIO --vary PATH=VALUES [OPTIONS OF cmgsim sweep]
#
# One shard at a time runs on each machine and uses all its processors. For several machines, put
# their names into a file and set PARALLEL='--sshloginfile FILE'. They must share DIR, under the
# same path. After any failure, run the same command again.
set -euo pipefail
shards=$1 dir=$(realpath -m "$2")
cmgsim=${CMGSIM:-cmgsim}
mkdir -p "$dir"

# The first attempt of a shard and all others are the same command. --joblog records the shards that
# succeeded; --resume-failed repeats only the others.
printf -v command '%q ' "$cmgsim" sweep "${@:3}"
printf -v out '%q' "$dir"
seq "$shards" | parallel --jobs 1 --retries 3 --joblog "$dir/joblog" --resume-failed --workdir . \
    "$command --shard {}/$shards --resume --out $out/shard-{}"

folders=()
for shard in $(seq "$shards"); do folders+=("$dir/shard-$shard"); done
"$cmgsim" merge --out "$dir/result" "${folders[@]}"
