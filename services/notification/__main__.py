"""``python -m services.notification api|worker|relay|jobs|all|migrate|verify``."""

import sys

from services.notification.app import SERVICE
from shared.service import run

sys.exit(run(SERVICE))
