"""azure-servicebus at work on one Service Bus, as others tell it.

    hand.py CONNECTION_STRING

Each line on stdin is a command, answered by one line: {"ok": ...} or {"error": "..."}. It ends with its stdin.

    {"do": "send", "queue": "crm", "how": "single" | "list" | "batch", "messages": [MESSAGE, ...]}
    {"do": "schedule", "queue": "crm", "after_ms": 500, "messages": [MESSAGE, ...]}     gives the sequence numbers
    {"do": "receive", "queue": "crm", "dead": false, "then": "complete" | "abandon" | "defer" | "dead_letter",
     "reason": "...", "description": "..."}                                             gives the message
    {"do": "deferred", "queue": "crm"}                                                  gives and completes them
    {"do": "peek", "queue": "crm"}                                                      gives them

A message to send is {"body": hexadecimal, "kind": "data" | "value" | "bytes" | "sequence", "message_id": "...",
"content_type": "...", "properties": {NAME: text or {"type": "ULONG", "value": ...}}}; one that is given has "body" (its
data), "properties" (as text), "message_id", "content_type", "delivery_count", "sequence", "state", "reason" and "description".
"""

import json
import logging
import os
import sys
import uuid
from datetime import datetime, timedelta, timezone

from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusSubQueue
from azure.servicebus.amqp import AmqpAnnotatedMessage, AmqpMessageBodyType, AmqpMessageProperties

#: How long a message may take to come, in seconds.
PATIENCE = 15


def value(given):
    """A property in the type that is asked for."""
    if not isinstance(given, dict):
        return given
    kind, inner = given["type"], given["value"]
    if kind == "UUID":
        return uuid.UUID(inner)
    if kind == "TIMESTAMP":
        return datetime.fromtimestamp(inner / 1000, timezone.utc)
    return {"TYPE": kind, "VALUE": inner.encode() if kind == "SYMBOL" else inner}


def annotated(message):
    """A message with a body of any kind, and properties of any type."""
    body = bytes.fromhex(message["body"])
    bodies = {
        "data": {"data_body": body},
        "value": {"value_body": body.decode("utf-8", "replace")},
        "bytes": {"value_body": body},
        "sequence": {"sequence_body": [body.decode("utf-8", "replace")]},
    }
    fields = {name: message[name] for name in ("message_id", "content_type") if name in message}
    return AmqpAnnotatedMessage(
        **bodies[message.get("kind", "data")],
        properties=AmqpMessageProperties(**fields),
        application_properties={name: value(given) for name, given in message.get("properties", {}).items()},
    )


def plain(message):
    """A message as most applications make one."""
    return ServiceBusMessage(
        bytes.fromhex(message["body"]),
        message_id=message.get("message_id"),
        content_type=message.get("content_type"),
        application_properties=message.get("properties", {}),
    )


def text(thing):
    """Keys and values are bytes where they are texts."""
    return thing.decode() if isinstance(thing, bytes) else str(thing)


def told(message):
    """What there is to say of a message."""
    is_data = message.body_type == AmqpMessageBodyType.DATA
    return {
        "body": b"".join(message.body).hex() if is_data else None,
        "properties": {text(name): text(inner) for name, inner in (message.application_properties or {}).items()},
        "message_id": message.message_id,
        "content_type": message.content_type,
        "delivery_count": message.delivery_count,
        "sequence": message.sequence_number,
        "state": message.state.name.lower(),
        "reason": message.dead_letter_reason,
        "description": message.dead_letter_error_description,
    }


class Hand:
    """The commands."""

    def __init__(self, connection_string):
        self.client = ServiceBusClient.from_connection_string(connection_string)

    def send(self, queue, messages, how="single"):
        with self.client.get_queue_sender(queue) as sender:
            if how == "batch":
                batch = sender.create_message_batch()
                for message in messages:
                    batch.add_message(plain(message))
                sender.send_messages(batch)
            elif how == "list":
                sender.send_messages([plain(message) for message in messages])
            else:
                for message in messages:
                    sender.send_messages(annotated(message))

    def schedule(self, queue, messages, after_ms):
        when = datetime.now(timezone.utc) + timedelta(milliseconds=after_ms)
        with self.client.get_queue_sender(queue) as sender:
            return sender.schedule_messages([plain(message) for message in messages], when)

    def receive(self, queue, then="complete", dead=False, reason=None, description=None):
        with self.receiver(queue, dead) as receiver:
            messages = receiver.receive_messages(1, max_wait_time=PATIENCE)
            if not messages:
                raise TimeoutError("no message came")
            if then == "dead_letter":
                receiver.dead_letter_message(messages[0], reason=reason, error_description=description)
            else:
                getattr(receiver, f"{then}_message")(messages[0])
            return told(messages[0])

    def deferred(self, queue):
        with self.receiver(queue) as receiver:
            seen = [message.sequence_number for message in receiver.peek_messages(100) if told(message)["state"] == "deferred"]
            messages = receiver.receive_deferred_messages(seen)
            for message in messages:
                receiver.complete_message(message)
            return [told(message) for message in messages]

    def peek(self, queue):
        with self.receiver(queue) as receiver:
            return [told(message) for message in receiver.peek_messages(100)]

    def receiver(self, queue, dead=False):
        return self.client.get_queue_receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER if dead else None)


def main():
    """Does what each line says."""
    logging.disable(logging.CRITICAL)
    hand = Hand(sys.argv[1])
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = {"ok": getattr(hand, command.pop("do"))(**command)}
        except Exception as error:  # pylint: disable=broad-except
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
    # The library leaves threads behind that it does not end.
    os._exit(0)


main()
