"""Nobody checks his own work, however his name is spelled."""

from __future__ import annotations

import pytest

from shared.access.errors import SamePersonError
from shared.access.maker_checker import require_second_person


@pytest.mark.parametrize(
    ("maker", "checker"),
    [("a", "a"), ("A", "a "), (None, "b"), ("a", None), ("", "b"), ("a", " "), (None, None)],
)
def test_the_maker_may_not_check(maker: str | None, checker: str | None) -> None:
    with pytest.raises(SamePersonError):
        require_second_person(maker, checker)


@pytest.mark.parametrize(
    ("maker", "checker"),
    [
        ("ani-7", "ａｎｉ－７"),  # full width
        ("ani-7", "ＡＮＩ-7"),
        ("ani-7", "\u3000ani-7"),  # a full-width space before it
        ("jos\u00e9", "jose\u0301"),  # one sign, or a letter and an accent
        ("fitri", "\ufb01tri"),  # a ligature
        ("k-1", "\u212a-1"),  # the sign of kelvin
    ],
)
def test_another_form_of_the_same_letters_is_no_second_person(maker: str, checker: str) -> None:
    assert maker != checker
    for first, second in ((maker, checker), (checker, maker)):
        with pytest.raises(SamePersonError):
            require_second_person(first, second)


def test_two_people_may() -> None:
    require_second_person("a", "b")
    require_second_person("ani-7", "ani-8")
