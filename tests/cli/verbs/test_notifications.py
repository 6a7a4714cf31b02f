"""`cockpit notifications` without a destination."""

from tests.cli.shell import Capsys, run, run_json
from tests.git_origin import GitOrigin


def test_notifications_are_printed_as_text_or_as_json(company: GitOrigin, capsys: Capsys) -> None:
    code, out, _ = run(capsys, "notifications")
    assert code == 0
    assert out.strip()
    assert run_json(capsys, "notifications")[0] == 0
