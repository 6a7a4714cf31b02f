"""Where a change is, on the page and as JSON: silence is said, and nothing a stranger wrote gets through."""

from cockpit.rules.record.whereis import Basis, ChangeStage, SoughtChange, TierPresence, Whereabouts
from cockpit.views.rows import cells, plain
from cockpit.views.whereis import as_json, heading, page, rows, sentence
from tests.builders import HOSTILE, NOW, PULLS, at_canary, at_production, hostile, hotfixed, idle


def test_the_page_of_a_pr_says_tier_by_tier_where_it_is_and_what_told_it() -> None:
    text = plain(page(PULLS[4], at_production(), 100))
    assert text.splitlines()[:2] == ["#35  Log slow queries", "#35 is in 2026-11-23.3"]
    production = next(line for line in text.splitlines() if line.strip().startswith("production"))
    assert "1 host not known: web-07" in production
    assert "of 10 hosts" in production
    assert "since 2026-11-23 " in production
    assert "told by the releases' lists of PRs" in text
    assert heading(PULLS[4]) == "WHERE IS #35"


def test_every_stage_has_its_sentence() -> None:
    thing = SoughtChange("#7", "Title")
    assert (
        sentence(Whereabouts(thing, ChangeStage.NOT_MERGED))
        == "#7 is not on main: it is not merged, or there is none such"
    )
    assert sentence(Whereabouts(thing, ChangeStage.UNRELEASED)) == "#7 is on main and in no release yet"
    assert sentence(Whereabouts(thing, ChangeStage.REVERTED, reverted="r")) == "#7 was reverted in r"
    assert (
        sentence(Whereabouts(thing, ChangeStage.RELEASED, releases=("a", "b", "c")))
        == "#7 is in a and 2 releases after it"
    )


def test_what_is_in_no_release_has_no_tiers_and_what_was_reverted_has() -> None:
    assert "staging" not in plain(page(PULLS[4], idle(), 80))
    assert "staging" in plain(page(PULLS[2], hotfixed(), 80))


def test_it_fits_into_eighty_cells_and_no_escape_gets_through() -> None:
    for pull in HOSTILE:
        made = page(pull, hostile(), 78)
        assert max(sum(cells(span.text) for span in line) for line in made) <= 78
        text = plain(made)
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_json_has_shares_of_one_and_nothing_for_never() -> None:
    tiers = (TierPresence("canary", 4, 1, NOW, ("c4",)), TierPresence("production", 10, 0))
    thing = SoughtChange("#35", "Log", PULLS[4].commits[-1], PULLS[4])
    told = as_json(Whereabouts(thing, ChangeStage.RELEASED, tiers, ("r",), "", Basis.HISTORY, "git: slow"), False)
    assert (told["number"], told["share"], told["reached"], told["trouble"]) == (35, 1 / 14, False, "git: slow")
    assert told["tiers"][0] == {
        "tier": "canary", "hosts": 4, "running": 1, "share": 0.25, "since": NOW, "unknown": ["c4"],
    }  # fmt: skip
    assert told["tiers"][1]["since"] is None


def test_trouble_with_history_is_shown() -> None:
    found = Whereabouts(SoughtChange("#7"), ChangeStage.UNRELEASED, error="git: cannot fetch\x1b[2J")
    assert "git: cannot fetch" in plain(rows(found, NOW, 80))
    assert at_canary().open is not None
