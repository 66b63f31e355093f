"""How fast azure-servicebus sends and settles messages of 5 KB: `sdk.py CONNECTION_STRING QUEUE COUNT`."""

import sys
import time

from azure.servicebus import ServiceBusClient, ServiceBusMessage

TEXT, QUEUE, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
BODY = b"x" * 5_000


def rate(what, count, begin):
    """Prints a line of the table."""
    print(f"{what}\t{count / (time.monotonic() - begin):.0f}", flush=True)


with ServiceBusClient.from_connection_string(TEXT) as client:
    with client.get_queue_sender(QUEUE) as sender:
        sender.send_messages(ServiceBusMessage(BODY))
        begin = time.monotonic()
        for _ in range(COUNT // 10):
            sender.send_messages(ServiceBusMessage(BODY))
        rate("azure-servicebus (Python), send one by one", COUNT // 10, begin)
        begin = time.monotonic()
        for _ in range(COUNT // 100):
            sender.send_messages([ServiceBusMessage(BODY) for _ in range(100)])
        rate("azure-servicebus (Python), send in batches of 100", COUNT, begin)
    with client.get_queue_receiver(QUEUE) as receiver:
        left = COUNT + COUNT // 10 + 1
        begin, total = time.monotonic(), left
        while left:
            messages = receiver.receive_messages(min(200, left), max_wait_time=5)
            if not messages:
                sys.exit(f"{left} messages did not come")
            for message in messages:
                receiver.complete_message(message)
            left -= len(messages)
        rate("azure-servicebus (Python), receive in batches of 200 and complete", total, begin)
