"""What happens on the day: twelve slots, and in each what its people do, one word an act."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date

from cockpit.deploy.facts import (
    Abandoned,
    Advanced,
    BuildReady,
    CommanderLost,
    CommandTaken,
    Cut,
    Fact,
    Finished,
    Frozen,
    HandedOver,
    HandoffRead,
    Held,
    Restored,
    Resumed,
    RevertAsked,
    Reverted,
    RolledBack,
    SmokePassed,
    Started,
    Thawed,
)

DATE = date(2026, 11, 23)
"""A Monday."""
PEOPLE = ("ada@desk", "bob@desk", "cyd@desk")
HOURS = range(8, 20)
PUBLIC = 2
"""The steps after staging that a release has taken once it has reached the public."""

CLIMB = ("advance", "advance", "advance")
PLAIN = ("start", *CLIMB, "finish")


@dataclass(frozen=True)
class Turn:
    """One slot."""

    name: str
    acts: tuple[str, ...]

    @property
    def bad(self) -> str:
        """The tier on which one of its PRs fails; empty where all of them are good."""
        remedy = next((act for act in self.acts if act in ("revert", "rollback")), "")
        if not remedy:
            return ""
        return "production" if self.acts[: self.acts.index(remedy)].count("advance") >= PUBLIC else "dogfood"

    @property
    def ends(self) -> str:
        """How its release ends, as the agenda says it."""
        return "rolled back" if "rollback" in self.acts else "finished"


DAY = (
    Turn("dawn", PLAIN),
    Turn("breakfast", ("start", "advance", "revert", *CLIMB, "finish")),
    Turn("coffee", PLAIN),
    Turn("forenoon", ("freeze", "start", "thaw", *CLIMB, "finish")),
    Turn("noon", PLAIN),
    Turn("siesta", ("start", "advance", "hand-over", "handoff", "advance", "advance", "finish")),
    Turn("two", PLAIN),
    Turn("three", ("start", "advance", "lose", "take-over", "handoff", "resume", "advance", "advance", "finish")),
    Turn("tea", ("start", "advance", "advance", "revert", *CLIMB, "finish")),
    Turn("dusk", ("start", "advance", "advance", "rollback", "abandon")),
    Turn("supper", ("resume", *PLAIN)),
    Turn("night", PLAIN),
)

MADE_READY = (BuildReady, Advanced, SmokePassed)
"""What the engine does by itself with a new commit, up to staging."""
LEAVES: dict[str, tuple[type[Fact], ...]] = {
    "install": (Started, Cut, BuildReady, Advanced, Finished),
    "start": (Started, Cut, *MADE_READY),
    "advance": (Advanced,),
    "finish": (Finished,),
    "revert": (RevertAsked, Reverted, Restored, *MADE_READY),
    "rollback": (RolledBack, Restored),
    "abandon": (Abandoned,),
    "resume": (Resumed,),
    "freeze": (Frozen,),
    "thaw": (Thawed,),
    "hand-over": (HandedOver,),
    "handoff": (HandoffRead,),
    "lose": (Held, CommanderLost),
    "take-over": (CommandTaken,),
}
"""What each act leaves in the log; verdicts apart, which come as they come."""


def expected() -> Counter[str]:
    """How many events of each kind the day leaves."""
    acts = ["install", *(act for turn in DAY for act in turn.acts)]
    return Counter(fact.__name__ for act in acts for fact in LEAVES[act])


def config(store: str) -> str:
    """The company's config.toml: a tier each for nobody, the company and the public, and the day's slots."""
    steps = (("staging", 100, 0), ("dogfood", 100, 20), ("production", 50, 20), ("production", 100, 20))
    tiers = (("staging", "nobody", 1), ("dogfood", "company", 2), ("production", "public", 4))
    text = f'app = "origin"\n[repository]\nurl = "origin.git"\n{store}\n'
    for name, serves, many in tiers:
        hosts = json.dumps([f"{name}-{number}" for number in range(1, many + 1)])
        text += f'[[tier]]\nname = "{name}"\nserves = "{serves}"\nhosts = {hosts}\n'
    for tier, part, soak in steps:
        text += f'[[step]]\ntier = "{tier}"\npercent = {part}\nsoak = {soak}\n'
    text += '[gate]\npoints = 0.01\nsilent_after = 30.0\n[calendar]\nzone = "Europe/Berlin"\n'
    text += '[calendar.hours]\nmon = "08:00-20:00"\ntue = "08:00-20:00"\n[calendar.slots]\n'
    for turn, hour in zip(DAY, HOURS, strict=True):
        text += f'{turn.name} = "{hour:02d}:00-{hour:02d}:55"\n'
    return f"{text}[rota]\npeople = {json.dumps(PEOPLE)}\n"
