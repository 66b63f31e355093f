"""What a check is: a function, the feature that it judges, and the entities that it wants for itself."""

from dataclasses import dataclass, field
from typing import Callable

CHECKS: dict[str, "Check"] = {}


@dataclass(frozen=True)
class Check:
    """One check, with entities that no other check touches."""

    name: str
    feature: str
    run: Callable
    queue: dict | None = None
    target: dict | None = None
    subscriptions: dict = field(default_factory=dict)


def check(feature, *, queue=None, target=None, subscriptions=None):
    """Registers a function as a check of a feature.

    `queue` holds the properties of a queue named after the check, `target` those of one named `<check>.target`, and
    `subscriptions` the subscriptions of a topic named after the check, all as the emulator's Config.json has them.
    """

    def register(run):
        name = run.__name__
        wants_queue = {} if queue is None and subscriptions is None else queue
        CHECKS[name] = Check(name, feature, run, wants_queue, target, subscriptions or {})
        return run

    return register


def config(checks):
    """The Config.json that declares the entities of these checks."""
    queues, topics = [], []
    for each in checks:
        if each.queue is not None:
            queues.append({"Name": each.name, "Properties": each.queue})
        if each.target is not None:
            queues.append({"Name": f"{each.name}.target", "Properties": each.target})
        if each.subscriptions:
            subscriptions = [{"Name": name, **rest} for name, rest in each.subscriptions.items()]
            topics.append({"Name": each.name, "Properties": {}, "Subscriptions": subscriptions})
    namespace = {"Name": "sbemulatorns", "Queues": queues, "Topics": topics}
    return {"UserConfig": {"Namespaces": [namespace], "Logging": {"Type": "Console"}}}
