from cockpit.engine.retry_pause import LONGEST, RetryPause


def test_the_pauses_grow_up_to_a_limit_and_end_with_an_answer() -> None:
    pause, seconds = RetryPause(10.0), list[float]()
    for _ in range(8):
        pause.record(answered=False)
        seconds.append(pause.seconds)
    assert seconds == [20.0, 40.0, 80.0, 160.0, LONGEST, LONGEST, LONGEST, LONGEST]
    pause.record(answered=True)
    assert pause.seconds == 10.0


def test_a_single_failure_is_not_reported() -> None:
    pause = RetryPause(10.0)
    pause.record(answered=False)
    assert not pause.is_delay
    pause.record(answered=False)
    assert pause.is_delay


def test_a_pause_that_the_caller_sets_is_not_shortened() -> None:
    assert RetryPause(2 * LONGEST).seconds == 2 * LONGEST
