"""Where a change is, on its page and as JSON."""

from cockpit.rules.record.whereis import Basis, ChangeStage, SoughtChange, TierPresence, Whereabouts
from cockpit.views.rows import cells, plain
from cockpit.views.whereis import as_json, heading, page, rows, sentence
from tests.builders import HOSTILE, NOW, PULLS, at_canary, at_production, hostile, hotfixed, idle


def test_the_page_has_a_line_for_each_tier_and_the_basis() -> None:
    text = plain(page(PULLS[4], at_production(), 100))
    assert text.splitlines()[:2] == ["#35  Log slow queries", "#35 is in 2026-11-23.3"]
    production = next(line for line in text.splitlines() if line.strip().startswith("production"))
    assert "1 host unknown: web-07" in production
    assert "of 10 hosts" in production
    assert "since 2026-11-23 " in production
    assert "based on the releases' lists of PRs" in text
    assert heading(PULLS[4]) == "WHERE IS #35"


def test_every_stage_has_its_sentence() -> None:
    change = SoughtChange("#7", "Title")
    assert sentence(Whereabouts(change, ChangeStage.NOT_MERGED)) == "#7 is not on main: not merged, or no such change"
    assert sentence(Whereabouts(change, ChangeStage.UNRELEASED)) == "#7 is on main and in no release yet"
    assert sentence(Whereabouts(change, ChangeStage.REVERTED, reverted="r")) == "#7 was reverted in r"
    assert (
        sentence(Whereabouts(change, ChangeStage.RELEASED, releases=("a", "b", "c")))
        == "#7 is in a and 2 releases after it"
    )


def test_an_unreleased_change_has_no_tiers() -> None:
    assert "staging" not in plain(page(PULLS[4], idle(), 80))
    assert "staging" in plain(page(PULLS[2], hotfixed(), 80))


def test_hostile_texts_fit_into_80_cells_without_control_characters() -> None:
    for pull in HOSTILE:
        lines = page(pull, hostile(), 78)
        assert max(sum(cells(span.text) for span in line) for line in lines) <= 78
        text = plain(lines)
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_json_has_shares_of_1_and_null_for_never() -> None:
    tiers = (TierPresence("canary", 4, 1, NOW, ("c4",)), TierPresence("production", 10, 0))
    change = SoughtChange("#35", "Log", PULLS[4].commits[-1], PULLS[4])
    values = as_json(Whereabouts(change, ChangeStage.RELEASED, tiers, ("r",), "", Basis.HISTORY, "git: slow"), False)
    assert (values["number"], values["share"], values["reached"], values["error"]) == (35, 1 / 14, False, "git: slow")
    assert values["tiers"][0] == {
        "tier": "canary", "hosts": 4, "running": 1, "share": 0.25, "since": NOW, "unknown": ["c4"],
    }  # fmt: skip
    assert values["tiers"][1]["since"] is None


def test_an_error_of_the_repository_is_shown() -> None:
    result = Whereabouts(SoughtChange("#7"), ChangeStage.UNRELEASED, error="git: cannot fetch\x1b[2J")
    assert "git: cannot fetch" in plain(rows(result, NOW, 80))
    assert at_canary().open is not None
