"""A made-up East Kalimantan: rosters, employers, wages and payments with the dirt that real lists have.

What is wrong in them is counted in a manifest, so that a run can be judged and not only watched. Nobody in it exists.
"""

from deploy.sandbox.province.errors import SampleError
from deploy.sandbox.province.world import DEFAULT_MONTH, MANIFEST, MAX_EMPLOYERS, MAX_WORKERS, Wish, generate

__all__ = ["DEFAULT_MONTH", "MANIFEST", "MAX_EMPLOYERS", "MAX_WORKERS", "SampleError", "Wish", "generate"]
