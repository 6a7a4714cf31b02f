"""The claims of commit messages, and the files that commits touch."""

import pytest

from cockpit.deploy.pulls.mainline import Mainline, MessageClaims
from cockpit.deploy.pulls.pull_request import Commit

SHA = "ab12" * 10


def commit(sha: str, message: str = "Words", parents: tuple[str, ...] = (), files: tuple[str, ...] = ()) -> Commit:
    subject, _, body = message.partition("\n\n")
    return Commit(sha, parents, "Lin", 0.0, subject, body, files)


def claims(message: str) -> MessageClaims:
    return Mainline((commit("c1", message),)).claims.get("c1", MessageClaims())


@pytest.mark.parametrize(
    ("message", "relands"),
    [
        ("Cart\n\nRe-lands #12", {"#12"}),
        ("Cart\n\nRelands: #12\nRe-land: #13", {"#12", "#13"}),
        ("Re-land #12: Add a cart", {"#12"}),
        ("reland #12 (#50)", {"#12"}),
        ("Cart\n\n- relands #12\n* Relands #13", {"#12", "#13"}),
        (f"Cart\n\nRe-lands I{SHA}", {f"I{SHA}"}),
        ("Merge pull request #50 from town/reland/2026-11-23.1/abcdef0123", {"2026-11-23.1/abcdef0123"}),
        ("Cart\n\nThis does not re-land #12", set()),
        ("Cart\n\nIrelands #12", set()),
        ("Cart\n\nRe-lands nothing", set()),
        ("Revert #12: Cart\n\nReverts-PR: 12", set()),
    ],
)
def test_re_landings_in_messages(message: str, relands: set[str]) -> None:
    assert {name for name in claims(message).relands if name != "nothing"} == relands


def test_reverts_in_messages() -> None:
    assert claims(f"X\n\nThis reverts commit {SHA}.\nThis reverts commit deadbee.").reverts == {SHA, "deadbee"}
    assert claims("X\n\nReverts town/hall#30\nReverts #31\nReverts !32").undoes == {30, 31, 32}
    assert claims("X\n\nit also Reverts #33 by hand").undoes == frozenset()
    assert claims(f"X\n\nChange-Id: I{SHA}").changes == {f"I{SHA}"}
    assert claims("Cart (#50)").number == 50
    assert Mainline((commit("c1", "Nothing to tell"),)).claims == {}


def test_ancestors_are_those_within_the_mainline() -> None:
    landed = Mainline((commit("d", parents=("c", "x")), commit("c", parents=("a",)), commit("x", parents=("a",))))
    assert landed.ancestors(("c",)) == {"c"}
    assert landed.ancestors(("d",)) == {"d", "c", "x"}
    assert landed.ancestors(("a", "missing")) == frozenset()


def test_touching_only_excludes_commits_with_other_files() -> None:
    first, second = commit("1", files=("a", "b")), commit("2", files=("a",))
    landed = Mainline((first, second, commit("3", files=("a", "z")), commit("4")))
    assert set(landed.touching_only(("a", "b", "c"))) == {"1", "2"}
    assert set(landed.touching_only(())) == set()
