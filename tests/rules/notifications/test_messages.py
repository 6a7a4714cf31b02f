"""Every message that a release's events make."""

import pytest
from msgspec.structs import replace

from cockpit.deploy.facts import (
    Abandoned,
    Advanced,
    AnyFact,
    Call,
    CommanderLost,
    CommandTaken,
    Cut,
    Finished,
    Frozen,
    HandedOver,
    Held,
    Judged,
    Regressed,
    Resumed,
    RevertAsked,
    Reverted,
    RolledBack,
    SmokePassed,
    Started,
    Suspected,
)
from cockpit.deploy.notification_policy import NotificationPolicy
from cockpit.deploy.outbox import Message
from cockpit.deploy.policy import Policy
from cockpit.deploy.pulls.pull_request import PullRequest
from cockpit.deploy.release import Release
from cockpit.deploy.release_fold import fold
from cockpit.rules.notifications.messages import LONGEST, messages_for, thread_head
from tests.builders import (
    ADA,
    DAY,
    FIXED,
    HOSTILE,
    LADDER,
    NEW,
    NOW,
    OLD,
    POLICY,
    PULLS,
    events,
    facts_to_staging,
    pull,
)

ID = f"{DAY}.3"
TWO = (pull(31, "Cache prices", "Ann"), pull(32, "Fix totals", "Bob"))
LAST = len(LADDER) - 1
Recorded = AnyFact | tuple[AnyFact, str, str]


def release(*facts: Recorded, pulls: tuple[PullRequest, ...] = TWO) -> Release:
    return fold(ID, events(*facts_to_staging(ID, pulls), *facts))


def policy_with(**has: object) -> Policy:
    return replace(POLICY, notifications=NotificationPolicy(**has))  # type: ignore[arg-type]


def texts(release: Release, policy: Policy = POLICY, to: str = "slack", authors: tuple[str, ...] = ()) -> list[str]:
    return [message.text for message in messages_for(release, policy, to, authors)]


def added(*facts: Recorded, policy: Policy = POLICY, to: str = "slack", authors: tuple[str, ...] = ()) -> list[str]:
    """The messages that these facts add to those at staging."""
    return texts(release(*facts), policy, to, authors)[len(texts(release(), policy, to, authors)) :]


def test_until_staging_the_channel_gets_start_and_cut_and_each_author_is_asked_to_check() -> None:
    assert texts(release()) == [
        f"{ADA} started {ID}",
        f"{ID} is cut with 2 PRs",
        "Ann: #31 Cache prices is on staging, please check it there\n"
        "Bob: #32 Fix totals is on staging, please check it there",
    ]


CASES: tuple[tuple[Recorded, list[str]], ...] = (
    (Advanced(1, "dogfood", NEW.id), []),
    (
        Advanced(2, "canary", NEW.id),
        [
            f"{ID} goes to canary\nAnn: #31 Cache prices is on canary, real traffic now\n"
            "Bob: #32 Fix totals is on canary, real traffic now"
        ],
    ),
    (Advanced(3, "production 10 %", NEW.id), []),
    (
        Advanced(LAST, "production 100 %", NEW.id),
        [
            f"{ID} goes to production 100 %\nAnn: #31 Cache prices goes to every host, production 100 %\n"
            "Bob: #32 Fix totals goes to every host, production 100 %"
        ],
    ),
    (Judged(1, NEW.id, Call.GO, "fine"), []),
    (Judged(1, NEW.id, Call.WAIT, "soaking"), []),
    (Judged(1, NEW.id, Call.HOLD, "8 % fail"), [f"HOLD, {ID} at staging: 8 % fail"]),
    (Judged(1, NEW.id, Call.ROLL_BACK, "all fail"), [f"ROLL BACK, {ID} at staging: all fail"]),
    ((Held(), ADA, "lunch"), [f"{ADA} holds {ID}: lunch"]),
    ((Resumed(), ADA, ""), [f"{ADA} resumed {ID}"]),
    ((RolledBack(OLD.id, ("canary",)), ADA, "errors"), [f"{ADA} ROLLED BACK {ID}: errors"]),
    (Finished(NEW.id), [f"{ID} is finished: every host runs it"]),
    (
        Regressed(ID, NEW.id, "canary", Call.ROLL_BACK, "6 % fail", ADA),
        [
            f"{ADA}: {ID} turned bad after it finished, ROLL BACK: 6 % fail; `rollback` (R) takes it back\n"
            f"Ann: #31 Cache prices is in {ID}, which turned bad after it finished; please look at once\n"
            f"Bob: #32 Fix totals is in {ID}, which turned bad after it finished; please look at once"
        ],
    ),
    (
        Regressed("2026-11-23.2", OLD.id, "canary", Call.HOLD, "2 % fail"),
        [
            "the next person who takes over: 2026-11-23.2 turned bad after it finished, HOLD: 2 % fail; "
            "`rollback` (R) takes it back"
        ],
    ),
    ((Abandoned(), ADA, ""), [f"{ADA} abandoned {ID}"]),
    ((CommandTaken("bob@box", ADA), "bob@box", "shift"), ["bob@box took over: shift"]),
    (
        Suspected(TWO[0], 0.8, "changed a.py:3, which is frame 1 of the error"),
        [
            "Ann: #31 Cache prices is suspected, changed a.py:3, which is frame 1 of the error; please look at once",
        ],
    ),
    (
        (RevertAsked(TWO[0]), ADA, "500s"),
        [
            f"{ADA} reverts #31 Cache prices in {ID}: 500s\n"
            "Ann: #31 Cache prices is suspected and is being reverted: 500s; please look at once"
        ],
    ),
)


