"""Sending and receiving."""

import threading

from azure.servicebus import ServiceBusMessage, ServiceBusReceiveMode

from .bus import PATIENCE, body, equal, none, one, several
from .registry import check


@check("send")
def a_sent_message_is_received(bus, queue):
    bus.send(queue, "one")
    equal(body(one(bus.receiver(queue))), "one", "body")


@check("send")
def messages_come_in_the_order_of_their_sending(bus, queue):
    bus.send(queue, *[str(number) for number in range(20)])
    messages = several(bus.receiver(queue), 20)
    equal([body(message) for message in messages], [str(number) for number in range(20)], "order")


@check("send")
def a_list_of_messages_arrives_whole(bus, queue):
    with bus.sender(queue) as sender:
        sender.send_messages([ServiceBusMessage(str(number)) for number in range(7)])
    equal([body(message) for message in several(bus.receiver(queue), 7)], list("0123456"), "bodies")


@check("send")
def a_batch_arrives_whole(bus, queue):
    with bus.sender(queue) as sender:
        batch = sender.create_message_batch()
        for number in range(50):
            batch.add_message(ServiceBusMessage(str(number), message_id=f"id-{number}"))
        sender.send_messages(batch)
    messages = several(bus.receiver(queue), 50)
    equal([message.message_id for message in messages], [f"id-{number}" for number in range(50)], "ids")
    equal([body(message) for message in messages], [str(number) for number in range(50)], "bodies")


@check("send")
def a_receiver_waits_for_what_comes_later(bus, queue):
    receiver = bus.receiver(queue)
    none(receiver, wait=0.2)
    later = threading.Timer(0.3, bus.send, (queue, "late"))
    later.start()
    try:
        equal(body(one(receiver)), "late", "body")
    finally:
        later.join()


@check("send")
def prefetched_messages_are_given_out_once(bus, queue):
    bus.send(queue, *[str(number) for number in range(30)])
    receiver = bus.receiver(queue, prefetch_count=10)
    seen = []
    while len(seen) < 30:
        message = one(receiver)
        seen.append(body(message))
        receiver.complete_message(message)
    equal(seen, [str(number) for number in range(30)], "bodies")


@check("receive-and-delete", queue={"LockDuration": "PT1S"})
def receive_and_delete_removes_the_message(bus, queue):
    bus.send(queue, "one")
    receiver = bus.receiver(queue, receive_mode=ServiceBusReceiveMode.RECEIVE_AND_DELETE)
    equal(body(one(receiver)), "one", "body")
    # Longer than a lock would hold.
    none(bus.receiver(queue), wait=1.6)


@check("send")
def a_large_message_comes_back_in_its_frames(bus, queue):
    text = "0123456789abcdef" * 12_800
    bus.send(queue, text)
    equal(body(one(bus.receiver(queue), wait=2 * PATIENCE)) == text, True, "the same 200 KB")
