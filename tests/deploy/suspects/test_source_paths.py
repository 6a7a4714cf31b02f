"""The paths of a runtime match files of the repository."""

import pytest

from cockpit.deploy.suspects.source_paths import Edit, source_files, words
from cockpit.deploy.suspects.stack_trace import Frame, StackTrace

FILES = ("shop/cart.py", "shop/pages/cart.py", "src/main/java/com/shop/Cart.java", "web/[id].tsx", "core/net/http.c")


def meant(path: str, files: tuple[str, ...] = FILES) -> list[str]:
    return [place.path for place in source_files(StackTrace((Frame(path, 3),)), files, [])]


@pytest.mark.parametrize(
    ("named", "path"),
    [
        ("shop/cart.py", "shop/cart.py"),
        ("/srv/app/shop/cart.py", "shop/cart.py"),
        ("./shop/pages/cart.py", "shop/pages/cart.py"),
        ("com/shop/Cart.java", "src/main/java/com/shop/Cart.java"),
        ("webpack:///./web/[id].tsx", "web/[id].tsx"),
        ("C:\\build\\core\\net\\http.c", "core/net/http.c"),
        ("http.c", "core/net/http.c"),
        ("src/net/http.c", "core/net/http.c"),
    ],
)
def test_the_file_with_the_longest_common_end_matches(named: str, path: str) -> None:
    assert meant(named) == [path]


def test_foreign_and_ambiguous_paths_match_nothing() -> None:
    assert meant("/usr/lib/python3/json/decoder.py") == []
    assert meant("__init__.py", tuple(f"shop/{n}/__init__.py" for n in "abcd")) == []
    assert meant("") == []


def test_a_file_is_known_by_all_its_names_in_the_range() -> None:
    moved = [(Edit("b.py", "a.py", 0, 0),), (Edit("c.py", "b.py", 1, 0),)]
    (place,) = source_files(StackTrace(paths=("c.py",)), ("c.py",), moved)
    assert place.names == {"a.py", "b.py", "c.py"}


def test_frames_keep_their_numbers() -> None:
    trace = StackTrace((Frame("/lib/x.py", 1), Frame("shop/cart.py", 8), Frame("shop/cart.py", 9)))
    (place,) = source_files(trace, FILES, [])
    assert [(number, frame.line) for number, frame in place.frames] == [(2, 8), (3, 9)]


def test_words_that_occur_everywhere_are_left_out() -> None:
    assert words("Fix the src/main/CartPage of HTTP") == {"cart", "page", "http"}
