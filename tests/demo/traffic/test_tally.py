"""The counts of requests and the cause of their failures."""

from pathlib import Path

from cockpit.demo.traffic.tally import RequestCount, Tally, read_tally, write_tally


def test_failures_are_attributed_to_the_bad_pr_by_build_and_route() -> None:
    tally = Tally(
        (
            RequestCount("canary", "bad", "/checkout", "500 KeyError", 7),
            RequestCount("canary", "bad", "/checkout", "reset: closed", 1),
            RequestCount("canary", "bad", "/cart", "500 KeyError", 2),
            RequestCount("canary", "good", "/checkout", "500 KeyError", 4),
            RequestCount("canary", "bad", "/", "", 90),
        )
    )
    assert (tally.sent, tally.failed) == (104, 14)
    assert tally.failed_by_bad_pr({"bad"}, "/checkout") == 7
    assert tally.failed_by_bad_pr({"bad"}, "") == 9
    assert [row.count for row in tally.other_failures({"bad"}, "/checkout")] == [1, 2, 4]


def test_a_written_tally_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "tally.json"
    assert read_tally(path) == Tally()
    write_tally(path, Tally((RequestCount("canary", "b", "/", "", 3),), 1, 2.5))
    assert read_tally(path).sent == 3
