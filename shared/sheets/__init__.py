"""Tables as people send them, CSV and XLSX: bytes in, rows of cells with their numbers out, damaged files refused.

Which columns there are and what they mean is the service's own affair.
"""
