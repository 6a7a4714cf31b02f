import asyncio

import pytest

from cockpit.control.record_reader import InvalidRecord
from cockpit.engine.delivery_retry import retry, with_deadline
from cockpit.ports import Failed


async def attempts(*failures: Exception, destination: str = "") -> tuple[list[str], bool]:
    """The errors that a retry reports, and whether it reports the recovery."""
    left, errors, recovered = list(failures), list[str](), asyncio.Event()

    async def attempt() -> str:
        if left:
            raise left.pop(0)
        return "sent"

    async def report(error: str) -> None:
        errors.append(error)

    assert await retry(attempt, report, (0.0, 0.0), destination, recovered.set) == "sent"
    return errors, recovered.is_set()


async def test_a_success_at_once_reports_nothing() -> None:
    assert await attempts() == ([], False)


async def test_every_failure_is_reported_and_retried() -> None:
    errors, recovered = await attempts(Failed("store", "does not answer"), InvalidRecord("record x"), Failed("a", "b"))
    assert errors == ["store: does not answer", "record x", "a: b"]
    assert recovered


async def test_the_destinations_own_error_does_not_repeat_its_name() -> None:
    errors, _ = await attempts(Failed("office", "answered 503"), Failed("store", "is full"), destination="office")
    assert errors == ["answered 503", "store: is full"]


async def test_the_text_of_a_bug_is_not_reported_because_it_may_hold_a_secret() -> None:
    errors, _ = await attempts(ValueError("https://token@host"))
    assert errors == ["bug in cockpit: ValueError"]


async def test_a_destination_without_an_answer_fails_at_the_deadline() -> None:
    with pytest.raises(Failed, match="office: does not answer within 0 s"):
        await with_deadline(0.01, "office", asyncio.Event().wait())
