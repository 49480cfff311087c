"""The HTTP face of enrolment: rosters, people and check lists in; people, cases and counts out."""

from services.enrolment.http.problems import PROBLEMS
from services.enrolment.http.router import router

__all__ = ["PROBLEMS", "router"]
