"""Rows of a trace are read, or counted as lost."""

import pytest

from cockpit.deploy.gate.counts_file import CountsRow, InvalidTrace, read


def test_rows_of_counts_arrive_at_their_time() -> None:
    trace = read(["t,group,requests,errors", "5,new,10,1", "0,control,20,2"])
    assert trace.rows == (CountsRow(0.0, 0.0, "control", "", 20.0, 2.0), CountsRow(5.0, 5.0, "new", "", 10.0, 1.0))
    assert (trace.ticks, trace.lost_at) == ((0.0, 5.0), ())


def test_rows_of_counters_are_ordered_by_their_arrival() -> None:
    header = "t_arrived,t,group,host,requests_total,errors_total"
    trace = read([header, "9,1,new,web-1,10,1", "4,3,new,web-1,20,1"], counters=True)
    assert [row.t for row in trace.rows] == [3.0, 1.0]


@pytest.mark.parametrize("counts", ["-1,0", "5,6", "nan,0", "1e300,0", "x,0", ",", "1_0,0"])
def test_invalid_counts_are_none_and_their_tick_stays(counts: str) -> None:
    trace = read(["t,group,requests,errors", f"5,new,{counts}"])
    assert (trace.rows[0].requests, trace.rows[0].errors) == (None, None)
    assert trace.ticks == (5.0,)


def test_a_row_without_valid_time_or_group_is_lost() -> None:
    trace = read(["t,group,requests,errors", "x,new,1,0", "5,other,1,0"])
    assert trace.rows == ()
    assert trace.lost_at == (float("-inf"), 5.0)


def test_a_file_without_the_columns_is_refused() -> None:
    with pytest.raises(InvalidTrace, match="needs the columns t,group,requests,errors and has a,b"):
        read(["a,b", "1,2"])
