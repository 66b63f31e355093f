"""All checks, by name."""

from . import contents, entities, locks, peeking, refusing, sending, sessions, settling  # noqa: F401
from .registry import CHECKS, config

__all__ = ["CHECKS", "config"]
