"""The replay of traces: polls see only what has arrived, and bad data never decides a verdict."""

import json
from collections.abc import Iterable
from itertools import pairwise
from math import sqrt
from random import Random

import pytest

from cockpit.deploy.facts import Call
from cockpit.deploy.gate.counts_file import COUNTERS, COUNTS, InvalidTrace, read
from cockpit.deploy.gate.replay import ReplayTimes, Tick, verdicts
from cockpit.deploy.policy import GatePolicy

STILL = {Call.WAIT, Call.HOLD}


def play(rows: Iterable[str], soak: float = 0.0, every: float | None = None, until: float | None = None) -> list[Tick]:
    trace = read([",".join(COUNTS) + "\n", *(f"{row}\n" for row in rows)])
    return list(verdicts(trace, GatePolicy(), soak, ReplayTimes(every, until)))


def rows(
    last: int = 300, worse: float = 1.0, first: int = -1800, groups: tuple[str, ...] = ("new", "control"), seed: int = 1
) -> list[str]:
    """A row of each group every five seconds; 20 requests a second at 2 %, of which 0.4 % fail."""
    dice, made = Random(seed), []
    for t in range(first, last, 5):
        for group, n in (("new", 100), ("control", 4900)):
            mean = n * 0.004 * (worse if group == "new" and t >= 0 else 1.0)
            errors = sum(dice.random() < mean / 20 for _ in range(20)) if mean < 20 else dice.gauss(mean, sqrt(mean))
            if group in groups:
                made.append(f"{t},{group},{n},{max(0, round(errors))}")
    return made


def calls(ticks: Iterable[Tick]) -> set[Call]:
    return {tick.verdict.call for tick in ticks}


def test_a_clean_trace_waits_for_evidence_and_for_the_soak_and_then_goes() -> None:
    ticks = play(rows(600), soak=300)
    assert Call.GO not in calls(tick for tick in ticks if tick.t < 300)
    assert ticks[-1].verdict.call is Call.GO
    assert Call.ROLL_BACK not in calls(ticks)


def test_a_bad_build_is_rolled_back_within_seconds() -> None:
    ticks = play(rows(worse=5.0))
    first = next(tick.t for tick in ticks if tick.verdict.call is Call.ROLL_BACK)
    assert first <= 40
    assert Call.GO not in calls(ticks)


def test_the_gate_polls_at_every_distinct_t_from_zero() -> None:
    ticks = play(["-10,new,5000,5000", "0,new,10,0", "0,control,500,0", "7,new,NaN,", "5,control,500,0"])
    assert [tick.t for tick in ticks] == [0, 5, 7]
    assert ticks[0].findings.total.n1 == 10


def test_the_gate_polls_at_a_given_interval_until_a_given_end() -> None:
    assert [tick.t for tick in play(rows(60), every=20)] == [0, 20, 40, 60]
    assert [tick.t for tick in play(rows(0), every=20, until=40)] == [0, 20, 40]
    assert [tick.t for tick in play(rows(60), every=20, until=90)] == [0, 20, 40, 60, 80]
    assert [tick.t for tick in play(rows(20), until=31)] == [0, 5, 10, 15, 20, 25, 30, 31]
    assert [tick.t for tick in play(rows(60), until=10)] == [0, 5, 10]


