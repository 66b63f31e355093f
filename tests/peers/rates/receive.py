"""How fast azure-servicebus receives and completes, and at which cost: `receive.py CONNECTION_STRING QUEUE COUNT`.

At its best: without prefetch, in batches of 200. Nothing is decoded. The line is that of `receive_speed`.
"""

import resource
import sys
import time

from azure.servicebus import ServiceBusClient

TEXT, QUEUE, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])

with ServiceBusClient.from_connection_string(TEXT) as client:
    with client.get_queue_receiver(QUEUE) as receiver:
        left, begin, before = COUNT, time.monotonic(), time.process_time()
        while left:
            messages = receiver.receive_messages(min(200, left), max_wait_time=30)
            if not messages:
                break
            for message in messages:
                receiver.complete_message(message)
            left -= len(messages)
        if left:
            sys.exit(f"{left} messages did not come")
        rate = COUNT / (time.monotonic() - begin)
        each = (time.process_time() - before) * 1e6 / COUNT
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{rate:.0f}\t{each:.1f}\t{resident:.1f}")
