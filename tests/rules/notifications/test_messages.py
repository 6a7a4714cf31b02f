from typing import get_args

import pytest
from msgspec.structs import replace

from cockpit.deploy import facts
from cockpit.deploy.facts import (
    Abandoned,
    Advanced,
    Call,
    CommandTaken,
    Cut,
    Finished,
    HandedOver,
    AnyFact,
    Held,
    Judged,
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
from cockpit.rules.notifications.triggers import TRIGGERS, AuthorScope
from tests.builders import ADA, DAY, FIXED, HOSTILE, LADDER, NEW, NOW, OLD, POLICY, PULLS, events, facts_to_staging, pull

ID = f"{DAY}.3"
TWO = (pull(31, "Cache prices", "Ann"), pull(32, "Fix totals", "Bob"))
LAST = len(LADDER) - 1
Told = AnyFact | tuple[AnyFact, str, str]


def release(*facts: Told, pulls: tuple[PullRequest, ...] = TWO) -> Release:
    return fold(ID, events(*facts_to_staging(ID, pulls), *facts))


def people(**has: object) -> Policy:
    return replace(POLICY, people=NotificationPolicy(**has))  # type: ignore[arg-type]


def texts(of: Release, policy: Policy = POLICY, to: str = "slack", addressed: tuple[str, ...] = ()) -> list[str]:
    return [message.text for message in messages_for(of, policy, to, addressed)]


def news(*facts: Told, policy: Policy = POLICY, to: str = "slack", addressed: tuple[str, ...] = ()) -> list[str]:
    """What these facts add to what was told at staging."""
    return texts(release(*facts), policy, to, addressed)[len(texts(release(), policy, to, addressed)) :]


def test_the_way_to_staging_tells_the_channel_of_start_and_cut_and_each_author_to_look() -> None:
    assert texts(release()) == [
        f"{ADA} started {ID}",
        f"{ID} is cut with 2 PRs",
        "Ann: #31 Cache prices is on staging, please check it there\n"
        "Bob: #32 Fix totals is on staging, please check it there",
    ]


CASES: tuple[tuple[Told, list[str]], ...] = (
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
            f"{ID} goes to production 100 %\nAnn: #31 Cache prices goes out to everybody, production 100 %\n"
            "Bob: #32 Fix totals goes out to everybody, production 100 %"
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
    ((Abandoned(), ADA, ""), [f"{ADA} abandoned {ID}"]),
    ((CommandTaken("bob@box", ADA), "bob@box", "shift"), ["bob@box took the conn: shift"]),
    (
        Suspected(TWO[0], 0.8, "changed a.py:3, which is frame 1 of the error"),
        [
            "Ann: #31 Cache prices is suspected, changed a.py:3, which is frame 1 of the error; please look at once",
        ],
    ),
    (
        (RevertAsked(TWO[0]), ADA, "500s"),
        [
            f"{ADA} takes #31 Cache prices out of {ID}: 500s\n"
            "Ann: #31 Cache prices is suspected and is being reverted: 500s; please look at once"
        ],
    ),
)


@pytest.mark.parametrize(("fact", "said"), CASES, ids=lambda value: str(type(value).__name__))
def test_what_follows_from_an_event(fact: Told, said: list[str]) -> None:
    assert news(fact) == said


def test_the_author_of_a_reverted_pr_hears_of_it_and_of_nothing_later() -> None:
    done = Reverted(31, ("a" * 40,), (FIXED.commit,), f"{ID}-hotfix.1")
    said = news(RevertAsked(TWO[0]), done, Advanced(2, "canary", FIXED.id))
    assert said[1] == f"Ann: #31 Cache prices is reverted on main and out of {ID}"
    assert "Ann" not in said[2]
    assert "Bob: #32" in said[2]


def test_what_a_hotfix_repeats_is_told_once() -> None:
    done = Reverted(31, ("a" * 40,), (FIXED.commit,), f"{ID}-hotfix.1")
    said = news(RevertAsked(TWO[0]), done, SmokePassed(FIXED.id, 1.0))
    assert not any("on staging" in text for text in said)


def test_what_comes_back_to_people_after_a_rollback_is_told_again() -> None:
    canary = Advanced(2, "canary", NEW.id)
    said = news(canary, RolledBack(OLD.id, ("canary",)), Resumed(), SmokePassed(NEW.id, 1.0), canary)
    assert [text.count("real traffic now") for text in said] == [2, 0, 0, 2]


def test_an_author_with_an_address_is_told_there_and_not_in_the_channel() -> None:
    fact = Advanced(2, "canary", NEW.id)
    assert news(fact, addressed=("Ann",)) == [
        f"{ID} goes to canary\nBob: #32 Fix totals is on canary, real traffic now"
    ]
    own = ["Ann: #31 Cache prices is on canary, real traffic now"]
    assert news(fact, to="author:Ann", addressed=("Ann",)) == own
    assert news(Held(), to="author:Ann", addressed=("Ann",)) == []


def test_a_handle_is_mentioned_where_the_author_is_told() -> None:
    policy = people(handles={"Ann": "U0123ABCD"})
    last = messages_for(release(), policy, "slack")[-1]
    assert last.text.startswith("@U0123ABCD: #31 Cache prices is on staging")
    assert last.mentions == ("U0123ABCD",)
    assert messages_for(release(Held()), policy, "slack")[-1].mentions == ()


def test_a_team_says_it_in_its_own_words_or_not_at_all() -> None:
    policy = people(
        templates={"held": "$app stops for $$5, $why", "finished": "", "step": "now $step", "head": "$who: $state"}
    )
    assert news((Held(), ADA, "lunch"), policy=policy) == ["webapp stops for $5, lunch"]
    assert news(Finished(NEW.id), policy=policy) == []
    assert news(Advanced(1, "dogfood", NEW.id), policy=policy) == ["now dogfood"]
    assert thread_head(release(), policy) == f"{ADA}: staging"


def test_the_same_events_give_the_same_ids_and_each_only_once() -> None:
    busy = release(Advanced(1, "dogfood", NEW.id), (Held(), ADA, ""), (Resumed(), ADA, ""), Finished(NEW.id))
    ids = [message.id for message in messages_for(busy, POLICY, "slack")]
    assert ids == [message.id for message in messages_for(busy, POLICY, "slack")]
    assert len(set(ids)) == len(ids)
    assert ids[0] == f"{ID}/1/slack"
    earlier = [message.id for message in messages_for(release(), POLICY, "slack")]
    assert ids[: len(earlier)] == earlier, "what comes later changes no id"


def test_many_prs_are_several_messages_and_none_is_left_out() -> None:
    many = tuple(pull(n, "a title of some length, as people write them " * 2, f"Author {n}") for n in range(100, 160))
    said = messages_for(release(pulls=many), POLICY, "slack")
    last = [message for message in said if message.number == said[-1].number]
    assert len(last) > 1
    assert all(len(message.text) <= LONGEST for message in last)
    assert [message.key for message in last[:2]] == ["5", "5.2"]
    assert all(any(f"#{n} " in message.text for message in last) for n in range(100, 160))


def test_what_strangers_wrote_is_filled_in_as_it_is_and_no_template_of_theirs() -> None:
    strange = (pull(50, "costs $who $$ and ${step}", "$author"), *HOSTILE)
    text = texts(release(pulls=strange))[-1]
    assert "$author: #50 costs $who $$ and ${step} is on staging" in text
    assert all(len(line) < 700 for line in text.split("\n"))


def test_an_install_tells_the_channel_and_no_author() -> None:
    facts = ((Started("main", LADDER, True), ADA, ""), Cut("b", ID, NEW.commit, "", ()), Finished(NEW.id))
    said = texts(fold(ID, events(*facts)))
    assert said == [f"{ADA} started {ID}", f"{ID} is cut with 0 PRs", f"{ID} is finished: every host runs it"]


def test_every_fact_there_is_can_happen_without_a_row_of_its_own() -> None:
    unknown = type("Mystery", (Held,), {}, frozen=True)
    assert news(unknown()) == []
    assert len(get_args(AnyFact)) > 20


class CommanderLost(Held, frozen=True):
    """As the fact of that name is."""

    person: str = "ann@box"
    following: str = "bob@desk"


class Frozen(Held, frozen=True):
    """As the fact of that name is."""

    until: float = NOW


def test_whoever_is_next_is_told_by_name_by_handle_or_at_their_own_address() -> None:
    assert news(HandedOver("bob@desk")) == ["engine gave the conn to bob@desk"]
    assert news(HandedOver("")) == ["engine gave the conn to whoever takes it next"]
    assert news(CommanderLost()) == [f"ann@box is lost, {ID} is held: bob@desk is next"]
    policy = people(handles={"bob": "U0BOB0BOB"})
    last = messages_for(release(CommanderLost()), policy, "slack")[-1]
    assert last.text.endswith("@U0BOB0BOB is next")
    assert last.mentions == ("U0BOB0BOB",)
    own = news(CommanderLost(), to="author:bob", addressed=("bob",))
    assert own == [f"ann@box is lost, {ID} is held: bob@desk is next"]
    assert news(CommanderLost(), to="author:ann", addressed=("ann",)) == []


def test_a_freeze_says_until_when() -> None:
    assert news((Frozen(), ADA, "audit")) == [f"{ADA} froze deploys until 2026-11-23 12:34 UTC: audit"]


def test_a_record_with_a_time_beyond_every_calendar_is_told_too() -> None:
    (told,) = news((facts.Frozen(1e300), ADA, "audit"))
    assert told == f"{ADA} froze deploys until 9999-12-31 00:00 UTC: audit"


def test_rows_that_concern_somebody_have_something_to_say() -> None:
    assert [name for name, row in TRIGGERS.items() if row.pull and row.concerns is AuthorScope.NOBODY] == []


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
def test_the_head_says_how_the_release_stands(facts: tuple[Told, ...], reads: str) -> None:
    assert thread_head(release(*facts), POLICY) == f"webapp {ID}: {reads}, 2 PRs"


def test_a_message_has_one_id_for_each_part() -> None:
    assert Message("r", 7, 1, "mail", 0.0, "").id == "r/7/mail"
    assert Message("r", 7, 3, "mail", 0.0, "").id == "r/7.3/mail"
    assert PULLS
