"""`cockpit watch` without a terminal, and with addresses that cannot be served."""

import pytest

from tests.cli.shell import Capsys, run
from tests.git_origin import GitOrigin


@pytest.mark.parametrize(
    "argv", [(), ("--web", "--public-url", "cockpit.example"), ("--web", "--host", "192.0.2.1")], ids=" ".join
)
def test_watch_that_cannot_open_exits_with_3(company: GitOrigin, capsys: Capsys, argv: tuple[str, ...]) -> None:
    code, _, err = run(capsys, "watch", *argv)
    assert code == 3
    assert err.startswith("cockpit: ")
