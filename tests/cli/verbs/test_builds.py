"""`cockpit builds`: what needs each build, and pruning."""

import os
from pathlib import Path

from cockpit.deploy.builds.build import manifest_name
from tests.cli.builds import publish, write_target
from tests.cli.shell import Capsys, run, run_json
from tests.git_origin import GitOrigin


def test_builds_are_listed_with_what_needs_them_and_the_others_are_pruned(
    company: GitOrigin, capsys: Capsys, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(config.read_text() + "[artifacts]\nkeep = 1\n")
    old, base, wanted, newest = (publish(page) for page in ("old", "base", "wanted", "newest"))
    for number, build in enumerate((old, base, wanted, newest)):
        for part in Path("state/builds", build).iterdir():
            os.utime(part, (number, number))
    write_target(wanted, 1, base)
    rows = run_json(capsys, "builds")[1]
    assert [row["build"] for row in rows] == [newest, wanted, base, old]
    assert [row["needed_by"] for row in rows] == [["it is new"], ["staging runs it"], ["staging runs it"], []]
    lines = run(capsys, "builds")[1].splitlines()
    assert lines[-2].endswith("nothing needs it")
    assert lines[-1].startswith("4 builds, ")
    assert run(capsys, "builds", "prune", "--dry-run")[1].startswith(f"would remove {old[:10]}")
    assert Path("state/builds", manifest_name(old)).exists()
    assert [row["build"] for row in run_json(capsys, "builds", "prune")[1]] == [old]
    assert {path.name for path in Path("state/builds").iterdir()} == {base, wanted, newest}
    assert run(capsys, "builds", "prune")[1] == "every build is needed\n"
