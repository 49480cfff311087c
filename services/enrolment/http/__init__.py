"""The HTTP face of enrolment: rosters and check lists in, people, cases and counts out."""

from services.enrolment.http.problems import PROBLEM_TYPES
from services.enrolment.http.routes import router

__all__ = ["PROBLEM_TYPES", "router"]
