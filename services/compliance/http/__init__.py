"""The HTTP face of compliance: files in, commands, lists and figures."""

from services.compliance.http.problems import PROBLEMS
from services.compliance.http.router import router

__all__ = ["PROBLEMS", "router"]