@pytest.mark.parametrize(("fact", "sent"), CASES, ids=lambda value: str(type(value).__name__))
def test_each_event_adds_its_messages(fact: Recorded, sent: list[str]) -> None:
    assert added(fact) == sent


def test_the_author_of_a_reverted_pr_gets_that_message_and_no_later_one() -> None:
    done = Reverted(31, ("a" * 40,), (FIXED.commit,), f"{ID}-hotfix.1")
    sent = added(RevertAsked(TWO[0]), done, Advanced(2, "canary", FIXED.id))
    assert sent[1] == f"Ann: #31 Cache prices is reverted on main and out of {ID}"
    assert "Ann" not in sent[2]
    assert "Bob: #32" in sent[2]


def test_the_channel_and_the_author_read_what_a_revert_left() -> None:
    left = ("pay.py:3 on main is still from #31",)
    done = Reverted(31, ("a" * 40,), (FIXED.commit,), f"{ID}-hotfix.1", remaining=left)
    (text,) = added(RevertAsked(TWO[0]), done)[1:]
    assert text.splitlines() == [
        f"#31 Cache prices is reverted in {ID}, but {left[0]}",
        f"Ann: #31 Cache prices is reverted in {ID}, but {left[0]}; please look at once",
    ]


def test_a_hotfix_does_not_repeat_messages() -> None:
    done = Reverted(31, ("a" * 40,), (FIXED.commit,), f"{ID}-hotfix.1")
    sent = added(RevertAsked(TWO[0]), done, SmokePassed(FIXED.id, 1.0))
    assert not any("on staging" in text for text in sent)


def test_authors_are_notified_again_when_a_release_returns_after_a_rollback() -> None:
    canary = Advanced(2, "canary", NEW.id)
    sent = added(canary, RolledBack(OLD.id, ("canary",)), Resumed(), SmokePassed(NEW.id, 1.0), canary)
    assert [text.count("real traffic now") for text in sent] == [2, 0, 0, 2]


def test_an_author_with_an_address_is_notified_there_and_not_in_the_channel() -> None:
    fact = Advanced(2, "canary", NEW.id)
    assert added(fact, authors=("Ann",)) == [f"{ID} goes to canary\nBob: #32 Fix totals is on canary, real traffic now"]
    own = ["Ann: #31 Cache prices is on canary, real traffic now"]
    assert added(fact, to="author:Ann", authors=("Ann",)) == own
    assert added(Held(), to="author:Ann", authors=("Ann",)) == []


def test_a_handle_is_mentioned_in_messages_to_its_author() -> None:
    policy = policy_with(handles={"Ann": "U0123ABCD"})
    last = messages_for(release(), policy, "slack")[-1]
    assert last.text.startswith("@U0123ABCD: #31 Cache prices is on staging")
    assert last.mentions == ("U0123ABCD",)
    assert messages_for(release(Held()), policy, "slack")[-1].mentions == ()


def test_a_team_replaces_or_silences_a_template() -> None:
    policy = policy_with(
        templates={"held": "$app stops for $$5, $why", "finished": "", "step": "now $step", "head": "$who: $state"}
    )
    assert added((Held(), ADA, "lunch"), policy=policy) == ["webapp stops for $5, lunch"]
    assert added(Finished(NEW.id), policy=policy) == []
    assert added(Advanced(1, "dogfood", NEW.id), policy=policy) == ["now dogfood"]
    assert thread_head(release(), policy) == f"{ADA}: staging"


