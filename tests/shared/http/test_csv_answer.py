"""A CSV file as an answer: named, with Windows line ends, and read from its source no faster than it is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from shared.http import csv_answer


async def test_the_rows_come_piece_by_piece_as_one_file() -> None:
    taken: list[int] = []
    tables: list[list[tuple[object, ...]]] = [[("row", "words")], [(1, 'a "b"'), (2, "c,d")]]

    async def pieces() -> AsyncIterator[Iterable[Iterable[object]]]:
        for number, rows in enumerate(tables):
            taken.append(number)
            yield rows

    answer = csv_answer("hasil.csv", pieces())
    assert answer.headers["content-disposition"] == 'attachment; filename="hasil.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    body = aiter(answer.body_iterator)
    assert await anext(body) == "row,words\r\n"
    assert taken == [0]
    assert await anext(body) == '1,"a ""b"""\r\n2,"c,d"\r\n'
    assert [piece async for piece in body] == []
