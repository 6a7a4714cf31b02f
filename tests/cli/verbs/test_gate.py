"""`cockpit gate replay` on a trace."""

import json
from pathlib import Path

from tests.cli.shell import Capsys, run


def test_gate_replay_prints_a_verdict_a_tick(tmp_path: Path, capsys: Capsys) -> None:
    trace = tmp_path / "trace.csv"
    rows = [
        f"{t},{group},{requests},{errors}\n"
        for t in range(-1800, 120, 10)
        for group, requests, errors in (("new", 1000, 900 if t >= 50 else 4), ("control", 49_000, 196))
    ]
    trace.write_text("t,group,requests,errors\n" + "".join(rows))
    code, out, _ = run(capsys, "gate", "replay", str(trace), "--json")
    assert code == 0
    verdicts = [json.loads(line)["verdict"] for line in out.splitlines()]
    assert (verdicts[4], verdicts[5], verdicts[-1]) == ("GO", "HOLD", "ROLL BACK")
    assert len(run(capsys, "gate", "replay", str(trace), "--every", "20", "--until", "300")[1].splitlines()) == 16
    assert "ROLL BACK" in run(capsys, "gate", "replay", str(trace))[1]


def test_an_invalid_trace_is_2_and_a_missing_one_is_3(tmp_path: Path, capsys: Capsys) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text("nonsense")
    assert run(capsys, "gate", "replay", str(trace))[0] == 2
    assert run(capsys, "gate", "replay", str(tmp_path / "none.csv"))[0] == 3


def test_an_interval_is_at_least_10_ms(tmp_path: Path, capsys: Capsys) -> None:
    code, _, err = run(capsys, "gate", "replay", "trace.csv", "--every", "0.001")
    assert code == 2
    assert "must be at least 0.01 seconds: 0.001" in err
