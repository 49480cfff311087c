"""Words, amounts, days: what people read."""

from __future__ import annotations

import csv
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.rules import notices
from services.notification.rules.templates import (
    PLACEHOLDERS,
    TEMPLATES_FILE,
    Template,
    Templates,
    TemplatesError,
    load_templates,
    placeholders,
)
from services.notification.rules.texts import date_text, list_text, name_text, values_of
from shared.money import Rupiah
from shared.periods import Month
from tests.notification.conftest import NOVEMBER, enrolled, lapsing, late, paid, registered, worker

TODAY = date(2026, 11, 10)


def _written(purpose: str, facts: str, language: str, period: Month = NOVEMBER) -> str:
    template = load_templates().choose(purpose, language, TODAY)
    text = template.write("Siti Aminah", values_of(period, facts, language))
    assert "{" not in text.body + text.subject
    return text.body


def _paid_facts() -> str:
    notice = notices.paid(paid(worker(), amounts_rupiah={"JKK": 10_000, "JKM": 6_800}, paid_on=date(2026, 11, 16)))
    assert notice is not None
    return notice.facts


def test_paid_in_both_languages() -> None:
    assert _written("paid", _paid_facts(), "id") == (
        "Yth. Siti Aminah, iuran BPJS Ketenagakerjaan Anda untuk November 2026 sebesar Rp16.800 sudah dibayar pada "
        "16 November 2026. Perlindungan Anda bulan itu: jaminan kecelakaan kerja (JKK) dan kematian (JKM). Anda tidak "
        "perlu membayar lagi. Simpan pesan ini. Pertanyaan: telepon 175."
    )
    assert "Rp16.800, was paid on 16 November 2026" in _written("paid", _paid_facts(), "en")


def test_a_registration_that_arrived_promises_no_cover_yet() -> None:
    notice = notices.registered(registered(worker(), origin="officer"))
    assert notice is not None
    assert notice.period == NOVEMBER
    text = _written("registered", notice.facts, "id")
    assert "kami terima pada 9 November 2026. Anda belum terlindungi" in text
    assert "arrived on 9 November 2026. You are not covered yet" in _written("registered", notice.facts, "en")


def test_covered_lapsing_and_late_say_what_to_do_and_whom_to_ask() -> None:
    covered = notices.covered(enrolled(worker(), cover_from=Month(2026, 8)))
    assert covered.period == Month(2026, 8)
    assert "mulai Agustus 2026 Anda terlindungi" in _written("covered", covered.facts, "id", covered.period)
    warning = notices.lapsing(lapsing(worker(), unpaid_months=(Month(2026, 10), NOVEMBER), pay_by=date(2026, 12, 15)))
    assert warning.period == NOVEMBER
    text = _written("lapsing", warning.facts, "id")
    assert "untuk Oktober 2026 dan November 2026 belum dibayar" in text
    assert "paling lambat 15 Desember 2026" in text
    reminder = notices.employer_late(
        late(
            worker(),
            month=Month(2026, 10),
            due_on=date(2026, 11, 16),
            as_of=date(2026, 11, 17),
            outstanding_rupiah=Rupiah(50_557_680),
            fine_rupiah=Rupiah(1_011_154),
        )
    )
    text = _written("employer-late", reminder.facts, "id", reminder.period)
    for part in ("untuk Oktober 2026", "jatuh temponya 16 November 2026", "Rp50.557.680", "denda Rp1.011.154"):
        assert part in text
    english = _written("employer-late", reminder.facts, "en", reminder.period)
    assert "As of 17 November 2026, Rp50.557.680 is outstanding, plus a fine of Rp1.011.154" in english


def test_every_message_names_the_call_centre_and_fits_a_telephone() -> None:
    for row in csv.DictReader(TEMPLATES_FILE.open(encoding="utf-8")):
        assert "175" in row["text"]
        assert "{name}" in row["text"]
        assert len(row["text"]) < 400
        assert row["source"]


