"""``python -m services.compliance api|worker|relay|jobs|all|migrate|verify``."""

import sys

from services.compliance.app import SERVICE
from shared.service import run

sys.exit(run(SERVICE))
