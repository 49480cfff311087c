"""The HTTP face of subsidy: commands of owners, approvers and treasurers, and what staff may see."""

from services.subsidy.http.problems import PROBLEMS
from services.subsidy.http.router import router

__all__ = ["PROBLEMS", "router"]
