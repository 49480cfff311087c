"""``python -m services.subsidy api|worker|relay|jobs|all|migrate|verify``."""

import sys

from services.subsidy.app import SERVICE
from shared.service import run

sys.exit(run(SERVICE))
