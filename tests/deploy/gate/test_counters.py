"""One host's counters: what they grew by, and what is not believed."""

from cockpit.deploy.gate.counters import HostCounter

Row = tuple[float, float, float]


def host(*rows: Row) -> HostCounter:
    made = HostCounter(rows[0][0])
    for row in rows:
        made.add(*row)
    return made


def steady(until: int = 70, pace: int = 200) -> list[Row]:
    """A row every ten seconds of a host that has served for long."""
    return [(t, 50_000 + pace * t / 10, 400 + t / 10) for t in range(0, until, 10)]


def test_the_first_row_tells_where_a_counter_stands_and_the_next_what_it_grew_by() -> None:
    assert host((0, 50, 3), (10, 70, 4), (20, 100, 4)).increments(20, deployed=False) == (50, 1, 3, 0)


def test_what_began_again_counts_from_zero() -> None:
    assert host(*steady(), (70, 150, 2), (80, 350, 3)).increments(80, deployed=False)[:2] == (1200 + 350, 6 + 3)


def test_errors_that_go_back_alone_are_no_restart_and_the_row_is_left_out() -> None:
    assert host((0, 50_000, 400), (10, 50_200, 0), (20, 50_400, 1)).increments(20, deployed=False) == (200, 1, 2, 1)


def test_an_exporter_that_blinks_does_not_have_its_whole_life_counted_again() -> None:
    assert host(*steady(), (70, 0, 0), (80, 51_600, 408)).increments(80, deployed=False) == (1200, 6, 8, 1)
    assert host(*steady(), (70, 51_150, 406), (80, 51_600, 408)).increments(80, deployed=False)[:2] == (1650, 8)


def test_a_host_that_serves_much_more_after_its_restart_is_believed_in_the_end() -> None:
    surge = [(80.0 + 10 * k, 9_000.0 * k, 90.0 * k) for k in range(9)]
    n, _, _, bad = host(*steady(pace=20), (70, 0, 0), *surge).increments(200, deployed=False)
    assert bad == 3
    assert n == 120 + 5 * 9_000


def test_rows_that_contradict_each_other_count_as_none_and_doubled_ones_once() -> None:
    twice = host((0, 50, 3), (0, 50, 3), (10, 70, 4), (10, 70, 4))
    assert twice.increments(10, deployed=False) == (20, 1, 2, 0)
    torn = host((0, 50, 3), (10, 70, 4), (10, 70, 9), (10, 70, 4), (20, 90, 4))
    assert torn.increments(20, deployed=False) == (40, 1, 2, 0)
    late = host((0, 50, 3), (10, 70, 4))
    assert late.increments(10, deployed=False) == (20, 1, 2, 0)
    assert not late.add(10, 70, 9)
    assert late.add(20, 90, 4)
    assert late.increments(20, deployed=False) == (20, 0, 0, 0)