def test_the_same_events_give_the_same_unique_ids() -> None:
    busy = release(Advanced(1, "dogfood", NEW.id), (Held(), ADA, ""), (Resumed(), ADA, ""), Finished(NEW.id))
    ids = [message.id for message in messages_for(busy, POLICY, "slack")]
    assert ids == [message.id for message in messages_for(busy, POLICY, "slack")]
    assert len(set(ids)) == len(ids)
    assert ids[0] == f"{ID}/1/slack"
    earlier = [message.id for message in messages_for(release(), POLICY, "slack")]
    assert ids[: len(earlier)] == earlier, "later events change no id"


def test_many_prs_make_several_messages_without_loss() -> None:
    many = tuple(pull(n, "a title of some length, as people write them " * 2, f"Author {n}") for n in range(100, 160))
    sent = messages_for(release(pulls=many), POLICY, "slack")
    last = [message for message in sent if message.number == sent[-1].number]
    assert len(last) > 1
    assert all(len(message.text) <= LONGEST for message in last)
    assert [message.key for message in last[:2]] == ["5", "5.2"]
    assert all(any(f"#{n} " in message.text for message in last) for n in range(100, 160))


def test_values_are_filled_in_as_they_are_and_never_expanded() -> None:
    hostile = (pull(50, "costs $who $$ and ${step}", "$author"), *HOSTILE)
    text = texts(release(pulls=hostile))[-1]
    assert "$author: #50 costs $who $$ and ${step} is on staging" in text
    assert all(len(line) < 700 for line in text.split("\n"))


def test_an_install_notifies_the_channel_and_no_author() -> None:
    facts = ((Started("main", LADDER, True), ADA, ""), Cut("b", ID, NEW.commit, "", ()), Finished(NEW.id))
    sent = texts(fold(ID, events(*facts)))
    assert sent == [f"{ADA} started {ID}", f"{ID} is cut with 0 PRs", f"{ID} is finished: every host runs it"]


LOST = CommanderLost("ann@box", "bob@desk", NOW)


def test_the_next_commander_is_notified_by_name_by_handle_or_at_their_own_address() -> None:
    assert added(HandedOver("bob@desk")) == ["engine handed over to bob@desk"]
    assert added(HandedOver("")) == ["engine handed over to the next person who takes over"]
    assert added(LOST) == [f"ann@box is lost, {ID} is held; next commander: bob@desk"]
    policy = policy_with(handles={"bob": "U0BOB0BOB"})
    last = messages_for(release(LOST), policy, "slack")[-1]
    assert last.text.endswith("next commander: @U0BOB0BOB")
    assert last.mentions == ("U0BOB0BOB",)
    own = added(LOST, to="author:bob", authors=("bob",))
    assert own == [f"ann@box is lost, {ID} is held; next commander: bob@desk"]
    assert added(LOST, to="author:ann", authors=("ann",)) == []


def test_a_freeze_names_its_end() -> None:
    assert added((Frozen(NOW), ADA, "audit")) == [f"{ADA} froze deploys until 2026-11-23 12:34 UTC: audit"]


def test_a_freeze_until_an_impossible_time_is_still_sent() -> None:
    (text,) = added((Frozen(1e300), ADA, "audit"))
    assert text == f"{ADA} froze deploys until 9999-12-31 00:00 UTC: audit"


@pytest.mark.parametrize(
    ("facts", "reads"),
    [
        ((), "staging"),
        ((Judged(0, NEW.id, Call.HOLD, "bad"),), "staging, HOLD"),
        ((Advanced(2, "canary", NEW.id),), "canary"),
        ((Held(),), "held at staging"),
        ((RolledBack(OLD.id, ("canary",)),), "ROLLED BACK, held"),
        ((Finished(NEW.id),), "finished"),
    ],
)
def test_the_thread_head_has_the_state_of_the_release(facts: tuple[Recorded, ...], reads: str) -> None:
    assert thread_head(release(*facts), POLICY) == f"webapp {ID}: {reads}, 2 PRs"


def test_a_message_has_one_id_for_each_part() -> None:
    assert Message("r", 7, 1, "mail", 0.0, "").id == "r/7/mail"
    assert Message("r", 7, 3, "mail", 0.0, "").id == "r/7.3/mail"
    assert PULLS
