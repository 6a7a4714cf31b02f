"""One host's counters: their increments, and the rows that are dropped."""

from cockpit.deploy.gate.counters import HostCounter

Row = tuple[float, float, float]


def host(*rows: Row) -> HostCounter:
    made = HostCounter(rows[0][0])
    for row in rows:
        made.add(*row)
    return made


def steady(until: int = 70, pace: int = 200) -> list[Row]:
    """A row every ten seconds, of a host that has run for long."""
    return [(t, 50_000 + pace * t / 10, 400 + t / 10) for t in range(0, until, 10)]


def test_the_first_row_gives_the_base_and_the_next_an_increment() -> None:
    assert host((0, 50, 3), (10, 70, 4), (20, 100, 4)).increments(20, deployed=False) == (50, 1, 3, 0)


def test_a_reset_counter_counts_from_zero() -> None:
    assert host(*steady(), (70, 150, 2), (80, 350, 3)).increments(80, deployed=False)[:2] == (1200 + 350, 6 + 3)


def test_a_row_whose_errors_alone_go_back_is_left_out() -> None:
    assert host((0, 50_000, 400), (10, 50_200, 0), (20, 50_400, 1)).increments(20, deployed=False) == (200, 1, 2, 1)


def test_a_short_fault_of_an_exporter_does_not_count_its_total_again() -> None:
    assert host(*steady(), (70, 0, 0), (80, 51_600, 408)).increments(80, deployed=False) == (1200, 6, 8, 1)
    assert host(*steady(), (70, 51_150, 406), (80, 51_600, 408)).increments(80, deployed=False)[:2] == (1650, 8)


def test_a_much_higher_rate_after_a_restart_is_accepted_after_some_rows() -> None:
    surge = [(80.0 + 10 * k, 9_000.0 * k, 90.0 * k) for k in range(9)]
    n, _, _, bad = host(*steady(pace=20), (70, 0, 0), *surge).increments(200, deployed=False)
    assert bad == 3
    assert n == 120 + 5 * 9_000


def test_contradicting_rows_are_dropped_and_duplicates_count_once() -> None:
    twice = host((0, 50, 3), (0, 50, 3), (10, 70, 4), (10, 70, 4))
    assert twice.increments(10, deployed=False) == (20, 1, 2, 0)
    torn = host((0, 50, 3), (10, 70, 4), (10, 70, 9), (10, 70, 4), (20, 90, 4))
    assert torn.increments(20, deployed=False) == (40, 1, 2, 0)
    late = host((0, 50, 3), (10, 70, 4))
    assert late.increments(10, deployed=False) == (20, 1, 2, 0)
    assert not late.add(10, 70, 9)
    assert late.add(20, 90, 4)
    assert late.increments(20, deployed=False) == (20, 0, 0, 0)


def test_a_row_with_more_new_errors_than_new_requests_is_left_out() -> None:
    assert host((0, 50, 3), (10, 60, 14), (20, 80, 14)).increments(20, deployed=False) == (20, 0, 2, 1)
