"""The schedule of the simulated day: twelve slots with their commands, and the facts that each command records."""

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
"""The number of steps after staging until the public is served."""

STEPS = ("advance", "advance", "advance")
PLAIN = ("start", *STEPS, "finish")


@dataclass(frozen=True)
class ReleaseSlot:
    """A slot and the commands given in it."""

    name: str
    commands: tuple[str, ...]

    @property
    def bad(self) -> str:
        """The tier on which one of its PRs fails; empty for none."""
        remedy = next((command for command in self.commands if command in ("revert", "rollback")), "")
        if not remedy:
            return ""
        return "production" if self.commands[: self.commands.index(remedy)].count("advance") >= PUBLIC else "dogfood"

    @property
    def ending(self) -> str:
        """How its release ends, in the words of the agenda."""
        return "rolled back" if "rollback" in self.commands else "finished"


SLOTS = (
    ReleaseSlot("dawn", PLAIN),
    ReleaseSlot("breakfast", ("start", "advance", "revert", *STEPS, "finish")),
    ReleaseSlot("coffee", PLAIN),
    ReleaseSlot("forenoon", ("freeze", "start", "thaw", *STEPS, "finish")),
    ReleaseSlot("noon", PLAIN),
    ReleaseSlot("siesta", ("start", "advance", "hand-over", "handoff", "advance", "advance", "finish")),
    ReleaseSlot("two", PLAIN),
    ReleaseSlot(
        "three", ("start", "advance", "lose", "take-over", "handoff", "resume", "advance", "advance", "finish")
    ),
    ReleaseSlot("tea", ("start", "advance", "advance", "revert", *STEPS, "finish")),
    ReleaseSlot("dusk", ("start", "advance", "advance", "rollback", "abandon")),
    ReleaseSlot("supper", ("resume", *PLAIN)),
    ReleaseSlot("night", PLAIN),
)

TO_STAGING = (BuildReady, Advanced, SmokePassed)
"""The facts of the engine from a new commit to staging."""
FACTS: dict[str, tuple[type[Fact], ...]] = {
    "install": (Started, Cut, BuildReady, Advanced, Finished),
    "start": (Started, Cut, *TO_STAGING),
    "advance": (Advanced,),
    "finish": (Finished,),
    "revert": (RevertAsked, Reverted, Restored, *TO_STAGING),
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
"""The facts that each command records, without verdicts."""


def expected_counts() -> Counter[str]:
    """The number of events of each kind after the day."""
    commands = ["install", *(command for slot in SLOTS for command in slot.commands)]
    return Counter(fact.__name__ for command in commands for fact in FACTS[command])


def config_text(store: str) -> str:
    """The company's config.toml, with a tier for each audience and the slots of the day."""
    steps = (("staging", 100, 0), ("dogfood", 100, 20), ("production", 50, 20), ("production", 100, 20))
    tiers = (("staging", "nobody", 1), ("dogfood", "company", 2), ("production", "public", 4))
    text = f'app = "shop"\n[repository]\nurl = "origin.git"\n{store}\n'
    for name, serves, count in tiers:
        hosts = json.dumps([f"{name}-{number}" for number in range(1, count + 1)])
        text += f'[[tier]]\nname = "{name}"\nserves = "{serves}"\nhosts = {hosts}\n'
    for tier, percent, soak in steps:
        text += f'[[step]]\ntier = "{tier}"\npercent = {percent}\nsoak = {soak}\n'
    text += '[gate]\npoints = 0.01\nsilent_after = 30.0\n[calendar]\nzone = "Europe/Berlin"\n'
    text += '[calendar.hours]\nmon = "08:00-20:00"\ntue = "08:00-20:00"\n[calendar.slots]\n'
    for slot, hour in zip(SLOTS, HOURS, strict=True):
        text += f'{slot.name} = "{hour:02d}:00-{hour:02d}:55"\n'
    return f"{text}[rota]\npeople = {json.dumps(PEOPLE)}\n"
