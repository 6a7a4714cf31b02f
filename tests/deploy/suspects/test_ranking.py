"""PRs are ranked by their evidence, with chances that add up to 1 and a reason."""

import pytest

from cockpit.deploy.pulls.pull_request import MergeMethod, PullRequest
from cockpit.deploy.suspects.ranking import EVEN, Candidate, ErrorReport, Suspect, rank_suspects
from cockpit.deploy.suspects.source_paths import Edit, SourceFile, words
from cockpit.deploy.suspects.stack_trace import Frame


def candidate(number: int, *paths: str, lines: int = 10, title: str = "Change", **more: object) -> Candidate:
    pull = PullRequest(number, title, "Ada", MergeMethod.SQUASH, (f"c{number}",), paths, 0.0)
    edits = tuple(Edit(path, path, lines, 0) for path in paths)
    return Candidate(pull, f"c{number}", title, edits, **more)  # type: ignore[arg-type]


def place(path: str, *frames: tuple[int, int]) -> SourceFile:
    return SourceFile(path, frozenset({path}), tuple((number, Frame(path, line)) for number, line in frames))


def first(candidates: list[Candidate], report: ErrorReport) -> Suspect:
    return rank_suspects(candidates, report)[0]


def number(suspect: Suspect) -> int:
    return suspect.pull.number if suspect.pull else 0


OTHERS = [candidate(n, f"other/{n}.py") for n in range(20, 40)]


def test_the_author_of_the_frames_line_comes_first_with_its_reason() -> None:
    report = ErrorReport((place("shop/cart.py", (1, 88)),))
    wrote = candidate(12, "shop/cart.py", lines=2, distances=((1, 0),))
    found = first([wrote, *OTHERS, candidate(13, "shop/cart.py", lines=40)], report)
    assert (number(found), found.commit) == (12, "c12")
    assert found.reason == "changed shop/cart.py:88, which is frame 1 of the error"


@pytest.mark.parametrize(
    ("distances", "reason"),
    [
        (((2, 3),), "changed 3 lines from shop/cart.py:90, which is frame 2 of the error"),
        ((), "changed shop/cart.py (+10 −0), the file of frame 1"),
    ],
)
def test_the_reason_is_the_strongest_evidence(distances: tuple[tuple[int, int], ...], reason: str) -> None:
    report = ErrorReport((place("shop/cart.py", (1, 88), (2, 90)),))
    assert first([*OTHERS, candidate(12, "shop/cart.py", distances=distances)], report).reason == reason


def test_weaker_evidence_than_a_touched_file_is_a_reason_too() -> None:
    report = ErrorReport((place("shop/cart.py"),), words("the till rings"))
    named = candidate(1, "a.py", symbols=frozenset({"ring_up"}))
    ranked = rank_suspects(
        [named, candidate(2, "shop/till.py"), candidate(3, "b.py", title="The till"), *OTHERS], report
    )
    reasons = {number(suspect): suspect.reason for suspect in ranked}
    assert reasons[1] == "changed lines with ring_up, which the report names"
    assert reasons[2] == "changed shop/till.py, beside a file that the report names"
    assert reasons[3] == "its title shares words with the report"
    assert reasons[30] == "no evidence"


def test_a_rarely_touched_file_is_stronger_evidence() -> None:
    report = ErrorReport((place("CHANGES.py"), place("shop/cart.py")))
    all_touch = [candidate(n, "CHANGES.py") for n in range(1, 30)]
    rare = candidate(50, "CHANGES.py", "shop/cart.py")
    assert number(first([*all_touch[:10], rare, *all_touch[10:]], report)) == 50


def test_a_newer_commit_is_likelier_and_a_fix_less_likely() -> None:
    report = ErrorReport((place("shop/cart.py"),))
    older, newer = candidate(1, "shop/cart.py"), candidate(2, "shop/cart.py")
    assert number(first([older, *OTHERS, newer], report)) == 2
    assert number(first([*OTHERS, candidate(3, "shop/cart.py", title="Fix it"), newer], report)) == 2


def test_chances_add_up_and_none_of_them_is_the_last_one() -> None:
    ranked = rank_suspects([candidate(1, "shop/cart.py"), *OTHERS], ErrorReport((place("shop/cart.py"),)))
    assert sum(suspect.score for suspect in ranked) == pytest.approx(1)
    assert [suspect.score for suspect in ranked[:-1]] == sorted((s.score for s in ranked[:-1]), reverse=True)
    assert (ranked[-1].pull, ranked[-1].commit) == (None, "")


def test_without_evidence_no_pr_stands_out() -> None:
    ranked = rank_suspects(OTHERS, ErrorReport())
    assert ranked[-1].score == pytest.approx(0.2, abs=0.1)
    assert max(suspect.score for suspect in ranked) < EVEN
    (none,) = rank_suspects([], ErrorReport())
    assert (none.pull, none.score) == (None, 1.0)


def test_a_series_is_one_suspect_with_its_likeliest_commit() -> None:
    pull = PullRequest(12, "Series", "Ada", MergeMethod.REBASE, ("c1", "c2"), (), 0.0)
    parts = [
        Candidate(pull, "c1", "Series", (Edit("shop/cart.py", "shop/cart.py", 5, 0),)),
        Candidate(pull, "c2", "Series", (Edit("readme.md", "readme.md", 5, 0),)),
    ]
    ranked = rank_suspects([*parts, *OTHERS], ErrorReport((place("shop/cart.py"),)))
    assert (number(ranked[0]), ranked[0].commit) == (12, "c1")
    assert len(ranked) == 1 + len(OTHERS) + 1


def test_untrusted_names_are_cleaned_in_a_reason() -> None:
    report = ErrorReport((place("shop/\x1b[31mcart.py", (1, 8)),))
    assert "\x1b" not in first([candidate(1, "shop/\x1b[31mcart.py", distances=((1, 0),))], report).reason


def test_the_weights_give_the_chances_that_were_fitted() -> None:
    report = ErrorReport((place("shop/cart/tax.py", (1, 8)), place("web.py")), words("the tax rounds down"))
    candidates = [
        candidate(1, "shop/cart/tax.py", "readme.py", lines=3),
        candidate(2, "shop/cart/page.py", title="Round the tax"),
        candidate(3, *(f"cart/shop/tax{n}.py" for n in range(6)), symbols=frozenset({"round"})),
        candidate(4, "readme.py"),
        candidate(7, "web/tax/rates.py"),
        candidate(6, "shop/cart/tax.py", *(f"docs/{n}.py" for n in range(9)), lines=2),
        candidate(5, "shop/cart/test_tax.py", title="Fix a test"),
    ]
    chances = {number(suspect): suspect.score for suspect in rank_suspects(candidates, report)}
    fitted = {0: 0.0229, 1: 0.2125, 2: 0.0871, 3: 0.1315, 4: 0.0104, 5: 0.0553, 6: 0.4224, 7: 0.0579}
    assert chances == pytest.approx(fitted, abs=1e-4)


def test_files_at_the_root_are_not_in_one_folder() -> None:
    report = ErrorReport((place("web.py"),))
    ranked = rank_suspects([candidate(1, "readme.py"), *OTHERS], report)
    assert {suspect.reason for suspect in ranked[:-1]} == {"no evidence"}
    beside = rank_suspects([candidate(1, "readme.py")], ErrorReport((place("web.py"),)))[0]
    apart = rank_suspects([candidate(1, "docs/readme.py")], ErrorReport((place("web.py"),)))[0]
    assert beside.score == pytest.approx(apart.score)
