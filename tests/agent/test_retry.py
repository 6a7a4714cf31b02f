"""A failure on the way to a good build is retried with growing pauses, and reported as stuck after a deadline."""

from cockpit.agent.retry import LONGEST_PAUSE, Retry, failed_again, is_stuck, pause_before, retry_text


def test_failures_are_counted_from_the_first_one() -> None:
    retry = failed_again(None, "hook drain: exit 1", 10.0)
    assert failed_again(retry, "hook drain: exit 2", 20.0) == Retry(10.0, 2, "hook drain: exit 2")


def test_pauses_grow_up_to_a_bound() -> None:
    pauses = [pause_before(Retry(0.0, tries, ""), 1.0) for tries in (1, 2, 3, 4, 5, 100, 10_000)]
    assert pauses == [1.0, 2.0, 4.0, 8.0, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_host_is_stuck_after_the_deadline() -> None:
    retry = Retry(10.0, 3, "hook drain: exit 1: no output")
    assert not is_stuck(None, 100.0, 60.0)
    assert not is_stuck(retry, 69.0, 60.0)
    assert is_stuck(retry, 70.0, 60.0)


def test_the_text_names_the_hook_and_what_happens_next() -> None:
    retry = Retry(10.0, 3, "hook drain: exit 1: no output")
    assert retry_text(None, 0.0, 60.0) == ""
    assert retry_text(Retry(1.0, 1, "hook drain: no"), 2.0, 60.0) == "hook drain: no (tried once); trying again"
    assert retry_text(retry, 20.0, 60.0) == "hook drain: exit 1: no output (tried 3 times); trying again"
    assert retry_text(retry, 130.0, 60.0) == (
        "stuck for 2 min: hook drain: exit 1: no output (tried 3 times, still trying); repair it here"
    )
