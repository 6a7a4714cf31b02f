"""`cockpit dora` on a recorded release, from either store."""

import pytest

from tests.cli.shell import Capsys, run, run_json

DAY = ("--since", "2026-11-23", "--until", "2026-11-24")


def test_the_metrics_of_a_period(recorded_store: str, capsys: Capsys) -> None:
    code, metrics = run_json(capsys, "dora", *DAY)
    assert (code, metrics["deploys"], metrics["failed"], metrics["failure_rate"]) == (0, 1, 1, 1.0)
    assert metrics["restore"] == {"median": 35.0, "p90": 35.0, "count": 1}
    assert metrics["lead_time"] is None
    assert "change failure rate     100.0 %" in run(capsys, "dora", *DAY)[1]


@pytest.mark.parametrize(
    "period", [("--since", "soon"), ("--since", "now"), ("--since", "2026-11-24", "--until", "2026-11-23")]
)
def test_an_invalid_period_is_a_usage_error(recorded_store: str, capsys: Capsys, period: tuple[str, ...]) -> None:
    code, _, err = run(capsys, "dora", *period)
    assert code == 2
    assert err.startswith("cockpit: ")
