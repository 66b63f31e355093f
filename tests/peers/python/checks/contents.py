"""What a message holds comes back as it was."""

import uuid
from datetime import datetime, timedelta, timezone

from azure.servicebus import ServiceBusMessage
from azure.servicebus.amqp import AmqpAnnotatedMessage, AmqpMessageBodyType

from .bus import equal, one
from .registry import check

#: The library's way to write an AMQP type that Python does not have.
TYPED = {
    "ubyte": ("UBYTE", 200),
    "byte": ("BYTE", -100),
    "ushort": ("USHORT", 60_000),
    "short": ("SHORT", -30_000),
    "uint": ("UINT", 4_000_000_000),
    "int": ("INT", -2_000_000_000),
    "ulong": ("ULONG", 2**63 + 1),
    "long": ("LONG", -(2**62)),
    "float": ("FLOAT", 0.5),
    "symbol": ("SYMBOL", b"symbol"),
}


@check("contents")
def application_properties_come_back(bus, queue):
    name = uuid.uuid4()
    sent = {"text": "ü", "whole": 7, "half": 0.5, "yes": True, "no": False, "name": name, "bytes": b"\x00\x7f"}
    when = datetime.fromtimestamp(1, timezone.utc)
    bus.send(queue, ServiceBusMessage("one", application_properties={**sent, "when": when}))
    found = one(bus.receiver(queue)).application_properties
    expected = {key.encode(): value.encode() if isinstance(value, str) else value for key, value in sent.items()}
    equal(found, {**expected, b"when": 1000}, "properties")


@check("contents")
def properties_of_every_amqp_type_come_back(bus, queue):
    sent = {key: {"TYPE": kind, "VALUE": value} for key, (kind, value) in TYPED.items()}
    message = AmqpAnnotatedMessage(data_body=b"one", application_properties=sent)
    with bus.sender(queue) as sender:
        sender.send_messages(message)
    found = one(bus.receiver(queue)).application_properties
    equal(found, {key.encode(): value for key, (_, value) in TYPED.items()}, "properties")


@check("contents")
def the_properties_of_the_message_come_back(bus, queue):
    bus.send(
        queue,
        ServiceBusMessage(
            "one",
            message_id="id",
            session_id="session",
            content_type="text/plain",
            correlation_id="correlation",
            subject="subject",
            to="to",
            reply_to="reply",
            reply_to_session_id="reply session",
            partition_key="session",
            time_to_live=timedelta(minutes=5),
        ),
    )
    message = one(bus.receiver(queue))
    found = [
        message.message_id,
        message.session_id,
        message.content_type,
        message.correlation_id,
        message.subject,
        message.to,
        message.reply_to,
        message.reply_to_session_id,
        message.partition_key,
        message.time_to_live,
    ]
    expected = ["id", "session", "text/plain", "correlation", "subject", "to", "reply", "reply session", "session"]
    equal(found, [*expected, timedelta(minutes=5)], "properties")


@check("contents")
def the_senders_annotations_come_back(bus, queue):
    message = AmqpAnnotatedMessage(data_body=b"one", annotations={"x-opt-mine": "kept", "x-opt-number": 5})
    with bus.sender(queue) as sender:
        sender.send_messages(message)
    found = one(bus.receiver(queue)).raw_amqp_message.annotations
    equal(found.get(b"x-opt-mine"), b"kept", "text")
    equal(found.get(b"x-opt-number"), 5, "number")


@check("service-annotations")
def the_service_tells_number_time_and_lock(bus, queue):
    bus.send(queue, "one", "two")
    receiver = bus.receiver(queue)
    first, second = one(receiver), one(receiver)
    equal(second.sequence_number - first.sequence_number, 1, "step of the sequence numbers")
    age = datetime.now(timezone.utc) - first.enqueued_time_utc
    assert timedelta(seconds=-2) < age < timedelta(seconds=30), f"expected the time of the sending, found {age} ago"
    left = first.locked_until_utc - datetime.now(timezone.utc)
    assert timedelta(seconds=30) < left <= timedelta(seconds=61), f"expected a lock of a minute, found {left}"
    assert first.lock_token, "expected a lock token, found none"
    assert first.message_id, "expected a message id that the service gave, found none"


@check("contents")
def a_body_of_several_data_sections_comes_back(bus, queue):
    sections = [b"one", b"", b"two"]
    with bus.sender(queue) as sender:
        sender.send_messages(AmqpAnnotatedMessage(data_body=sections))
    message = one(bus.receiver(queue))
    equal(message.body_type, AmqpMessageBodyType.DATA, "kind of body")
    equal(list(message.body), sections, "sections")


@check("contents")
def a_body_that_is_a_value_comes_back(bus, queue):
    value = {"text": "ü", "numbers": [1, -2, 0.5], "nothing": None, "yes": True}
    with bus.sender(queue) as sender:
        sender.send_messages(AmqpAnnotatedMessage(value_body=value))
    message = one(bus.receiver(queue))
    equal(message.body_type, AmqpMessageBodyType.VALUE, "kind of body")
    expected = {b"text": "ü".encode(), b"numbers": [1, -2, 0.5], b"nothing": None, b"yes": True}
    equal(message.body, expected, "value")


@check("contents")
def a_body_that_is_a_sequence_comes_back(bus, queue):
    sequence = [[1, "two", None], [False]]
    with bus.sender(queue) as sender:
        sender.send_messages(AmqpAnnotatedMessage(sequence_body=sequence))
    message = one(bus.receiver(queue))
    equal(message.body_type, AmqpMessageBodyType.SEQUENCE, "kind of body")
    equal(list(message.body), [[1, b"two", None], [False]], "sequences")
