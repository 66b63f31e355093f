"""Messages that belong together."""

import time
from datetime import timedelta

from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusMessage
from azure.servicebus.exceptions import (
    OperationTimeoutError,
    ServiceBusError,
    SessionCannotBeLockedError,
    SessionLockLostError,
)

from .bus import GLANCE, body, equal, none, one, raises, several
from .registry import check

SESSIONS = {"RequiresSession": True}
SHORT = {"RequiresSession": True, "LockDuration": "PT1S"}
RENEWED = {"RequiresSession": True, "LockDuration": "PT2S"}


def of(session, *bodies):
    """Messages of a session."""
    return [ServiceBusMessage(text, session_id=session) for text in bodies]


@check("sessions", queue=SESSIONS)
def a_session_is_received_by_its_name(bus, queue):
    bus.send(queue, *of("red", "r1"), *of("blue", "b1"), *of("red", "r2"))
    receiver = bus.receiver(queue, session_id="red")
    equal(receiver.session.session_id, "red", "session")
    messages = several(receiver, 2)
    equal([body(message) for message in messages], ["r1", "r2"], "bodies")
    equal({message.session_id for message in messages}, {"red"}, "sessions")
    for message in messages:
        receiver.complete_message(message)
    none(receiver)


@check("sessions", queue=SESSIONS)
def a_session_keeps_its_order_over_an_abandon(bus, queue):
    bus.send(queue, *of("red", "1", "2", "3"))
    receiver = bus.receiver(queue, session_id="red")
    receiver.abandon_message(one(receiver))
    equal([body(message) for message in several(receiver, 3)], ["1", "2", "3"], "bodies")


@check("sessions", queue=SESSIONS)
def a_queue_with_sessions_refuses_a_receiver_without(bus, queue):
    error = raises(ServiceBusError, bus.receiver, queue)
    assert not isinstance(error, OperationTimeoutError), f"expected a refusal, found {error}"


@check("sessions", queue=SESSIONS)
def a_queue_with_sessions_refuses_a_message_without(bus, queue):
    raises(ServiceBusError, bus.send, queue, "homeless")
    bus.send(queue, *of("red", "home"))


@check("next-session", queue=SESSIONS)
def the_next_session_is_one_that_nobody_has(bus, queue):
    bus.send(queue, *of("red", "r1"), *of("blue", "b1"))
    receivers = [bus.receiver(queue, session_id=NEXT_AVAILABLE_SESSION) for _ in range(2)]
    equal({receiver.session.session_id for receiver in receivers}, {"red", "blue"}, "sessions")
    for receiver in receivers:
        equal(one(receiver).session_id, receiver.session.session_id, "session of the message")


@check("session-timeout", queue=SESSIONS)
def no_session_within_the_wait_is_a_timeout(bus, queue):
    begin = time.monotonic()
    raises(OperationTimeoutError, bus.receiver, queue, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=1)
    waited = time.monotonic() - begin
    # The library gives up by itself only after try_timeout.
    assert waited < 3, f"expected the service to answer after 1 s, found {waited:.1f} s"


@check("session-lock", queue=SESSIONS)
def a_session_has_one_receiver_at_a_time(bus, queue):
    bus.send(queue, *of("red", "r1"))
    bus.receiver(queue, session_id="red")
    raises(SessionCannotBeLockedError, bus.receiver, queue, session_id="red")


@check("session-release", queue=SESSIONS)
def closing_frees_the_session(bus, queue):
    bus.send(queue, *of("red", "r1"))
    bus.receiver(queue, session_id="red").close()
    equal(body(one(bus.receiver(queue, session_id="red"))), "r1", "body")


@check("session-state", queue=SESSIONS)
def the_state_of_a_session_outlives_its_receiver(bus, queue):
    bus.send(queue, *of("red", "r1"))
    receiver = bus.receiver(queue, session_id="red")
    equal(receiver.session.get_state(), None, "state at first")
    receiver.session.set_state(b"half way")
    receiver.close()
    receiver = bus.receiver(queue, session_id="red")
    equal(bytes(receiver.session.get_state()), b"half way", "state")
    receiver.session.set_state(None)
    equal(receiver.session.get_state(), None, "state at last")


@check("session-lock-renewal", queue=RENEWED)
def renewal_keeps_the_session(bus, queue):
    bus.send(queue, *of("red", "r1"))
    receiver = bus.receiver(queue, session_id="red")
    message = one(receiver)
    first = receiver.session.locked_until_utc
    time.sleep(1.2)
    until = receiver.session.renew_lock()
    assert until > first, f"expected a later end of the lock, found {until} after {first}"
    time.sleep(1.2)
    # By now the first lock is over.
    receiver.complete_message(message)
    equal(receiver.peek_messages(10), [], "messages left")


@check("session-lock-loss", queue=SHORT)
def a_lost_session_settles_nothing(bus, queue):
    bus.send(queue, *of("red", "r1"))
    receiver = bus.receiver(queue, session_id="red")
    message = one(receiver)
    time.sleep(1.3)
    look_away(receiver.session)
    raises(SessionLockLostError, receiver.complete_message, message)
    equal(body(one(bus.receiver(queue, session_id="red"))), "r1", "body")


@check("session-listing", queue=SESSIONS)
def sessions_are_listed(bus, queue):
    bus.send(queue, *of("red", "r1"), *of("blue", "b1", "b2"))
    equal(sorted(bus.client.list_queue_sessions(queue)), ["blue", "red"], "sessions")


@check("sessions", queue=SESSIONS)
def peek_shows_one_session(bus, queue):
    bus.send(queue, *of("red", "r1"), *of("blue", "b1"))
    receiver = bus.receiver(queue, session_id="blue")
    equal([body(message) for message in receiver.peek_messages(10)], ["b1"], "bodies")


@check("sessions", queue=SESSIONS)
def a_message_of_a_session_is_deferred_and_received(bus, queue):
    bus.send(queue, *of("red", "r1", "r2"))
    receiver = bus.receiver(queue, session_id="red")
    message = one(receiver)
    receiver.defer_message(message)
    equal(body(one(receiver)), "r2", "body")
    (deferred,) = receiver.receive_deferred_messages(message.sequence_number)
    equal(body(deferred), "r1", "body of the deferred message")
    receiver.complete_message(deferred)
    none(receiver, wait=GLANCE)


def look_away(session):
    """The library asks its own clock before it asks the service, which is the one that is judged here."""
    session._locked_until_utc = session.locked_until_utc + timedelta(minutes=1)  # pylint: disable=protected-access
