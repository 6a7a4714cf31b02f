"""The rules of the house that no linter knows. An exception stands here with its reason."""

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


def test_no_file_names_a_path_of_some_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=HOUSE, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    for file in filter(None, listed):
        path = HOUSE / file
        if path.is_file() and path.suffix in {".py", ".md", ".toml", ".yml", ".sh", ""} and path != Path(__file__):
            text = path.read_text(encoding="utf-8", errors="replace")
            for mark in ("/ro" + "ot/", "/wo" + "rk/", "/ho" + "me/"):
                assert mark not in text, f"{file} says {mark}"
