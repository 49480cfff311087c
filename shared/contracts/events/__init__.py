"""One file per event. The file is named after the topic: ``contribution.due`` is in ``contribution_due.py``."""
