"""A stamp book: the demonstration service that exercises the kit until there are real services, and after.

Stamps are added to booklets by a command; the service consumes its own event and keeps totals; a job closes each day.
"""
