"""Lists in order of identifier, which is the order of time: identifiers grow with it."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import TypeVar
from uuid import UUID

from services.subsidy import store
from shared.access.paging import Keyset, Page, PageQuery

ItemT = TypeVar("ItemT")


class ById:
    """Pages over rows that a store function gave after an identifier, one row more than the page."""

    def __init__(self, keyset: Keyset) -> None:
        self._keyset = keyset

    def after(self, query: PageQuery) -> UUID | None:
        """The identifier behind which the page begins. Raises CursorError for a damaged cursor."""
        values = self._keyset.after(query)
        return values[0] if values else None

    def page(self, ids: Sequence[UUID], items: Sequence[ItemT], query: PageQuery) -> Page[ItemT]:
        """The page of ``items``, whose identifiers are ``ids``."""
        return self._keyset.page([SimpleNamespace(case_id=one) for one in ids], items, query)


by_id = ById(store.cases.BY_ID)
