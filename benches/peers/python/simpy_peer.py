"""SimPy: one generator per customer, entity or client, and resources as servers.

Follows SimPy's bank and car wash examples. Prints one line of JSON:
`simpy_peer.py WORKLOAD SIZE`.
"""

import json
import random
import sys
import time

import simpy

SEED = 1
SERVERS = 16
ARRIVAL_RATE = 0.9 * SERVERS
MEAN_SERVICE = 1.0
MEAN_HOLD = 3600.0
CLIENTS = 100_000
MEAN_THINK = 600.0
# Servers and mean service time of gateway, connection point and management point.
STATIONS = [(8, 0.030), (4, 0.015), (32, 0.140)]


def now():
    """Return wall time and processor time."""
    return time.perf_counter(), time.process_time()


def since(start):
    return [after - before for before, after in zip(start, now())]


def mm16(customers):
    counts = {"events": 0, "waited": 0.0}

    def source(env, servers):
        for _ in range(customers):
            yield env.timeout(random.expovariate(ARRIVAL_RATE))
            counts["events"] += 1
            env.process(customer(env, servers))

    def customer(env, servers):
        arrived = env.now
        with servers.request() as request:
            yield request
            counts["waited"] += env.now - arrived
            yield env.timeout(random.expovariate(1 / MEAN_SERVICE))
            counts["events"] += 1

    start = now()
    env = simpy.Environment()
    env.process(source(env, simpy.Resource(env, capacity=SERVERS)))
    env.run()
    seconds = since(start)
    return counts["events"], seconds, counts["waited"] / customers


def hold(population, events):
    env = simpy.Environment()
    done = env.event()
    ended = 0

    def entity():
        nonlocal ended
        while True:
            yield env.timeout(random.expovariate(1 / MEAN_HOLD))
            ended += 1
            if ended == events:
                done.succeed()

    for _ in range(population):
        env.process(entity())
    # Each process starts with an event. After these steps, all processes are in their first delay.
    for _ in range(population):
        env.step()
    start = now()
    env.run(until=done)
    seconds = since(start)
    return events, seconds, env.now / events * population / MEAN_HOLD


def polling(simulated_seconds):
    counts = {"events": 0, "responses": 0, "response": 0.0}

    def client(env, stations):
        while True:
            yield env.timeout(random.expovariate(1 / MEAN_THINK))
            counts["events"] += 1
            asked = env.now
            for servers, mean_service in stations:
                with servers.request() as request:
                    yield request
                    yield env.timeout(random.expovariate(1 / mean_service))
                    counts["events"] += 1
            counts["responses"] += 1
            counts["response"] += env.now - asked

    start = now()
    env = simpy.Environment()
    stations = [
        (simpy.Resource(env, capacity=servers), mean_service)
        for servers, mean_service in STATIONS
    ]
    for _ in range(CLIENTS):
        env.process(client(env, stations))
    env.run(until=simulated_seconds)
    seconds = since(start)
    return counts["events"], seconds, counts["response"] / counts["responses"]


def main():
    workload, size = sys.argv[1], int(sys.argv[2])
    random.seed(SEED)
    if workload == "mm16":
        events, seconds, check = mm16(size)
    elif workload == "polling":
        events, seconds, check = polling(size)
    else:
        population = {"hold-1e5": 100_000, "hold-1e6": 1_000_000}[workload]
        events, seconds, check = hold(population, size)
    line = {
        "engine": "simpy",
        "workload": workload,
        "events": events,
        "seconds": seconds[0],
        "cpu_seconds": seconds[1],
        "check": check,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