def test_a_poll_sees_only_rows_that_have_arrived() -> None:
    whole = play(rows(200, worse=3.0))
    for cut in (50, 125):
        assert play(rows(cut, worse=3.0)) == whole[: cut // 5]


def test_the_poll_interval_does_not_change_the_evidence() -> None:
    often, seldom = play(rows(200, worse=2.0)), play(rows(200, worse=2.0), every=50, until=195)
    assert [tick.findings.worse for tick in seldom] == [tick.findings.worse for tick in often if tick.t % 50 == 0]


@pytest.mark.parametrize("cells", ["NaN,0", ",", "-5,0", "5,9", "inf,0", "x,0", "100", "1_0,1", "5,-1"])
def test_a_bad_row_is_dropped_and_counted_and_never_read_as_zero(cells: str) -> None:
    ticks = play([*rows(100), f"100,new,{cells}", "100,control,4900,20"])
    assert ticks[-1].dropped == 2  # and its partner row, which has no pair
    assert ticks[-1].findings.total == ticks[-2].findings.total
    assert ticks[-1].verdict.call in STILL


@pytest.mark.parametrize("row", ["x,new,5,0", "100,other,5,0", ",,,", "NaN,control,1,0", "100"])
def test_a_row_without_valid_time_or_group_is_counted_too(row: str) -> None:
    assert play([*rows(100), row], until=100)[-1].dropped == (1 if row.strip(",") else 0)


def test_a_duplicate_row_counts_once_and_contradicting_rows_not_at_all() -> None:
    assert play([*rows(100), *rows(100)])[-1].findings.total == play(rows(100))[-1].findings.total
    assert play([*rows(100), *rows(100)])[-1].verdict == play(rows(100))[-1].verdict
    torn = [row.replace(",100,", ",90,") for row in rows(100)]
    assert calls(play([*rows(100), *torn])) <= STILL


def test_rows_may_be_unordered_with_a_byte_order_mark_spaces_and_more_columns() -> None:
    plain, mixed = rows(100), list(reversed(rows(100)))
    lines = ["\ufeff t , group,requests ,errors,more\n", *(f" {row} , x\r\n" for row in mixed)]
    assert list(verdicts(read(lines), GatePolicy(), 0.0)) == play(plain)


def test_a_broken_line_does_not_affect_others() -> None:
    stray = [*rows(50), '"50,new,100', *(row for row in rows(100) if int(row.split(",")[0]) >= 50)]
    assert play(stray)[-1].findings == play(rows(100))[-1].findings
    assert play(stray)[-1].dropped == 1
    torn = [row.replace(",100,", ",1\0" + "00,") for row in rows(100)]
    assert play(torn)[-1].findings.total.n1 == 0


def test_the_header_may_follow_blank_lines_and_be_in_capitals() -> None:
    lines = ["\n", ",,,\n", "T,Group,REQUESTS,Errors\n", *(f"{row}\n" for row in rows(100))]
    assert list(verdicts(read(lines), GatePolicy(), 0.0)) == play(rows(100))


def broken(kind: str) -> list[str]:
    """The rows of a clean build or one that is five times worse, with a fault of the source."""
    dice, made = Random(3), []
    for row in rows(600, worse=5.0 if kind.endswith("worse") else 1.0):
        t, group, n, x = row.split(",")
        lost = {
            "all empty": True,
            "all NaN": True,
            "new missing": group == "new",
            "control missing": group == "control",
            "more errors than requests": group == "new",
            "negative": group == "new",
            "a third missing": dice.random() < 0.33,
            "a third missing, worse": dice.random() < 0.33,
            "no traffic": True,
            "no traffic, new": group == "new",
        }[kind]
        if int(t) < 0 or not lost:
            made.append(row)
        elif kind == "all NaN":
            made.append(f"{t},{group},NaN,nan")
        elif kind == "all empty":
            made.append(f"{t},{group},,")
        elif kind == "more errors than requests":
            made.append(f"{t},{group},{n},{int(n) + 1}")
        elif kind == "negative":
            made.append(f"{t},{group},-{n},{x}")
        elif kind.startswith("no traffic"):
            made.append(f"{t},{group},0,0")
    return made


@pytest.mark.parametrize(
    "kind",
    [
        "all empty", "all NaN", "new missing", "control missing", "more errors than requests", "negative",
        "a third missing", "a third missing, worse", "no traffic", "no traffic, new",
    ],
)  # fmt: skip
def test_bad_data_gives_neither_go_nor_roll_back(kind: str) -> None:
    ticks = play(broken(kind), until=900)
    assert calls(tick for tick in ticks if tick.t >= 0) <= STILL
    assert ticks[-1].verdict.call is Call.HOLD


def test_once_rows_stop_there_is_neither_go_nor_roll_back() -> None:
    for worse in (1.0, 5.0):
        ticks = play(rows(300, worse), until=500)
        assert calls(tick for tick in ticks if tick.t > 355) == {Call.HOLD}
        assert Call.GO not in calls(tick for tick in ticks if tick.t > 305)
        assert all("no data" in tick.verdict.reason for tick in ticks if tick.t > 355)


def test_samples_a_minute_apart_are_stale_after_two_minutes() -> None:
    minutes = [f"{60 * minute},{group}" for minute in range(-30, 6) for group in ("new,1200,5", "control,58800,235")]
    calls_by_time = {tick.t: tick.verdict.call for tick in play(minutes, every=10, until=430)}
    assert calls_by_time[300 + 110] is not Call.HOLD
    assert calls_by_time[300 + 130] is Call.HOLD


def test_without_control_rows_there_is_history_only() -> None:
    alone = ("new",)
    assert play(rows(600, groups=alone))[-1].verdict.call is Call.GO
    assert play(rows(600, 8.0, groups=alone))[-1].verdict.call is Call.ROLL_BACK
    without = play(rows(600, groups=alone, first=0))
    assert calls(without) <= STILL
    assert "no clean history" in without[-1].verdict.reason


def test_vanished_hosts_of_the_old_build_hold_the_step() -> None:
    kept = [row for row in rows(300) if "new" in row or int(row.split(",")[0]) < 0]
    assert play(kept)[-1].verdict.call is Call.HOLD


def test_fractional_counts_are_accepted() -> None:
    halves = [f"{t},{g},{float(n) * 1.5},{float(x) * 0.5}" for t, g, n, x in (r.split(",") for r in rows(100))]
    assert play(halves)[-1].findings.total.n1 == 3000


@pytest.mark.parametrize("text", ["", "hello\n", "time,group,requests\n1,new,2\n"])
def test_another_file_is_refused_with_the_expected_columns(text: str) -> None:
    with pytest.raises(InvalidTrace, match="needs the columns t,group,requests,errors"):
        read(text.splitlines(keepends=True))


def test_as_json_holds_the_evidence() -> None:
    output = play(rows(100))[-1].as_json()
    assert json.loads(json.dumps(output)).keys() == {"t", "verdict", "reason", "evidence"}
    evidence = output["evidence"]
    assert isinstance(evidence, dict)
    assert evidence["new"] == {"requests": 2000, "errors": play(rows(100))[-1].findings.total.x1}
    assert evidence["control"]["requests"] == 98_000


def counters(
    last: int = 600, worse: float = 1.0, late: float = 0.4, hosts: int = 5, begin_again: int | None = 0, seed: int = 1
) -> list[tuple[float, int, str, str, int, int]]:
    """Every host's counters every five seconds, as they arrive. The hosts with the new build start at 0."""
    dice, made = Random(seed), []
    totals: dict[str, tuple[int, int]] = {}
    for t in range(-1800, last, 5):
        for group, rate in (("new", 20), ("control", 200)):
            for n in range(hosts):
                host = f"{group}-{n}"
                mean = rate * 5 * 0.004 * (worse if group == "new" and t > 0 else 1.0)
                x = sum(dice.random() < mean / 20 for _ in range(20))
                was = (0, 0) if t == begin_again and group == "new" else totals.get(host, (9000, 40))
                totals[host] = (was[0] + rate * 5, was[1] + x)
                made.append((t + late, t, group, host, *totals[host]))
    return made


def play_counters(
    rows: Iterable[tuple[object, ...]], every: float | None = None, until: float | None = None
) -> list[Tick]:
    lines = [",".join(COUNTERS) + "\n", *(",".join(map(str, row)) + "\n" for row in rows)]
    return list(verdicts(read(lines, counters=True), GatePolicy(), 0.0, ReplayTimes(every, until)))


def test_counters_distinguish_a_clean_build_from_a_bad_one() -> None:
    clean, bad = play_counters(counters()), play_counters(counters(worse=5.0))
    assert clean[-1].verdict.call is Call.GO
    assert Call.ROLL_BACK not in calls(clean)
    assert next(tick.t for tick in bad if tick.verdict.call is Call.ROLL_BACK) <= 60
    assert clean[-1].findings.total.n1 == pytest.approx(5 * 20 * 600, rel=0.03)


def test_history_from_counters_is_kept_by_the_minute() -> None:
    assert play_counters(counters(60))[-1].findings.history_minutes == pytest.approx(30, abs=1)


def test_a_counter_after_a_reset_is_counted_from_zero() -> None:
    fresh = [list(row) for row in counters(last=300)]
    for row in fresh:
        if row[2] == "control" and int(str(row[1])) >= 100:
            row[4], row[5] = int(str(row[4])) - 300_000, max(0, int(str(row[5])) - 1300)
    sane = [row for row in fresh if int(str(row[4])) >= int(str(row[5]))]
    assert calls(play_counters(map(tuple, sane))) <= {*STILL, Call.GO}


def test_rows_that_arrive_late_or_out_of_order_are_neither_resets_nor_lost() -> None:
    dice = Random(2)
    mixed = [(t + dice.choice((0.3, 0.6, 7.0, 12.0)), t, *rest) for _, t, *rest in counters()]
    ticks = play_counters(mixed)
    assert ticks[-1].verdict.call is Call.GO
    assert ticks[-1].findings.total.n1 == pytest.approx(5 * 20 * 600, rel=0.05)
    for earlier, later in pairwise(ticks):
        assert later.findings.total.n1 >= earlier.findings.total.n1


def test_rows_that_arrive_minutes_late_are_stale_on_arrival() -> None:
    ticks = play_counters(counters(late=300.0))
    assert calls(ticks) <= STILL
    assert ticks[-1].verdict.call is Call.HOLD


def test_a_row_does_not_count_before_it_arrives() -> None:
    whole = counters(200, worse=4.0, late=6.0)
    early = play_counters(row for row in whole if row[0] <= 100)
    assert early == [tick for tick in play_counters(whole) if tick.t <= early[-1].t]


def test_silent_hosts_hold_the_step() -> None:
    present = [row for row in counters() if not (row[1] > 100 and row[3] in ("new-1", "new-2"))]
    ticks = play_counters(present)
    assert calls(tick for tick in ticks if tick.t > 260) == {Call.HOLD}
    vanished = [row for row in counters() if not (row[1] > 100 and row[2] == "control")]
    assert calls(tick for tick in play_counters(vanished) if tick.t > 180) == {Call.HOLD}


def test_a_frozen_exporter_counts_as_no_traffic() -> None:
    stuck = {row[3]: row for row in counters() if row[1] == 100}
    frozen = [row if row[1] <= 100 else (row[0], row[1], *stuck[row[3]][2:]) for row in counters()]
    assert calls(tick for tick in play_counters(frozen) if tick.t > 180) == {Call.HOLD}


def test_a_row_from_the_future_is_dropped() -> None:
    future = [(row[0], row[1] + 500, *row[2:]) for row in counters()]
    assert calls(play_counters(future, every=10, until=300)) <= STILL


def test_a_gap_of_the_old_hosts_counts_like_one_of_the_new() -> None:
    shares = [
        play_counters(row for row in counters() if not (row[2] == group and 100 < row[1] <= 160))[
            -1
        ].findings.sample_share
        for group in ("new", "control")
    ]
    assert shares == [pytest.approx(0.9, abs=0.02)] * 2


def test_scattered_lost_rows_lower_the_share_of_samples() -> None:
    dice = Random(4)
    ticks = play_counters(row for row in counters() if dice.random() > 0.1)
    assert ticks[-1].findings.sample_share == pytest.approx(0.9, abs=0.05)
    assert ticks[-1].verdict.call is Call.GO


def test_faulty_or_contradicting_counters_never_roll_back() -> None:
    old = {row[3]: (900_000, 60_000) for row in counters() if row[2] == "new"}  # the counts before the restart
    blinking = [
        (*row[:4], 0, 0) if row[3] in old and row[1] > 0 and row[1] % 25 == 0
        else (*row[:4], row[4] + old.get(row[3], (0, 0))[0], row[5] + old.get(row[3], (0, 0))[1])
        for row in counters(begin_again=None)
    ]  # fmt: skip
    ticks = play_counters(blinking)
    assert Call.ROLL_BACK not in calls(ticks)
    assert not any("over the ceiling" in tick.verdict.reason for tick in ticks)
    torn = [*counters(), *((row[0] + 0.1, *row[1:5], row[5] + 50) for row in counters())]
    assert calls(play_counters(sorted(torn))) <= STILL


def test_one_bad_host_is_named() -> None:
    bad, extra = [], 0
    for row in counters():
        if row[3] == "new-2" and row[1] > 0:
            extra += 8
            row = (*row[:5], row[5] + extra)
        bad.append(row)
    last = play_counters(bad)[-1]
    assert last.verdict.call is Call.HOLD
    assert "no worse without new-2" in last.verdict.reason


def test_gaps_in_counters_lose_nothing() -> None:
    gap = [row for row in counters() if not 100 < row[1] <= 120]
    ticks = play_counters(gap)
    assert ticks[-1].findings.total.n1 == play_counters(counters())[-1].findings.total.n1
