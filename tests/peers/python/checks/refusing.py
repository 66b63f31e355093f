"""What the service refuses, and the ways in."""

from azure.servicebus import ServiceBusMessage, TransportType
from azure.servicebus.exceptions import (
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    ServiceBusAuthenticationError,
)

from .bus import body, equal, one, raises
from .registry import check


@check("size-limit")
def a_message_above_the_limit_is_refused(bus, queue):
    raises(MessageSizeExceededError, bus.send, queue, "x" * (3 * 1024 * 1024))
    bus.send(queue, "small")
    equal(body(one(bus.receiver(queue))), "small", "body")


@check("not-found")
def a_sender_to_nowhere_is_told(bus, queue):
    raises(MessagingEntityNotFoundError, bus.send, f"{queue}.nowhere", "one")


@check("not-found")
def a_receiver_from_nowhere_is_told(bus, queue):
    raises(MessagingEntityNotFoundError, bus.receiver, f"{queue}.nowhere")


@check("authorization")
def a_wrong_key_is_refused(bus, queue):
    bus.send(queue, "with the key")
    right = bus.place["connection_string"]
    client = bus.another_client(right.replace(bus.place["key"], "b3RoZXIga2V5"))
    sender = bus.keep(client.get_queue_sender(queue))
    raises(ServiceBusAuthenticationError, sender.send_messages, ServiceBusMessage("with another"))


@check("tls")
def tls_is_trusted_by_its_root(bus, queue):
    client = bus.over_tls(TransportType.Amqp)
    with client.get_queue_sender(queue) as sender:
        sender.send_messages(ServiceBusMessage("one"))
    with client.get_queue_receiver(queue) as receiver:
        message = one(receiver)
        equal(body(message), "one", "body")
        receiver.complete_message(message)


@check("websockets")
def messages_go_over_websockets(bus, queue):
    client = bus.over_tls(TransportType.AmqpOverWebsocket)
    with client.get_queue_sender(queue) as sender:
        sender.send_messages(ServiceBusMessage("one"))
    with client.get_queue_receiver(queue) as receiver:
        message = one(receiver)
        equal(body(message), "one", "body")
        receiver.complete_message(message)
