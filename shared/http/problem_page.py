"""Writes docs/problems.md from the table of problems, so that the page and the program never disagree.

``python -m shared.http.problem_page`` writes it; a test fails when it is stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from shared.http.problem_catalogue import STANDARD_PROBLEMS
from shared.http.problems import ProblemType

PAGE = Path("docs/problems.md")

_HEAD = """# Problems

<!-- Made by `python -m shared.http.problem_page`; change shared/http/problem_catalogue.py instead. -->

Every refusal is a JSON object as in RFC 9457, with the content type `application/problem+json`:

| member | meaning |
|---|---|
| `type` | stable name, `urn:payung:problem:<code>`; programs decide by it |
| `title`, `title_en` | what happened, Indonesian and English |
| `status` | the HTTP status |
| `detail`, `detail_en` | what to do next, Indonesian and English |
| `instance` | the request's number (also in the header `X-Request-Id`); tell it when asking for help |
| `errors` | for wrong fields: `in`, `pointer` (RFC 6901), `code`, `detail`, `detail_en` |

A problem never repeats what was sent. Names that are not in the API's own schema appear as `*` in a pointer.
Where waiting helps there is a header `Retry-After` with seconds. Services add problems of their own.
"""


def render(problems: Iterable[ProblemType]) -> str:
    """The page's text."""
    parts = [_HEAD]
    for problem in sorted(problems, key=lambda problem: (problem.status, problem.code)):
        parts.append(
            f"## {problem.status} `{problem.code}`\n\n"
            f"**{problem.title}.** {problem.detail}\n\n"
            f"**{problem.title_en}.** {problem.detail_en}\n"
        )
    return "\n".join(parts)


def main() -> None:
    """Write the page into the working tree that we stand in."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(render(STANDARD_PROBLEMS), encoding="utf-8")


if __name__ == "__main__":
    main()
