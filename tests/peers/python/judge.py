"""Has azure-servicebus judge a Service Bus.

    judge.py config [NAME...]   prints the Config.json with the entities of the checks
    judge.py run                reads a line of JSON for each Service Bus to judge, prints one for each check

A line to judge by:
    {"run": "any name", "checks": ["name", ...], "connection_string": "...", "key_name": "...", "key": "...",
     "tls_port": 5671, "tls_root": "root.pem"}
A line of a verdict:
    {"run": "any name", "name": "...", "ok": false, "error": "...", "ms": 12}
"""

import json
import logging
import os
import queue
import sys
import threading
import time
import traceback

from checks import CHECKS, config
from checks.bus import Bus

#: Checks that run at a time, of all runs together; most of them wait for a lock or a message most of the time.
WORKERS = 12
#: How long a check may take, in seconds. One that takes longer has failed, and nobody waits for it.
LIMIT = 15


def judge(place, check):
    """Runs one check against one Service Bus; gives the text of its error, or nothing."""
    outcome = queue.SimpleQueue()

    def run():
        bus = Bus(place)
        try:
            check.run(bus, check.name)
            outcome.put(None)
        except AssertionError as error:
            outcome.put(str(error))
        except BaseException as error:  # pylint: disable=broad-except
            where = traceback.extract_tb(error.__traceback__)
            mine = [frame for frame in where if "checks" in frame.filename]
            line = f" (line {mine[0].lineno} of the check's file)" if mine else ""
            outcome.put(f"{type(error).__name__}: {error}{line}")
        finally:
            bus.close()

    threading.Thread(target=run, daemon=True).start()
    try:
        return outcome.get(timeout=LIMIT)
    except queue.Empty:
        return f"not done after {LIMIT} s"


def work(jobs, say):
    """Takes one check after the other."""
    while True:
        try:
            place, check = jobs.get_nowait()
        except queue.Empty:
            return
        begin = time.monotonic()
        error = judge(place, check)
        say(place, check, error, time.monotonic() - begin)


def run(lines):
    """Runs all checks of all lines."""
    jobs, lock = queue.SimpleQueue(), threading.Lock()
    for line in lines:
        place = json.loads(line)
        for name in place["checks"]:
            jobs.put((place, CHECKS[name]))

    def say(place, check, error, seconds):
        verdict = {"run": place["run"], "name": check.name, "ok": error is None, "ms": round(seconds * 1000)}
        with lock:
            print(json.dumps({**verdict, "error": error}), flush=True)

    workers = [threading.Thread(target=work, args=(jobs, say), daemon=True) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def main(arguments):
    """What the first word says."""
    logging.disable(logging.CRITICAL)
    match arguments:
        case ["config", *names]:
            print(json.dumps(config([CHECKS[name] for name in names or CHECKS]), indent=2))
        case ["run"]:
            run([line for line in sys.stdin if line.strip()])
        case _:
            sys.exit(__doc__)
    sys.stdout.flush()
    # Checks that nobody waits for any more keep threads that the library does not end.
    os._exit(0)


main(sys.argv[1:])
