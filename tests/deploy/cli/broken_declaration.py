"""A service that cannot be imported, with an error whose text must not be shown."""

from __future__ import annotations

raise RuntimeError("6472014101900001")
