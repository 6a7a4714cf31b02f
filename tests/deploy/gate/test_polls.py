"""Rows become polls, each from what had arrived by then."""

import pytest

from cockpit.deploy.gate.counts_file import read
from cockpit.deploy.gate.polls import DEFAULT_INTERVAL, CounterPolls, CountPolls, sample_interval
from cockpit.deploy.gate.sequential import CountPair

COUNTS = "t,group,requests,errors"
COUNTERS = "t_arrived,t,group,host,requests_total,errors_total"


def test_the_interval_is_not_stretched_by_gaps() -> None:
    assert sample_interval([0, 5, 10, 15, 60, 65]) == 5
    assert sample_interval([3.0]) == DEFAULT_INTERVAL
    assert sample_interval([0, 0, 0, 5, 10]) == 5


def test_counts_of_both_groups_are_paired_by_their_time() -> None:
    polls = CountPolls(read([COUNTS, "0,new,10,1", "0,control,90,3", "5,new,20,0"]))
    assert [poll.pair for poll in polls.until(0.0)] == [CountPair(10, 1, 90, 3)]
    (later,) = polls.until(5.0)
    assert (later.pair, later.gap) == (None, "the old build has no valid counts")


def test_without_control_rows_the_old_build_has_no_requests() -> None:
    (poll,) = CountPolls(read([COUNTS, "0,new,10,1"])).until(0.0)
    assert (poll.pair, poll.controlled) == (CountPair(10, 1, 0, 0), False)


def test_counters_are_paired_up_to_the_instant_that_both_groups_reached() -> None:
    rows = [COUNTERS]
    for t in range(0, 40, 10):
        rows += [f"{t},{t},new,web-1,{10 * t},{t // 10}", f"{t + 5},{t},control,web-2,{90 * t},0"]
    polls = CounterPolls(read(rows, counters=True))
    pairs = [poll.pair for poll in polls.until(25.0)]
    assert sum((pair for pair in pairs if pair), CountPair(0, 0, 0, 0)) == CountPair(200, 2, 1800, 0)
    assert polls.interval == 10.0


def test_a_missing_host_lowers_the_share_of_samples() -> None:
    rows = [COUNTERS]
    for t in range(0, 200, 10):
        rows += [f"{t},{t},new,web-1,{10 * t},0", f"{t},{t},control,web-3,{90 * t},0"]
        rows += [f"{t},{t},new,web-2,{10 * t},0"] if t < 20 else []
    last = list(CounterPolls(read(rows, counters=True)).until(190.0))[-1]
    assert last.got < last.expected
    assert last.gap == "some hosts are missing"


def test_a_host_that_appears_later_does_not_change_earlier_shares() -> None:
    rows = [COUNTERS, "0,0,new,web-1,0,0", "0,0,new,web-2,0,0", "0,0,control,web-3,0,0", "100,100,new,web-9,0,0"]
    for t in range(10, 110, 10):
        rows += [f"{t},{t},new,web-1,{10 * t},0", f"200,{t},control,web-3,{90 * t},0"]
    first = next(CounterPolls(read(rows, counters=True)).until(200.0))
    assert first.at == 60
    assert first.got == pytest.approx(first.expected * 8 / 12), "seven rows of web-1 and one of web-2, of six each"


def test_a_group_without_hosts_yet_lacks_nothing_and_has_nothing_in_reserve() -> None:
    rows = [COUNTERS] + [f"{t},{t},control,web-3,{90 * t},0" for t in range(0, 100, 10)]
    for t in range(100, 150, 10):
        rows += [f"{t},{t},control,web-3,{90 * t},0", f"{t},{t},new,web-1,{10 * t},0"]
        rows += [f"{t},{t},new,web-{n},{10 * t},0" for n in (4, 5, 6)]
    rows += ["100,100,new,web-7,0,0"]
    polls = {poll.at: poll for poll in CounterPolls(read(rows, counters=True)).until(140.0)}
    assert [polls[t].got / polls[t].expected for t in sorted(polls)] == [1.0, 1.0, 0.8, 0.8, 0.8, 0.8]


def test_a_duplicate_row_is_dropped_once() -> None:
    rows = [COUNTERS, *(f"{t},{t},new,web-1,{10 * t},0" for t in (0, 10, 10, 20, 30))]
    assert sum(poll.dropped for poll in CounterPolls(read(rows, counters=True)).until(30.0)) == 1
