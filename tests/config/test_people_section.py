"""Templates and addresses are checked, and no address leaves the section."""

from pathlib import Path

from cockpit.config import load
from tests.config.config_files import SMALL, problems, written

SECRET = "xoxb-very-secret"


def test_templates_are_checked_each_with_its_line(tmp_path: Path) -> None:
    text = SMALL + ('[people.templates]\nstarted = "$whoo starts"\nheld = "5 $ each"\nstartd = "x"\nfinished = ""\n')
    first, second, third = problems(tmp_path, text)
    assert first.startswith("line 12: people.templates.started has the unknown placeholder $whoo")
    assert first.endswith("did you mean who?")
    assert second == 'line 13: people.templates.held has a "$" that begins no placeholder; write "$$" for a dollar sign'
    assert third == "line 14: people.templates.startd is an unknown template; did you mean started?"


def test_an_invalid_url_is_named_by_its_key_alone(tmp_path: Path) -> None:
    text = SMALL + f'[people]\nurls = ["json://fine", "{SECRET}"]\n[people.authors]\nAnn = "{SECRET}"\n'
    lines = problems(tmp_path, text)
    assert [line.partition(" must ")[0] for line in lines] == ["line 12: people.urls", "line 14: people.authors.Ann"]
    assert SECRET not in "".join(lines)


def test_the_policy_holds_handles_and_no_addresses(tmp_path: Path) -> None:
    text = SMALL + (
        f'[people]\nurls = ["slack://{SECRET}/x"]\ngive_up = 600\n'
        f'[people.authors]\nAnn = "@U0123ABCD"\n"Bob Lee" = "mailto://bob:{SECRET}@mail.example"\n'
        '[people.templates]\nheld = "stop, $why"\n'
    )
    config = load(written(tmp_path, text))
    assert config.policy.notifications.handles == {"Ann": "U0123ABCD"}
    assert config.policy.notifications.templates == {"held": "stop, $why"}
    assert config.policy.notifications.give_up_after == 600
    assert SECRET not in repr(config)
