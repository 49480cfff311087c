"""The `payung` command: one place to run, look at and mend a Payung, on a laptop and on a cluster.

Every command that prints data also takes ``--json``. Commands exit 0 when all is well, 1 when a person must act.
"""

from deploy.cli.application import main

__all__ = ["main"]
