"""`cockpit handoff`, after a hand-over to another user of the same machine."""

import pytest

from tests.cli.shell import Capsys, run, run_json


def test_a_handoff_is_read_before_a_command_is_accepted(ada: pytest.MonkeyPatch, capsys: Capsys) -> None:
    assert run(capsys, "install")[0] == 0
    assert run(capsys, "take-over")[0] == 0
    code, plan = run_json(capsys, "hand-over", "--to", "bob@box", "--note", "web-02 is slow")
    assert code == 0
    assert "web-02 is slow" in str(plan["steps"])
    ada.setenv("LOGNAME", "bob")
    code, _, err = run(capsys, "abandon")
    assert code == 1
    assert "read the handoff first: N on the screen, `cockpit handoff --read` in a shell" in err
    assert run(capsys, "hold", "--why", "looks odd")[0] == 0, "hold is always accepted"
    code, out, err = run(capsys, "handoff")
    assert code == 0
    assert "ada@box handed over to bob@box" in out
    assert "web-02 is slow" in out
    assert "held by bob@box" in out
    assert "cockpit handoff --read" in err
    assert run(capsys, "abandon")[0] == 1, "printing it does not mark it as read"
    code, handoff = run_json(capsys, "handoff")
    assert (code, handoff["unread"]) == (0, True)
    assert run(capsys, "handoff", "--read", "--dry-run")[1].startswith("would mark the handoff of ")
    assert run_json(capsys, "handoff")[1]["unread"] is True
    assert run(capsys, "handoff", "--read")[0] == 0
    assert run_json(capsys, "handoff")[1]["unread"] is False
    assert run(capsys, "handoff", "--read")[0] == 1
    assert run(capsys, "resume")[0] == 0
    assert run(capsys, "abandon")[0] == 0
    assert run(capsys, "history", "--verify")[0] == 0
