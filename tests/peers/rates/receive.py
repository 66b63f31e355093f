"""How fast azure-servicebus receives and completes, and at which cost: `receive.py CONNECTION_STRING QUEUE COUNT`.

At its best: without prefetch, in batches of 200. Nothing is decoded. The line is that of `receive_speed`.
"""

import resource
import sys
import time

from azure.servicebus import ServiceBusClient
from azure.servicebus.exceptions import MessageLockLostError

TEXT, QUEUE, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])

with ServiceBusClient.from_connection_string(TEXT) as client:
    with client.get_queue_receiver(QUEUE) as receiver:
        done, begin, before = 0, time.monotonic(), time.process_time()
        end, after = begin, before
        while done < COUNT:
            messages = receiver.receive_messages(min(200, COUNT - done), max_wait_time=10)
            if not messages:
                break
            for message in messages:
                try:
                    receiver.complete_message(message)
                    done += 1
                except MessageLockLostError:
                    pass
            end, after = time.monotonic(), time.process_time()
        # On a busy machine this library loses track of a message now and then, which comes again when its lock ends.
        if done < COUNT * 99 // 100:
            sys.exit(f"{COUNT - done} messages did not come")
        rate, each = done / (end - begin), (after - before) * 1e6 / done
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{rate:.0f}\t{each:.1f}\t{resident:.1f}")
