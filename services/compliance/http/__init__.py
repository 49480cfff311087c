"""The HTTP face of compliance: files in, commands, lists and figures."""

from services.compliance.http.problems import PROBLEM_TYPES
from services.compliance.http.router import router

__all__ = ["PROBLEM_TYPES", "router"]
