from pathlib import Path

from cockpit.config import load
from tests.config.test_load import SMALL, problems, written

SECRET = "xoxb-very-secret"


def test_templates_are_checked_each_with_its_line(tmp_path: Path) -> None:
    text = SMALL + ('[people.templates]\nstarted = "$whoo starts"\nheld = "5 $ each"\nstartd = "x"\nfinished = ""\n')
    first, second, third = problems(tmp_path, text)
    assert first.startswith("line 12: people.templates.started has the placeholder $whoo, which is not known there")
    assert first.endswith("did you mean who?")
    assert second == 'line 13: people.templates.held has a "$" that begins no placeholder; "$$" writes one'
    assert third == "line 14: people.templates.startd is nothing that is told; did you mean started?"


def test_a_place_that_is_no_url_is_said_so_without_repeating_it(tmp_path: Path) -> None:
    text = SMALL + f'[people]\nurls = ["json://fine", "{SECRET}"]\n[people.authors]\nAnn = "{SECRET}"\n'
    found = problems(tmp_path, text)
    assert [line.partition(" must ")[0] for line in found] == ["line 12: people.urls", "line 14: people.authors.Ann"]
    assert SECRET not in "".join(found)


def test_handles_are_known_to_the_messages_and_addresses_are_not(tmp_path: Path) -> None:
    text = SMALL + (
        f'[people]\nurls = ["slack://{SECRET}/x"]\ngive_up = 600\n'
        f'[people.authors]\nAnn = "@U0123ABCD"\n"Bob Lee" = "mailto://bob:{SECRET}@mail.example"\n'
        '[people.templates]\nheld = "stop, $why"\n'
    )
    config = load(written(tmp_path, text))
    assert config.policy.people.handles == {"Ann": "U0123ABCD"}
    assert config.policy.people.templates == {"held": "stop, $why"}
    assert config.policy.people.give_up == 600
    assert SECRET not in repr(config)


def test_deployments_need_a_forge(tmp_path: Path) -> None:
    text = SMALL + "[forge]\ndeployments = true\n"
    assert problems(tmp_path, text) == [
        "line 11: forge.kind must name a forge where forge.deployments asks for deployments"
    ]
