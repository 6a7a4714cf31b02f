"""Each number of the config has its range on its field, and the shared sections are read by their users."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from msgspec import Meta

from cockpit.agent.settings import AgentConfig
from cockpit.config import load
from cockpit.config.loader import SECTIONS
from cockpit.config.sections import PeopleConfig
from tests.config.config_files import REFERENCE, SMALL, problems, written


def ranges() -> Iterator[tuple[str, str, Meta]]:
    for name, section in SECTIONS.items():
        for field in msgspec.structs.fields(section):
            kind, *notes = get_args(field.type) or (field.type,)
            if kind in (int, float):
                (meta,) = notes or (Meta(),)
                yield name, field.name, meta


RANGES = tuple(ranges())
KEYS = [f"{section}.{key}" for section, key, _ in RANGES]


@pytest.mark.parametrize(("section", "key", "meta"), RANGES, ids=KEYS)
def test_a_number_outside_its_range_is_refused_with_its_key_and_line(
    tmp_path: Path, section: str, key: str, meta: Meta
) -> None:
    assert meta.ge is not None
    assert meta.le is not None
    assert math.isfinite(meta.le)
    step = 1 if isinstance(meta.le, int) else 1e-13
    whole = isinstance(meta.le, int) and isinstance(meta.ge, int)
    values = [str(meta.ge - step), str(meta.le + 1), *([] if whole else ["nan", "inf"])]
    for value in values:
        (problem,) = problems(tmp_path, SMALL + f"[{section}]\n{key} = {value}\n")
        assert problem == f"line 12: {section}.{key} must be from {meta.ge:g} to {meta.le:g}"
    for bound in (meta.ge, meta.le):
        load(written(tmp_path, SMALL + f"[{section}]\n{key} = {bound!r}\n"))


def test_the_ranges_are_complete() -> None:
    assert len(KEYS) == 39
    assert {"gate.fresh", "commander.deadman", "merge.most_pulls", "agent.drain_least", "people.give_up"} <= set(KEYS)


def test_a_configured_agent_reads_the_section_itself_with_its_drain_least(tmp_path: Path) -> None:
    assert AgentConfig().drain_least == 0.5
    assert load(written(tmp_path, SMALL)).agent == AgentConfig()
    assert load(REFERENCE).agent == AgentConfig()
    changed = load(written(tmp_path, SMALL + '[agent]\ndrain = ["true"]\ndrain_least = 0.0\n')).agent
    assert changed == AgentConfig(drain=("true",), drain_least=0.0)


def test_the_people_section_shows_no_url() -> None:
    assert repr(PeopleConfig(("slack://secret",), authors={"Ann": "mailto://x"})) == "PeopleConfig(1 urls, 1 authors)"


def test_the_folder_of_consul_is_named_after_the_application(tmp_path: Path) -> None:
    assert load(written(tmp_path, SMALL)).consul_root == "cockpit/app"
    assert load(written(tmp_path, SMALL + '[store]\nroot = "/teams/shop/"\n')).consul_root == "teams/shop"
