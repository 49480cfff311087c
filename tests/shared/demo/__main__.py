"""``python -m tests.shared.demo api|worker|relay|jobs|all|migrate``."""

import sys

from shared.service import run
from tests.shared.demo.app import SERVICE

sys.exit(run(SERVICE))
