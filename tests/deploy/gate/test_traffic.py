from functools import reduce

from cockpit.deploy.gate.traffic import MAX_SAMPLES, Count, Counter, Scrape, Traffic, add_scrape


def scrape(at: float, *counters: tuple[str, str, int, int], missing: tuple[str, ...] = ()) -> Scrape:
    made = tuple(Counter(host, "production", build, Count(n, x)) for host, build, n, x in counters)
    return Scrape(at, made, missing)


def fold(*scrapes: Scrape) -> Traffic:
    return reduce(add_scrape, scrapes, Traffic())


def test_the_first_scrape_of_a_host_counts_nothing() -> None:
    assert fold(scrape(1, ("a", "b1", 1000, 7))).during(0, 9) == Count()


def test_the_increment_of_a_counter_is_counted() -> None:
    traffic = fold(scrape(1, ("a", "b1", 1000, 7)), scrape(2, ("a", "b1", 1100, 9)), scrape(3, ("a", "b1", 1150, 9)))
    assert traffic.during(0, 9) == Count(150, 2)
    assert traffic.during(2, 3) == Count(50, 0)


def test_a_counter_that_went_backwards_counts_from_zero() -> None:
    traffic = fold(scrape(1, ("a", "b1", 1000, 7)), scrape(2, ("a", "b1", 30, 1)))
    assert (traffic.during(0, 9), traffic.resets) == (Count(30, 1), 1)


def test_a_host_whose_errors_alone_go_back_is_missing() -> None:
    traffic = fold(scrape(1, ("a", "b1", 1000, 7)), scrape(2, ("a", "b1", 1100, 1)), scrape(3, ("a", "b1", 1150, 2)))
    assert traffic.samples[1].missing == ("a",)
    assert traffic.during(0, 9) == Count(50, 1)


def test_a_new_build_on_a_known_host_starts_at_zero() -> None:
    traffic = fold(scrape(1, ("a", "b1", 1000, 7)), scrape(2, ("a", "b2", 40, 3)))
    assert traffic.during(0, 9, [("production", "b2")]) == Count(40, 3)


def test_hosts_are_summed_by_tier_and_build() -> None:
    traffic = fold(
        scrape(1, ("a", "b1", 0, 0), ("b", "b1", 0, 0), ("c", "b2", 0, 0)),
        scrape(2, ("a", "b1", 10, 1), ("b", "b1", 20, 2), ("c", "b2", 5, 5)),
    )
    assert traffic.during(0, 9, [("production", "b1")]) == Count(30, 3)
    assert traffic.during(0, 9) == Count(35, 8)


def test_a_missing_host_is_named_and_counted_when_it_answers_again() -> None:
    traffic = fold(scrape(1, ("a", "b1", 10, 0)), scrape(2, missing=("a",)), scrape(3, ("a", "b1", 30, 4)))
    assert traffic.samples[1].missing == ("a",)
    assert traffic.during(0, 9) == Count(20, 4)


def test_invalid_counters_make_a_host_missing() -> None:
    traffic = fold(scrape(1, ("a", "b1", 10, 0)), scrape(2, ("a", "b1", 5, 9)), scrape(3, ("a", "b1", -1, 0)))
    assert [sample.missing for sample in traffic.samples] == [(), ("a",), ("a",)]
    assert traffic.during(0, 9) == Count()


def test_rates_leave_gaps_where_there_were_no_requests() -> None:
    traffic = fold(
        scrape(10, ("a", "b1", 0, 0)),
        scrape(12, ("a", "b1", 10, 5)),
        scrape(16, ("a", "b1", 20, 5)),
        scrape(19, ("a", "b1", 20, 5)),
    )
    assert traffic.rates(("production", "b1"), now=19, width=2, buckets=4) == (0.5, None, 0.0, None)


def test_the_number_of_samples_is_bounded() -> None:
    traffic = fold(*(scrape(t, ("a", "b1", t, 0)) for t in range(MAX_SAMPLES + 10)))
    assert len(traffic.samples) == MAX_SAMPLES


def routed(at: float, build: str, *routes: tuple[str, int, int]) -> Scrape:
    total = Count(sum(n for _, n, _ in routes), sum(x for _, _, x in routes))
    return Scrape(at, (Counter("a", "production", build, total, tuple((r, Count(n, x)) for r, n, x in routes)),))


def test_routes_have_increments_and_a_new_route_starts_at_zero() -> None:
    traffic = fold(routed(1, "b1", ("/", 100, 1)), routed(2, "b1", ("/", 150, 1), ("/rare", 3, 3)))
    assert dict(traffic.samples[-1].routes) == {
        ("production", "b1", "/"): Count(50, 0),
        ("production", "b1", "/rare"): Count(3, 3),
    }
    assert fold(routed(1, "b1", ("/", 100, 1))).samples[-1].routes == ((("production", "b1", "/"), Count()),)


def test_routes_of_a_restarted_server_count_from_zero() -> None:
    traffic = fold(routed(1, "b1", ("/", 100, 1)), routed(2, "b1", ("/", 20, 2)))
    assert dict(traffic.samples[-1].routes) == {("production", "b1", "/"): Count(20, 2)}
    swapped = fold(routed(1, "b1", ("/", 100, 1)), routed(2, "b2", ("/", 20, 2)))
    assert dict(swapped.samples[-1].routes)["production", "b2", "/"] == Count(20, 2)
