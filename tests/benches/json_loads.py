#!/usr/bin/env python3
"""Prints how long json.loads of each file's bytes takes, in seconds: the median of many rounds.

The unit in which this project gives its speed, since it can be measured on any machine. Use Python 3.11.
"""
import json
import sys
import timeit

for name in sys.argv[1:]:
    with open(name, "rb") as file:
        body = file.read()
    timer = timeit.Timer(lambda: json.loads(body))
    calls = max(1, int(0.02 / max(timer.timeit(3) / 3, 1e-9)))
    times = sorted(seconds / calls for seconds in timer.repeat(31, calls))
    print(f"{times[len(times) // 2]:.9f} {name} (Python {sys.version.split()[0]})")
