import pytest

from cockpit.deploy.events import Call
from cockpit.deploy.gate import GatePolicy
from cockpit.deploy.replay import NotATrace, Tick, read, verdicts

HEAD = "t,group,requests,errors\n"


def play(*rows: str, soak: float = 0.0) -> list[Tick]:
    return list(verdicts(read([HEAD, *(f"{row}\n" for row in rows)]), GatePolicy(), soak))


def test_a_clean_trace_waits_for_requests_then_for_the_soak_then_goes() -> None:
    rows = [f"{t},{group},{n},0" for t in range(0, 60, 10) for group, n in (("new", 60), ("control", 3000))]
    assert [tick.verdict.call for tick in play(*rows, soak=40)] == [Call.WAIT] * 4 + [Call.GO] * 2


def test_a_bad_build_is_rolled_back() -> None:
    rows = [f"{t},{group},{n},{x}" for t in range(3) for group, n, x in (("new", 100, 20), ("control", 5000, 5))]
    assert play(*rows)[0].verdict.call is Call.ROLL_BACK


def test_the_time_before_the_step_does_not_count() -> None:
    ticks = play("-10,new,5000,5000", "-10,control,5000,0", "0,new,10,0", "0,control,500,0")
    assert [tick.t for tick in ticks] == [0]
    assert ticks[0].new is not None
    assert ticks[0].new.requests == 10


@pytest.mark.parametrize("row", ["1,new,NaN,0", "1,new,,", "1,new,-5,0", "1,new,5,9", "1,new,inf,0", "1,new,x,0"])
def test_a_bad_row_is_dropped_counted_and_never_taken_as_zero(row: str) -> None:
    ticks = play("0,new,50,0", "0,control,500,0", row)
    assert ticks[-1].dropped == 1
    assert ticks[-1].new is not None
    assert ticks[-1].new.requests == 50


def test_a_doubled_row_counts_once() -> None:
    assert play("0,new,50,1", "0,new,50,1")[-1].new == play("0,new,50,1")[-1].new


def test_only_bad_rows_are_no_data() -> None:
    tick = play("0,new,NaN,NaN", "0,control,NaN,NaN")[-1]
    assert (tick.verdict.call, tick.verdict.reason) == (Call.WAIT, "no data: no sample of the error counters yet")


def test_silence_of_the_new_build_grows_stale() -> None:
    rows = ["0,new,500,0", *(f"{t},control,500,0" for t in range(0, 200, 10))]
    assert "last sample" in play(*rows)[-1].verdict.reason


def test_no_control_at_all_leaves_the_ceiling() -> None:
    assert play("0,new,500,50")[0].verdict.call is Call.ROLL_BACK


@pytest.mark.parametrize("text", ["", "hello\n", "time,group,requests\n1,new,2\n"])
def test_another_file_is_refused_with_what_was_looked_for(text: str) -> None:
    with pytest.raises(NotATrace, match="needs the columns t,group,requests,errors"):
        read(text.splitlines(keepends=True))


def test_as_json_holds_the_evidence() -> None:
    assert play("0,new,10,1")[0].as_json() == {
        "t": 0.0,
        "verdict": "WAIT",
        "reason": "10 of 100 requests needed on the new build",
        "evidence": {"new": {"requests": 10, "errors": 1}, "dropped": 0},
    }
