"""Looking at messages, and sending them for later."""

import time
from datetime import datetime, timedelta, timezone

from azure.servicebus import ServiceBusMessage, ServiceBusMessageState

from .bus import PATIENCE, body, equal, none, one
from .registry import check


@check("peek")
def peek_shows_messages_and_leaves_them(bus, queue):
    bus.send(queue, "one", "two")
    receiver = bus.receiver(queue)
    for _ in range(2):
        equal([body(message) for message in receiver.peek_messages(10, sequence_number=1)], ["one", "two"], "bodies")
    message = one(receiver)
    equal(body(message), "one", "body")
    equal(message.delivery_count, 0, "delivery count")


@check("peek")
def peek_begins_at_a_number_and_ends_at_a_count(bus, queue):
    bus.send(queue, "one", "two", "three", "four")
    receiver = bus.receiver(queue)
    numbers = [message.sequence_number for message in receiver.peek_messages(10)]
    seen = receiver.peek_messages(2, sequence_number=numbers[1])
    equal([body(message) for message in seen], ["two", "three"], "bodies")


@check("peek")
def peek_of_an_empty_queue_is_empty(bus, queue):
    receiver = bus.receiver(queue)
    equal(receiver.peek_messages(10), [], "messages")
    bus.send(queue, "one")
    equal(len(receiver.peek_messages(10)), 1, "messages")


@check("peek")
def peek_shows_locked_messages_too(bus, queue):
    bus.send(queue, "one")
    receiver = bus.receiver(queue)
    one(receiver)
    equal([body(message) for message in receiver.peek_messages(10, sequence_number=1)], ["one"], "bodies")


@check("message-state")
def peek_tells_the_state(bus, queue):
    bus.send(queue, "deferred", "active")
    receiver = bus.receiver(queue)
    receiver.defer_message(one(receiver))
    with bus.sender(queue) as sender:
        sender.schedule_messages(ServiceBusMessage("scheduled"), in_seconds(600))
    states = {body(message): message.state for message in receiver.peek_messages(10, sequence_number=1)}
    expected = {
        "active": ServiceBusMessageState.ACTIVE,
        "deferred": ServiceBusMessageState.DEFERRED,
        "scheduled": ServiceBusMessageState.SCHEDULED,
    }
    equal(states, expected, "states")


@check("schedule")
def a_scheduled_message_waits_for_its_time(bus, queue):
    receiver = bus.receiver(queue)
    begin = time.monotonic()
    with bus.sender(queue) as sender:
        (number,) = sender.schedule_messages(ServiceBusMessage("later"), in_seconds(1))
        assert number > 0, f"expected a sequence number, found {number}"
    message = one(receiver)
    waited = time.monotonic() - begin
    equal(body(message), "later", "body")
    assert 0.9 <= waited <= PATIENCE, f"expected to wait 1 s, found {waited:.2f} s"


@check("schedule")
def a_message_that_names_its_time_waits_for_it(bus, queue):
    receiver = bus.receiver(queue)
    bus.send(queue, ServiceBusMessage("later", scheduled_enqueue_time_utc=in_seconds(600)), "now")
    equal(body(one(receiver)), "now", "body")
    none(receiver)
    (seen,) = [message for message in receiver.peek_messages(10, sequence_number=1) if body(message) == "later"]
    equal(seen.state, ServiceBusMessageState.SCHEDULED, "state")


@check("cancel")
def a_cancelled_message_does_not_come(bus, queue):
    receiver = bus.receiver(queue)
    with bus.sender(queue) as sender:
        numbers = sender.schedule_messages([ServiceBusMessage("one"), ServiceBusMessage("two")], in_seconds(1))
        equal(len(numbers), 2, "sequence numbers")
        sender.cancel_scheduled_messages(numbers)
    equal(receiver.peek_messages(10), [], "messages")
    none(receiver, wait=1.4)


def in_seconds(seconds):
    """A time to come, as the library wants it."""
    return datetime.now(timezone.utc) + timedelta(seconds=seconds)
