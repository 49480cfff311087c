"""A name and a content together say whether a file is new, the same again, or another one under a used name."""

from __future__ import annotations

from shared.exchange.taken import Coming, coming


def test_a_name_that_never_came_is_new() -> None:
    assert coming("aa", {}) is Coming.NEW


def test_the_same_content_is_the_same_file_again_whatever_else_came_under_its_name() -> None:
    assert coming("aa", {"aa": "refused"}) is Coming.AGAIN
    assert coming("bb", {"aa": "imported", "bb": "refused"}) is Coming.AGAIN


def test_other_content_under_a_used_name_is_refused() -> None:
    assert coming("bb", {"aa": "refused"}) is Coming.NAME_REUSED
