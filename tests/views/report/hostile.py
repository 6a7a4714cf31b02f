"""A report in which every untrusted text is an attack."""

from msgspec.structs import replace

from cockpit.deploy.facts import HostFailed
from cockpit.views.report.blocks import Document
from cockpit.views.report.draft import draft
from tests.builders import HOSTILE, NEW, POLICY
from tests.recorded_releases import NOON, pages, recorded_release, rolled_back

EVIL = "<script>alert(1)</script> ![x](https://evil.example/p.png) @everyone | `rm` $x$ \x1b[2J\u202e **b** </svg>"


def hostile() -> Document:
    """Return the report of a rolled-back release with hostile titles, names, reasons and outputs."""
    release = rolled_back()
    refused = HostFailed(EVIL, NEW.id, f"{EVIL}\n# a heading\n- a list")
    facts = [(e.at - NOON, e.what, e.by, e.why) for e in release.events]
    attacked = recorded_release(release.id, *facts, (300.0, refused, EVIL, EVIL))
    pulls = tuple(replace(pull, title=EVIL, author=EVIL) for pull in HOSTILE)
    return draft(replace(attacked, pulls=pulls), POLICY, pages(), {})
