"""Everything a service has in common with the others: how it is declared, started, watched and stopped."""

from shared.service.composition import Role
from shared.service.declaration import Context, Service
from shared.service.exit_codes import ExitCode
from shared.service.jobs import DailyAt, Every, Job, MonthlyOn
from shared.service.main import run

__all__ = ["Context", "DailyAt", "Every", "ExitCode", "Job", "MonthlyOn", "Role", "Service", "run"]