def test_a_month_that_is_half_paid_is_not_announced() -> None:
    assert notices.paid(paid(worker(), outstanding_rupiah=Rupiah(6_800))) is None


def _template(**changes: object) -> Template:
    values = {
        "template": "t",
        "purpose": "paid",
        "language": "id",
        "version": 1,
        "effective_from": date(2026, 1, 1),
        "subject": "Iuran",
        "text": "Yth. {name}: {amount}",
    }
    return Template(**{**values, **changes})  # type: ignore[arg-type]


def _complete(*more: Template) -> Templates:
    others = [
        _template(purpose=purpose, language=language, text="Yth. {name}")
        for purpose in PLACEHOLDERS
        for language in ("id", "en")
        if not any(one.purpose == purpose and one.language == language for one in more)
    ]
    return Templates([*others, *more])


@pytest.mark.parametrize(
    "text",
    [
        "{nik}",
        "{pay_by}",  # of another purpose
        "{name.__class__}",
        "{name[0]}",
        "{name!r}",
        "{amount:>9}",
        "{}",
        "{0}",
        "{name",
        "name}",
    ],
)
def test_a_placeholder_that_the_purpose_does_not_have_stops_the_program(text: str) -> None:
    with pytest.raises(TemplatesError) as refused:
        _complete(_template(text=text))
    assert "t/id version 1" in refused.value.safe_message


@pytest.mark.parametrize(
    "wrong",
    [
        _template(subject="a\nb"),
        _template(subject=""),
        _template(text="x" * 701),
        _template(purpose="birthday"),
        _template(language="fr"),
        _template(version=0),
    ],
)
def test_rows_that_cannot_be_used_are_refused(wrong: Template) -> None:
    with pytest.raises(TemplatesError):
        _complete(wrong)


def test_a_missing_text_is_refused() -> None:
    with pytest.raises(TemplatesError, match="no text for registered in id"):
        Templates([_template()])


def test_versions_take_turns_on_their_days() -> None:
    templates = _complete(_template(), _template(version=2, effective_from=date(2026, 12, 1), text="Baru, {name}"))
    assert templates.choose("paid", "id", date(2026, 11, 30)).version == 1
    assert templates.choose("paid", "id", date(2026, 12, 1)).version == 2
    assert templates.choose("paid", "jv", date(2026, 12, 1)).language == "id"
    with pytest.raises(TemplatesError, match="first begins later"):
        templates.choose("paid", "id", date(2025, 12, 31))


@pytest.mark.parametrize("second", [_template(), _template(version=2), _template(version=2, effective_from=date.min)])
def test_versions_that_contradict_are_refused(second: Template) -> None:
    with pytest.raises(TemplatesError, match="must have a number of its own"):
        _complete(_template(), second)


def test_what_is_filled_in_is_never_a_template() -> None:
    template = _template(text="Yth. {name}: {amount}")
    text = template.write("{amount} %s ${name}", {"amount": "Rp1"})
    assert text.body == "Yth. {amount} %s ${name}: Rp1"


@given(st.text(max_size=200))
def test_a_name_stays_on_one_line(name: str) -> None:
    written = name_text(name, "id")
    assert written.isprintable()
    assert 0 < len(written) <= 80
    assert written == written.strip()


def test_names_days_and_lists() -> None:
    assert name_text(" \n\t ", "id") == "Bapak/Ibu"
    assert name_text("Siti\r\nBcc: x", "en") == "Siti Bcc: x"
    assert [date_text(date(2026, month, 1), "id").split()[1] for month in (1, 5, 8, 10, 12)] == [
        *("Januari", "Mei", "Agustus", "Oktober", "Desember"),
    ]
    assert list_text(["a", "b", "c"], "id") == "a, b dan c"
    assert placeholders("{a} {{b}} {c}") == ["a", "c"]
