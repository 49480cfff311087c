"""The HTTP face of notification: what became of messages, without their text and without names."""

from services.notification.http.problems import PROBLEMS
from services.notification.http.router import router

__all__ = ["PROBLEMS", "router"]
