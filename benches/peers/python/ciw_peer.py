"""Ciw: a network of one node, described by its distributions.

Follows the first tutorials of Ciw's documentation. Prints one line of JSON:
`ciw_peer.py mm16 CUSTOMERS`.
"""

import json
import sys
import time

import ciw

SEED = 1
SERVERS = 16
ARRIVAL_RATE = 0.9 * SERVERS
MEAN_SERVICE = 1.0


def now():
    """Return wall time and processor time."""
    return time.perf_counter(), time.process_time()


def since(start):
    return [after - before for before, after in zip(start, now())]


def mm16(customers):
    start = now()
    ciw.seed(SEED)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=ARRIVAL_RATE)],
        service_distributions=[ciw.dists.Exponential(rate=1 / MEAN_SERVICE)],
        number_of_servers=[SERVERS],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(customers, method="Finish")
    seconds = since(start)
    waits = [record.waiting_time for record in simulation.get_all_records()]
    # Customers who are still in the system have no record.
    return 2 * len(waits), seconds, sum(waits) / len(waits)


def main():
    workload, size = sys.argv[1], int(sys.argv[2])
    if workload != "mm16":
        sys.exit(f"Ciw cannot run the workload {workload}")
    events, seconds, check = mm16(size)
    line = {
        "engine": "ciw",
        "workload": workload,
        "events": events,
        "seconds": seconds[0],
        "cpu_seconds": seconds[1],
        "check": check,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
