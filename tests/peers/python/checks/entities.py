"""What an entity does by itself: time to live, duplicates, forwarding, topics."""

import time
from datetime import timedelta

from azure.servicebus import ServiceBusMessage, ServiceBusSubQueue

from .bus import body, equal, none, one, several
from .registry import check

DEAD_LETTER = {"DeadLetteringOnMessageExpiration": True}


@check("time-to-live")
def an_expired_message_is_gone(bus, queue):
    bus.send(queue, ServiceBusMessage("short", time_to_live=timedelta(seconds=1)), "long")
    time.sleep(1.3)
    receiver = bus.receiver(queue)
    equal(body(one(receiver)), "long", "body")
    none(receiver)


@check("time-to-live", queue={"DefaultMessageTimeToLive": "PT1S"})
def a_queue_gives_its_messages_a_time_to_live(bus, queue):
    bus.send(queue, "one", ServiceBusMessage("two", time_to_live=timedelta(hours=1)))
    time.sleep(1.3)
    none(bus.receiver(queue))


@check("dead-letter-on-expiration", queue=DEAD_LETTER)
def an_expired_message_is_dead_lettered(bus, queue):
    bus.send(queue, ServiceBusMessage("short", time_to_live=timedelta(seconds=1)))
    time.sleep(1.3)
    none(bus.receiver(queue))
    dead = one(bus.receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER))
    equal(dead.dead_letter_reason, "TTLExpiredException", "reason")


@check("duplicate-detection", queue={"RequiresDuplicateDetection": True, "DuplicateDetectionHistoryTimeWindow": "PT1M"})
def a_duplicate_is_dropped(bus, queue):
    bus.send(queue, *[ServiceBusMessage(text, message_id=name) for text, name in ["1a", "2b", "3a"]])
    receiver = bus.receiver(queue)
    equal([body(message) for message in several(receiver, 2)], ["1", "2"], "bodies")
    none(receiver)


@check("forward-to", queue={"ForwardTo": "forwarding_moves_the_message.target"}, target={})
def forwarding_moves_the_message(bus, queue):
    bus.send(queue, "one")
    equal(body(one(bus.receiver(f"{queue}.target"))), "one", "body")


@check(
    "forward-dead-letters",
    queue={"ForwardDeadLetteredMessagesTo": "forwarding_moves_dead_letters.target"},
    target={},
)
def forwarding_moves_dead_letters(bus, queue):
    bus.send(queue, "one")
    receiver = bus.receiver(queue)
    receiver.dead_letter_message(one(receiver), reason="no use")
    dead = one(bus.receiver(f"{queue}.target"))
    equal(body(dead), "one", "body")
    equal(dead.dead_letter_reason, "no use", "reason")
    equal(dead.dead_letter_source, queue, "source")


@check("topics", subscriptions={"first": {}, "second": {}})
def every_subscription_gets_a_copy(bus, topic):
    bus.send(topic, "one")
    first, second = bus.subscription(topic, "first"), bus.subscription(topic, "second")
    first.complete_message(one(first))
    equal(body(one(second)), "one", "body of the other copy")


@check("topics", subscriptions={"sub": {}})
def a_subscription_has_a_dead_letter_queue(bus, topic):
    bus.send(topic, "one")
    receiver = bus.subscription(topic, "sub")
    receiver.dead_letter_message(one(receiver), reason="no use")
    dead = one(bus.subscription(topic, "sub", sub_queue=ServiceBusSubQueue.DEAD_LETTER))
    equal(dead.dead_letter_reason, "no use", "reason")


@check("topics", subscriptions={"sub": {"Properties": {"RequiresSession": True}}})
def a_subscription_has_sessions(bus, topic):
    bus.send(topic, ServiceBusMessage("one", session_id="red"))
    receiver = bus.subscription(topic, "sub", session_id="red")
    equal(body(one(receiver)), "one", "body")


def rule(name, filter_type, action=None, **filters):
    """A rule as the emulator's Config.json has it."""
    properties = {"FilterType": filter_type, **filters}
    if action:
        properties["Action"] = {"SqlExpression": action}
    return {"Name": name, "Properties": properties}


@check(
    "sql-filters",
    subscriptions={
        "large": {"Rules": [rule("r", "Sql", SqlFilter={"SqlExpression": "size > 10 AND sys.Label LIKE 'crm%'"})]},
        "none": {"Rules": [rule("r", "Sql", SqlFilter={"SqlExpression": "absent IS NOT NULL"})]},
    },
)
def a_sql_filter_chooses(bus, topic):
    for text, size, subject in [("small", 1, "crm"), ("other", 11, "erp"), ("large", 12, "crm-1")]:
        bus.send(topic, ServiceBusMessage(text, subject=subject, application_properties={"size": size}))
    receiver = bus.subscription(topic, "large")
    equal(body(one(receiver)), "large", "body")
    none(receiver)
    none(bus.subscription(topic, "none"))


@check(
    "correlation-filters",
    subscriptions={
        "sub": {"Rules": [rule("r", "Correlation", CorrelationFilter={"Label": "crm", "Properties": {"kind": "new"}})]},
    },
)
def a_correlation_filter_chooses(bus, topic):
    for text, subject, kind in [("no", "erp", "new"), ("neither", "crm", "old"), ("yes", "crm", "new")]:
        bus.send(topic, ServiceBusMessage(text, subject=subject, application_properties={"kind": kind}))
    receiver = bus.subscription(topic, "sub")
    equal(body(one(receiver)), "yes", "body")
    none(receiver)


@check(
    "rule-actions",
    subscriptions={
        "sub": {
            "Rules": [rule("r", "Sql", action="SET grade = 'high'; REMOVE secret", SqlFilter={"SqlExpression": "1=1"})]
        },
    },
)
def an_action_changes_the_copy(bus, topic):
    bus.send(topic, ServiceBusMessage("one", application_properties={"secret": "s", "kept": 1}))
    properties = one(bus.subscription(topic, "sub")).application_properties
    equal(properties.get(b"grade"), b"high", "property that was set")
    equal(properties.get(b"kept"), 1, "property that was left")
    equal(properties.get(b"secret"), None, "property that was removed")
