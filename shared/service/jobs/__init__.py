"""Timed work: each run is an idempotent command keyed by its period, done once however many processes look for it."""

from shared.service.jobs.items import FailedItem, ItemCases, ItemFailedError, item, not_set_aside
from shared.service.jobs.job import Job, JobHandler
from shared.service.jobs.runner import JobRunner
from shared.service.jobs.schedules import DailyAt, Every, MonthlyOn, Occurrence, Schedule
from shared.service.jobs.table import create_statements, drop_statements

__all__ = [
    "DailyAt",
    "Every",
    "FailedItem",
    "ItemCases",
    "ItemFailedError",
    "Job",
    "JobHandler",
    "JobRunner",
    "MonthlyOn",
    "Occurrence",
    "Schedule",
    "create_statements",
    "drop_statements",
    "item",
    "not_set_aside",
]
