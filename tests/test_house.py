"""The rules of CONTRIBUTING that no linter enforces. An exception is listed here with its reason."""

import ast
import gc
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
ROOMS = HOUSE / "cockpit"
MODULES = sorted(path for path in ROOMS.rglob("*.py") if "shop" not in path.relative_to(ROOMS).parts[1:2])
"""The demo's shop is the company's application, not cockpit's code."""

LONGEST_MODULE = 300
LONGEST_FUNCTION = 50
MOST_METHODS = 16
TESTS = HOUSE / "tests"
WITHOUT_TEST = {
    "__main__.py": "one call of cli.main",
    "views/report/blocks.py": "values without logic",
    "tui/notice.py": "one value without logic",
    "deploy/locks.py": "one value without logic",
    "deploy/plan.py": "values without logic",
    "deploy/notification_policy.py": "one value without logic",
    "deploy/schedule/presence.py": "values without logic",
    "control/feeds/sources.py": "values without logic",
}
"""Modules that no test file mirrors. Interfaces (ports/) have no logic, and the demo's shop is not cockpit's code."""
NOUNS_IN_ING = {"deploy/suspects/ranking.py": "a ranking is a noun"}
DIALECT = re.compile(r"\b(somebody|nobody|whoever|whatever|anew|conn|burnt)\b", re.IGNORECASE)
"""Words that a newcomer has to translate; CONTRIBUTING lists them."""
STORED = re.compile(r"""["']nobody["']|NOBODY|\| nobody \||locks/conn|'nobody': use|mean nobody""")
"""Where they stay: the config value `serves = "nobody"`, and stored keys."""
LISTS_OLD_WORDS = {
    "CHANGELOG.md": "names the verbs and keys that were renamed",
    "CONTRIBUTING.md": "lists the words",
    "cockpit/config/moved_keys.py": "names the keys that moved",
    "tests/config/test_moved_keys.py": "tests them",
    "tests/cli/test_parser.py": "tests that the old verbs are gone",
}
NOT_NAMES = ("Manager", "Helper", "Util", "Base", "Handler", "Service", "Data", "Info", "Process")

LONG_FUNCTIONS = {
    "views/event_log.py:sentence": "one case a fact",
    "rules/notifications/triggers.py:occasion_of": "one case a fact",
}
MANY_METHODS: dict[str, str] = {}


def parsed(text: str) -> ast.Module:
    """The syntax of a module. Python 3.11 loses count of its depth where the garbage collector runs meanwhile."""
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        gc.enable()


def name(path: Path) -> str:
    return path.relative_to(ROOMS).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_short_says_what_it_is_for_and_holds_short_functions(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = parsed(text)
    assert ast.get_docstring(tree), "says what it is for"
    assert len(text.splitlines()) <= LONGEST_MODULE
    for function in functions(tree):
        length = (function.end_lineno or 0) - function.lineno + 1
        place = f"{name(path)}:{function.name}"
        assert length <= LONGEST_FUNCTION or place in LONG_FUNCTIONS, f"{place} has {length} lines"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_class_is_small_and_named_after_the_trade(path: Path) -> None:
    for node in ast.walk(parsed(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            assert not set(re.findall("[A-Z][a-z]+", node.name)) & set(NOT_NAMES), node.name
            public = [
                f for f in node.body if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef) and f.name[0] != "_"
            ]
            assert len(public) <= MOST_METHODS or node.name in MANY_METHODS, f"{node.name} has {len(public)}"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_what_is_public_explains_itself(path: Path) -> None:
    tree = parsed(path.read_text(encoding="utf-8"))
    told = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    untold = [
        node.name
        for node in told
        if node.name[0] != "_" and not ast.get_docstring(node) and len(node.body) > 1 and not _is_value(node)
    ]
    assert not untold


def _is_value(node: ast.AST) -> bool:
    """A class whose name and field names say all: a fact, a section of the config."""
    return isinstance(node, ast.ClassDef) and all(isinstance(part, ast.AnnAssign | ast.Expr) for part in node.body)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_has_the_test_file_that_mirrors_it(path: Path) -> None:
    mirror = TESTS / path.relative_to(ROOMS).parent / f"test_{path.name}"
    if path.name == "__init__.py" or path.parent.name == "ports":
        return
    assert mirror.exists() != (name(path) in WITHOUT_TEST), f"{mirror.relative_to(HOUSE)}, or a reason in WITHOUT_TEST"


def test_no_two_classes_have_one_name() -> None:
    places: dict[str, list[str]] = {}
    for path in MODULES:
        for node in parsed(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name.lstrip("_"), []).append(name(path))
    assert not {klass: where for klass, where in places.items() if len(where) > 1}


def test_no_module_is_named_by_a_gerund() -> None:
    assert {name(path) for path in MODULES if path.stem.endswith("ing")} == set(NOUNS_IN_ING)


def test_no_file_speaks_the_old_dialect() -> None:
    found = []
    for path in tracked_files():
        if (
            path.suffix not in {".py", ".md", ".toml", ".1", ".sh"}
            or path == Path(__file__)
            or "fixtures" in path.parts
        ):
            continue
        if path.relative_to(HOUSE).as_posix() in LISTS_OLD_WORDS or "fixtures" in path.parts:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if word := DIALECT.search(STORED.sub("", line)):
                found.append(f"{path.relative_to(HOUSE)}:{number}: {word[0]}")
    assert not found


@pytest.mark.parametrize(
    ("module", "spared"),
    [
        ("cockpit.agent.loop", ("textual", "rich", "httpx", "git", "plotext", "sqlite3")),
        ("cockpit.wiring", ("textual", "rich", "httpx", "git", "plotext")),
        ("cockpit.cli", ("textual", "rich", "httpx", "git", "plotext", "sqlite3")),
        ("cockpit.rules.decisions", ("asyncio", "time", "random", "logging", "subprocess", "socket")),
    ],
)
def test_an_import_brings_nothing_heavy_with_it(module: str, spared: tuple[str, ...]) -> None:
    look = (
        f"import sys; import msgspec; before = set(sys.modules); import {module}; print(*(set(sys.modules) - before))"
    )
    loaded = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout.split()
    assert not set(spared) & set(loaded)


@pytest.mark.xdist_group("house")
def test_tests_that_are_to_run_one_at_a_time_do(request: pytest.FixtureRequest) -> None:
    grouped = request.node.nodeid.endswith("@house")
    assert grouped or "PYTEST_XDIST_WORKER" not in os.environ, "xdist takes no notice of groups"


def test_no_file_names_a_path_of_a_machine() -> None:
    for path in tracked_files():
        if path.suffix in {".py", ".md", ".toml", ".yml", ".sh", ""} and path != Path(__file__):
            text = path.read_text(encoding="utf-8", errors="replace")
            for mark in ("/ro" + "ot/", "/wo" + "rk/", "/ho" + "me/"):
                assert mark not in text, f"{path.relative_to(HOUSE)} says {mark}"


def test_every_file_that_the_architecture_page_names_is_there() -> None:
    page = (HOUSE / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(
        re.findall(
            r"`((?:cli|tui|engine|agent|adapters|control|views|rules|ports|deploy|wiring|config)/[\w/.]*)`", page
        )
    )
    assert len(named) > 30
    assert not {path for path in named if not (ROOMS / path).exists()}


def tracked_files() -> list[Path]:
    """The files that git tracks and that are there."""
    listed = subprocess.run(["git", "ls-files"], cwd=HOUSE, capture_output=True, text=True, check=True).stdout
    return [HOUSE / file for file in listed.split("\n") if (HOUSE / file).is_file()]
