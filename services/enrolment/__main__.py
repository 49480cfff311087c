"""``python -m services.enrolment api|worker|relay|jobs|all|migrate|verify``."""

import sys

from services.enrolment.app import SERVICE
from shared.service import run

sys.exit(run(SERVICE))
