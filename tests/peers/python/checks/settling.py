"""What becomes of a message that is locked."""

from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue

from .bus import body, equal, none, one, raises
from .registry import check


@check("complete", queue={"LockDuration": "PT1S"})
def complete_removes_the_message(bus, queue):
    bus.send(queue, "one")
    receiver = bus.receiver(queue)
    receiver.complete_message(one(receiver))
    # Longer than its lock.
    none(receiver, wait=1.6)


@check("abandon")
def abandon_gives_the_message_back(bus, queue):
    bus.send(queue, "one")
    receiver = bus.receiver(queue)
    receiver.abandon_message(one(receiver))
    equal(body(one(receiver)), "one", "body")


@check("delivery-count")
def abandon_raises_the_delivery_count(bus, queue):
    bus.send(queue, "one")
    receiver = bus.receiver(queue)
    counts = []
    for _ in range(3):
        message = one(receiver)
        counts.append(message.delivery_count)
        receiver.abandon_message(message)
    equal(counts, [0, 1, 2], "delivery counts")


@check("defer")
def defer_sets_the_message_aside(bus, queue):
    bus.send(queue, "aside", "next")
    receiver = bus.receiver(queue)
    receiver.defer_message(one(receiver))
    equal(body(one(receiver)), "next", "body")
    none(receiver)


@check("receive-deferred")
def a_deferred_message_is_received_by_its_number(bus, queue):
    bus.send(queue, "aside")
    receiver = bus.receiver(queue)
    message = one(receiver)
    receiver.defer_message(message)
    (deferred,) = receiver.receive_deferred_messages(message.sequence_number)
    equal(body(deferred), "aside", "body")
    equal(deferred.sequence_number, message.sequence_number, "sequence number")


@check("update-disposition")
def a_deferred_message_is_completed(bus, queue):
    bus.send(queue, "aside")
    receiver = bus.receiver(queue)
    message = one(receiver)
    receiver.defer_message(message)
    (deferred,) = receiver.receive_deferred_messages(message.sequence_number)
    receiver.complete_message(deferred)
    equal(receiver.peek_messages(10), [], "messages left")


@check("update-disposition")
def a_deferred_message_is_dead_lettered(bus, queue):
    bus.send(queue, "aside")
    receiver = bus.receiver(queue)
    message = one(receiver)
    receiver.defer_message(message)
    (deferred,) = receiver.receive_deferred_messages(message.sequence_number)
    receiver.dead_letter_message(deferred, reason="late", error_description="by a day")
    dead = one(bus.receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER))
    equal(dead.dead_letter_reason, "late", "reason")
    equal(dead.dead_letter_error_description, "by a day", "description")


@check("receive-deferred")
def an_unknown_deferred_number_is_not_found(bus, queue):
    from azure.servicebus.exceptions import MessageNotFoundError

    bus.send(queue, "one")
    receiver = bus.receiver(queue)
    (seen,) = receiver.peek_messages(1)
    raises(MessageNotFoundError, receiver.receive_deferred_messages, seen.sequence_number)


@check("dead-letter")
def dead_letter_moves_the_message(bus, queue):
    bus.send(queue, "one")
    receiver = bus.receiver(queue)
    receiver.dead_letter_message(one(receiver))
    none(receiver)
    dead = one(bus.receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER))
    equal(body(dead), "one", "body")


@check("dead-letter-reason")
def dead_letter_tells_reason_and_description(bus, queue):
    message = ServiceBusMessage("one", application_properties={"kept": "yes"})
    bus.send(queue, message)
    receiver = bus.receiver(queue)
    receiver.dead_letter_message(one(receiver), reason="no use", error_description="nobody wants it")
    dead = one(bus.receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER))
    equal(dead.dead_letter_reason, "no use", "reason")
    equal(dead.dead_letter_error_description, "nobody wants it", "description")
    equal(dead.application_properties.get(b"kept"), b"yes", "property of the sender")


@check("dead-letter-queue")
def a_dead_lettered_message_is_completed(bus, queue):
    bus.send(queue, "one")
    receiver = bus.receiver(queue)
    receiver.dead_letter_message(one(receiver))
    dead = bus.receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER)
    dead.complete_message(one(dead))
    equal(dead.peek_messages(10), [], "messages left")
    none(receiver)


@check("max-delivery-count", queue={"MaxDeliveryCount": 2})
def too_many_deliveries_dead_letter(bus, queue):
    bus.send(queue, "one")
    receiver = bus.receiver(queue)
    for _ in range(2):
        receiver.abandon_message(one(receiver))
    dead = one(bus.receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER))
    equal(dead.dead_letter_reason, "MaxDeliveryCountExceeded", "reason")
    equal(body(dead), "one", "body")
    none(receiver)
