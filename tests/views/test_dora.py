"""DORA metrics as rows, beyond the golden text."""

from cockpit.rules.record.dora import dora_metrics
from cockpit.views import dora
from cockpit.views.rows import Tone, length, plain
from tests.builders import NOW, POLICY, idle


def test_an_unknown_metric_has_its_own_tone_and_a_reason() -> None:
    lines = dora.rows(dora_metrics((), POLICY, NOW - 60, NOW), 80)
    lead = next(line for line in lines if line and line[0].text.startswith("lead time"))
    assert (lead[1].text.strip(), lead[1].tone) == ("unknown", Tone.UNKNOWN)
    assert "no PR with a merge time reached every host" in plain(lines)


def test_the_page_covers_four_weeks_and_names_the_verb_with_the_full_record() -> None:
    lines = dora.page(idle(), 60)
    assert "2026-10-26 12:34 to 2026-11-23 12:34 UTC" in plain(lines)
    assert "`cockpit dora`" in plain(lines)
    assert all(length(line) in {0, 60} for line in lines)


def test_unknown_is_null_in_json() -> None:
    values = dora.as_json(dora_metrics((), POLICY, NOW - 60, NOW))
    assert (values["deploys"], values["lead_time"], values["failure_rate"]) == (0, None, None)
