"""What is said, to whom, in which words, at which hours, and what follows from a hand-over. Pure: no I/O but tables.

The words and hours are data (``templates.csv``, ``quiet_hours.csv``), each row with its source and the day from which
it is in effect. Import from the modules.
"""
