"""Simulate a sweep with Dask workers that dask-jobqueue starts as Slurm jobs.

Run on a login node, with the same Python environment on all nodes:

    pip install "cmgsim[dask]" dask-jobqueue
    python dask_on_slurm.py

After any failure, run the same command again: the sweep resumes in its folder.
"""

import cmgsim
from dask.distributed import Client
from dask_jobqueue import SLURMCluster

FOLDER = "contoso-1"
JOBS = 8

# Adapt these values to your cluster. Each job is one worker, which simulates one replication per
# core. A worker ends itself before its time limit, after it has passed its work to others.
cluster = SLURMCluster(
    job_name="cmgsim",
    cores=4,
    processes=1,
    memory="8GB",
    walltime="04:00:00",
    worker_extra_args=["--lifetime", "225m", "--lifetime-stagger", "10m"],
    log_directory="contoso-1-logs",
)
# `adapt` replaces workers that end; `scale` would not.
cluster.adapt(minimum_jobs=JOBS, maximum_jobs=JOBS)

with cluster, Client(cluster) as client:
    cmgsim.sweep(
        "contoso.toml",
        vary={"gateway.main.instances": "2..16"},
        out=FOLDER,
        resume=True,
        client=client,
    )
