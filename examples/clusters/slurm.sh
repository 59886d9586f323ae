#!/usr/bin/env bash
# Simulates a sweep as a Slurm array job with one task per shard, and merges the shards in a second
# job. Run it on a login node:
#
#   ./slurm.sh SHARDS DIR SCENARIO --vary PATH=VALUES [OPTIONS OF cmgsim sweep]
#
# All nodes must share the file system of DIR. After any failure, run the same command again.
# Adapt these lines to your cluster; `srun --help` explains the options.
#SBATCH --job-name=cmgsim
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail
shards=$1 dir=$2
cmgsim=${CMGSIM:-cmgsim}

# On the login node: submit this file twice.
if [ -z "${SLURM_JOB_ID:-}" ]; then
    mkdir -p "$dir"
    array=$(sbatch --parsable --array="1-$shards" --output="$dir/shard-%a.log" "$0" "$@")
    merge=$(sbatch --parsable --dependency="afterok:$array" --kill-on-invalid-dep=yes \
        --output="$dir/merge.log" "$0" "$@")
    echo "submitted: shards $array, merge $merge"
    exit
fi

# In the second job: merge.
if [ -z "${SLURM_ARRAY_TASK_ID:-}" ]; then
    folders=()
    for shard in $(seq "$shards"); do folders+=("$dir/shard-$shard"); done
    exec "$cmgsim" merge --out "$dir/result" "${folders[@]}"
fi

# In a task of the array: simulate one shard. The first attempt and all others are the same command.
code=0
"$cmgsim" sweep "${@:3}" --shard "$SLURM_ARRAY_TASK_ID/$shards" --jobs "$SLURM_CPUS_PER_TASK" \
    --resume --out "$dir/shard-$SLURM_ARRAY_TASK_ID" || code=$?

# Exit codes 2 and 3 are errors in the command or the scenario. Repeat other failures three times.
case $code in
    0 | 2 | 3) exit "$code" ;;
esac
if [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
fi
exit "$code"
