"""Key files are read strictly, and wrong ones say what to do."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from shared.privacy import (
    Key,
    KeyFileError,
    Keyring,
    Vault,
    new_key_line,
)
from tests.shared.values.vault_world import ANI, key


def test_key_files_are_read_and_the_last_line_is_current(tmp_path: Path) -> None:
    keks, index = tmp_path / "kek", tmp_path / "index"
    keks.write_text("# made in January\n" + new_key_line("kek-1") + "\n" + new_key_line("kek-2") + "\n")
    index.write_text(new_key_line("idx-1").strip() + "  # trailing words\n")
    ring = Keyring.from_files(keks, index)
    assert [item.id for item in ring.encryption_keys] == ["kek-1", "kek-2"]
    assert Vault(ring).new_key(ANI).kek_id == "kek-2"


SECRET_LINE = new_key_line("one", lambda size: b"\x17" * size)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "no key"),
        ("# nothing\n", "no key"),
        ("one not*base64\n", "line 1 is not base64"),
        ("one AAAA\n", "line 1: A key has 32 bytes"),
        ("ONE! " + SECRET_LINE.split()[1] + "\n", "line 1: A key id"),
        (SECRET_LINE + SECRET_LINE, "same id"),
        (SECRET_LINE + SECRET_LINE.replace("one", "two"), "equal"),
        ("schlüssel x\n", "plain text"),
    ],
)
def test_wrong_key_files_say_what_to_do(tmp_path: Path, body: str, problem: str) -> None:
    keks, index = tmp_path / "kek.txt", tmp_path / "index.txt"
    keks.write_text(body, encoding="utf-8")
    index.write_text(new_key_line("idx-1"))
    with pytest.raises(KeyFileError, match=problem) as caught:
        Keyring.from_files(keks, index)
    shown = "".join(traceback.format_exception(caught.value))
    assert "kek.txt" in shown
    assert SECRET_LINE.split()[1] not in shown


def test_a_missing_key_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="No such file"):
        Keyring.from_files(tmp_path / "kek", tmp_path / "index")


def test_one_key_must_not_serve_both_purposes() -> None:
    with pytest.raises(ValueError, match="equal"):
        Keyring([key(1)], [Key("other", key(1).secret)])
