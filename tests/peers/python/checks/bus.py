"""A Service Bus to judge, and the few steps that many checks take."""

import threading
import time
from contextlib import ExitStack

from azure.servicebus import ServiceBusClient, ServiceBusMessage

#: How long a check waits for what has to come, in seconds.
PATIENCE = 5
#: How long a check looks for what must not come, in seconds.
GLANCE = 0.5


class Bus:
    """One Service Bus, and all that a check has opened there."""

    def __init__(self, place):
        self.place = place
        self._opened = ExitStack()
        self._lock = threading.Lock()
        self._client = None

    @property
    def client(self):
        """The check's client; what it opens is closed behind the check."""
        with self._lock:
            if self._client is None:
                self._client = self.another_client()
            return self._client

    def another_client(self, connection_string=None, **options):
        """One more client, which knows nothing of the first."""
        options = {"retry_total": 0, "try_timeout": PATIENCE, **options}
        text = connection_string or self.place["connection_string"]
        return self.keep(ServiceBusClient.from_connection_string(text, **options))

    def over_tls(self, transport):
        """A client that trusts the private root alone."""
        address = f"sb://localhost:{self.place['tls_port']}"
        text = f"Endpoint={address};SharedAccessKeyName={self.place['key_name']};SharedAccessKey={self.place['key']}"
        return self.another_client(
            text,
            custom_endpoint_address=address,
            transport_type=transport,
            connection_verify=self.place["tls_root"],
        )

    def keep(self, thing):
        """Has something closed behind the check."""
        self._opened.callback(quietly(thing.close))
        return thing

    def close(self):
        """Closes all that the check has opened."""
        self._opened.close()

    def sender(self, name):
        """A sender to a queue or a topic: the library's two senders differ in their name alone."""
        return self.keep(self.client.get_queue_sender(name))

    def receiver(self, name, **options):
        """An open receiver of a queue, in peek-lock unless told otherwise."""
        return self.keep(self.client.get_queue_receiver(name, **options)).__enter__()

    def subscription(self, topic, name, **options):
        """An open receiver of a subscription."""
        return self.keep(self.client.get_subscription_receiver(topic, name, **options)).__enter__()

    def send(self, name, *messages):
        """Sends bodies or messages, one after the other."""
        with self.client.get_queue_sender(name) as sender:
            for message in messages:
                sender.send_messages(message if isinstance(message, ServiceBusMessage) else ServiceBusMessage(message))


def quietly(close):
    """Closes without a word: what a check had to say it has said."""

    def run():
        try:
            close()
        except Exception:  # pylint: disable=broad-except
            pass

    return run


def one(receiver, wait=PATIENCE):
    """The next message, which has to come."""
    messages = receiver.receive_messages(1, max_wait_time=wait)
    assert messages, f"expected a message within {wait} s, found none"
    return messages[0]


def several(receiver, count, wait=PATIENCE):
    """So many messages, which have to come; a call of the library may end before all are there."""
    messages, end = [], time.monotonic() + wait
    while len(messages) < count:
        left = end - time.monotonic()
        assert left > 0, f"expected {count} messages within {wait} s, found {len(messages)}"
        messages += receiver.receive_messages(count - len(messages), max_wait_time=left)
    return messages


def none(receiver, wait=GLANCE):
    """Nothing may come for a while."""
    messages = receiver.receive_messages(1, max_wait_time=wait)
    assert not messages, f"expected no message within {wait} s, found one"


def body(message):
    """A body of data as text."""
    return b"".join(message.body).decode()


def equal(found, expected, what):
    """Fails with both sides."""
    assert found == expected, f"{what}: expected {expected!r}, found {found!r}"


def raises(kind, run, *args, **options):
    """What the library has to raise, and nothing else."""
    try:
        run(*args, **options)
    except kind as error:
        return error
    except Exception as error:  # pylint: disable=broad-except
        raise AssertionError(f"expected {kind.__name__}, found {type(error).__name__}: {error}") from error
    raise AssertionError(f"expected {kind.__name__}, found no error")
