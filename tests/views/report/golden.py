"""Golden texts of two reports and of the DORA metrics. Run as a module to write them."""

from pathlib import Path

from msgspec.structs import replace

from cockpit.deploy.pulls.reviews import Checks, Review, ReviewState
from cockpit.rules.record import dora
from cockpit.views import dora as dora_view
from cockpit.views.report.draft import draft
from cockpit.views.report.markdown import markdown
from cockpit.views.rows import plain
from tests.builders import POLICY
from tests.recorded_releases import NOON, clean, hotfixed, pages, rolled_back

FOLDER = Path(__file__).parents[2] / "golden"
REVIEWS = {31: Review(31, "", "", "", ReviewState.APPROVED, Checks.GREEN)}
DOCUMENTS = {
    "report-rolled-back": lambda: draft(rolled_back(), POLICY, pages(), REVIEWS),
    "report-hotfixed": lambda: draft(hotfixed(), POLICY, (), {}),
}


def drawn(name: str) -> str:
    """Return the golden text; other tests check the images."""
    if name == "dora":
        releases = (rolled_back(), hotfixed(at=1000.0), clean(at=3000.0))
        old = replace(releases[2], pulls=tuple(replace(pull, merged=0.0) for pull in releases[2].pulls))
        on_record = {releases[0].id: pages()}
        day = dora.dora_metrics((*releases[:2], old), POLICY, NOON - 12 * 3600, NOON + 12 * 3600, on_record)
        empty = dora.dora_metrics((), POLICY, NOON, NOON + dora.DAY)
        return f"{plain(dora_view.rows(day, 100))}\n\n{plain(dora_view.rows(empty, 100))}\n"
    document = DOCUMENTS[name]()
    return markdown(document, {f"2026-11-23.3-{tier}": f"{tier}.svg" for tier in ("canary", "production")})


def path(name: str) -> Path:
    """Return the path of a golden text."""
    return FOLDER / f"{name}.{'txt' if name == 'dora' else 'md'}"


NAMES = (*DOCUMENTS, "dora")

if __name__ == "__main__":
    for name in NAMES:
        path(name).write_text(drawn(name), "utf-8")
