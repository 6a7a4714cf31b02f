"""What the verbs print."""

import argparse

from cockpit.cli.output import print_result, refuse_unknown_release, usage_error
from cockpit.views.rows import Span, Tone
from tests.cli.shell import Capsys


def test_a_result_is_lines_or_with_json_a_value(capsys: Capsys) -> None:
    lines = ((Span("one", Tone.PLAIN), Span(" line", Tone.DIM)),)
    assert print_result(argparse.Namespace(json=False), {"one": 1}, lines) == 0
    assert capsys.readouterr().out == "one line\n"
    assert print_result(argparse.Namespace(json=True), {"one": 1}, lines) == 0
    assert capsys.readouterr().out == '{"one": 1}\n'


def test_an_unknown_release_is_refused_without_control_characters(capsys: Capsys) -> None:
    assert refuse_unknown_release("\x1b[2Jx") == 1
    assert capsys.readouterr().err == "refused: there is no release x; `cockpit history` lists them\n"
    assert refuse_unknown_release("") == 1
    assert capsys.readouterr().err == "refused: no release yet\n"


def test_a_usage_error_is_2(capsys: Capsys) -> None:
    assert usage_error("invalid") == 2
    assert capsys.readouterr() == ("", "cockpit: invalid\n")
