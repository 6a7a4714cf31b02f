"""The likeliest suspect is named if its chance is at least even."""

from cockpit.deploy.pulls.pull_request import MergeMethod, PullRequest
from cockpit.deploy.suspects.ranking import Suspect
from cockpit.views.rows import plain
from cockpit.views.suspects import ranking


def suspect(number: int, score: float) -> Suspect:
    pull = PullRequest(number, f"Title {number}", "Ada", MergeMethod.SQUASH, (f"c{number}",), (), 0.0)
    return Suspect(pull, f"c{number}", score, "changed a.py:1, which is frame 1 of the error")


def text(*ranked: Suspect) -> list[str]:
    return [line.rstrip() for line in plain(ranking(ranked, 100)).splitlines()]


NONE = Suspect(None, "", 0.25, "none of them: infrastructure, data or traffic")


def test_the_likeliest_suspect_is_named_with_its_reason() -> None:
    assert text(suspect(12, 0.61), suspect(9, 0.14), NONE) == [
        "#12 at 61%: changed a.py:1, which is frame 1 of the error",
        "",
        "  61%  #12       changed a.py:1, which is frame 1 of the error  Title 12",
        "  25%  none      none of them: infrastructure, data or traffic",
        "  14%  #9        changed a.py:1, which is frame 1 of the error  Title 9",
    ]


def test_below_an_even_chance_there_is_no_likely_suspect() -> None:
    assert text(suspect(12, 0.41), NONE)[0] == "no likely suspect: the best candidate is #12 at 41%"
    assert text(NONE) == ["no PR in this range"]


def test_a_long_list_is_cropped() -> None:
    assert len(text(*(suspect(n, 0.01) for n in range(1, 60)), NONE)) == 2 + 10 + 1
