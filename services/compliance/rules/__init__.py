"""Pure decisions of compliance: what a month costs, how late a payment is, which debt it pays, what a file's row says.

No I/O but the reading of this package's own effective-dated tables, each row of which cites its law.
"""
