"""Notification: do people know. Tells workers and employers what happened, once per purpose and period."""
