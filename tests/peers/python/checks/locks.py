"""How long a lock holds."""

import time
from datetime import timedelta

from azure.servicebus.exceptions import MessageLockLostError

from .bus import body, equal, none, one, raises
from .registry import check


@check("lock-renewal", queue={"LockDuration": "PT2S"})
def renewal_keeps_the_lock(bus, queue):
    bus.send(queue, "one")
    receiver = bus.receiver(queue)
    message = one(receiver)
    first = message.locked_until_utc
    time.sleep(1.2)
    until = receiver.renew_message_lock(message)
    assert until > first, f"expected a later end of the lock, found {until} after {first}"
    time.sleep(1.2)
    # By now the first lock is over.
    receiver.complete_message(message)
    equal(receiver.peek_messages(10), [], "messages left")


@check("lock-expiry", queue={"LockDuration": "PT1S"})
def a_message_comes_back_when_its_lock_ends(bus, queue):
    bus.send(queue, "one")
    first = one(bus.receiver(queue))
    again = bus.receiver(queue)
    none(again, wait=0.3)
    second = one(again)
    equal(second.sequence_number, first.sequence_number, "sequence number")
    equal(second.delivery_count, 1, "delivery count")
    assert second.lock_token != first.lock_token, "expected a lock token of its own, found the one before"


@check("lock-loss", queue={"LockDuration": "PT1S"})
def a_lost_lock_completes_nothing(bus, queue):
    bus.send(queue, "one")
    receiver = bus.receiver(queue)
    message = one(receiver)
    time.sleep(1.3)
    look_away(message)
    raises(MessageLockLostError, receiver.complete_message, message)
    equal(body(one(receiver)), "one", "body")


@check("lock-loss", queue={"LockDuration": "PT1S"})
def a_lost_lock_is_not_renewed(bus, queue):
    bus.send(queue, "one")
    receiver = bus.receiver(queue)
    message = one(receiver)
    time.sleep(1.3)
    look_away(message)
    raises(MessageLockLostError, receiver.renew_message_lock, message)


@check("close-keeps-locks", queue={"LockDuration": "PT2S"})
def closing_does_not_give_back_before_the_lock_ends(bus, queue):
    bus.send(queue, "one")
    client = bus.another_client()
    with client.get_queue_receiver(queue) as receiver:
        first = one(receiver)
    client.close()
    again = bus.receiver(queue)
    none(again, wait=0.8)
    equal(one(again).sequence_number, first.sequence_number, "sequence number")


def look_away(message):
    """The library asks its own clock before it asks the service, which is the one that is judged here."""
    message._expiry = message.locked_until_utc + timedelta(minutes=1)  # pylint: disable=protected-access
