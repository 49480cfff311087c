"""What the API takes: filters of the list. There are no commands, so no bodies."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from shared.access.paging import PageQuery
from shared.http import page_query

Paging = Annotated[PageQuery, Depends(page_query)]
PurposeFilter = Annotated[str | None, Query(pattern="^[a-z][a-z-]{0,59}$", description="Only of this purpose.")]
