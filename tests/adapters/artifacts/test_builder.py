"""A commit becomes a build that depends on the commit alone, or an error with the command's output."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from backports import zstd

from cockpit.adapters.artifacts.builder import CommandBuilder
from cockpit.adapters.artifacts.folder import FolderArtifacts
from cockpit.adapters.command_runner import LocalCommands
from cockpit.adapters.git.mirror import GitMirror
from cockpit.deploy.builds.build import delta_name, delta_pack_name, full_name, manifest_name
from cockpit.deploy.builds.manifest import packed_files, read_manifest
from cockpit.ports import Failed
from tests.git_origin import GitOrigin


@dataclass
class BuildSetup:
    """A repository, and the folders to build it in."""

    folder: Path
    origin: GitOrigin

    @property
    def scratch(self) -> Path:
        return self.folder / "scratch"

    def builder(self, command: str = "", output: str = ".", timeout: float = 20, kept: str = "kept") -> CommandBuilder:
        return CommandBuilder(
            GitMirror(str(self.origin.path), self.folder / "mirror"),
            FolderArtifacts(self.folder / kept),
            LocalCommands(),
            ("sh", "-c", command) if command else (),
            output,
            timeout=timeout,
            scratch=self.scratch,
        )

    def contents(self, build: str, kept: str = "kept") -> dict[str, bytes]:
        manifest = read_manifest(zstd.decompress((self.folder / kept / manifest_name(build)).read_bytes()), build)
        pack = zstd.decompress((self.folder / kept / full_name(build)).read_bytes())
        contents: dict[str, bytes] = {}
        for entry in packed_files(manifest):
            contents[entry.sha256], pack = pack[: entry.size], pack[entry.size :]
        return {entry.path: contents[entry.sha256] for entry in manifest.entries if entry.is_file}


@pytest.fixture
def setup(tmp_path: Path) -> BuildSetup:
    return BuildSetup(tmp_path, GitOrigin(tmp_path / "origin"))


async def test_the_output_of_the_command_is_published(setup: BuildSetup) -> None:
    commit = setup.origin.head()
    make = 'mkdir out && tr a-z A-Z < README > out/SIGN && printf "$COCKPIT_COMMIT $SOURCE_DATE_EPOCH" > out/origin'
    build = await setup.builder(make, "out").build(commit)
    assert (build.commit, build.files) == (commit, 2)
    assert build.size == (setup.folder / "kept" / full_name(build.id)).stat().st_size
    assert setup.contents(build.id) == {"SIGN": b"THE SHOP\n", "origin": f"{commit} 315532800".encode()}


async def test_without_a_command_the_commit_is_the_build(setup: BuildSetup) -> None:
    build = await setup.builder().build(setup.origin.head())
    assert sorted(setup.contents(build.id)) == ["README", "poem.txt"]


async def test_the_same_commit_and_command_give_the_same_id(setup: BuildSetup) -> None:
    make = "stat -c %Y README > age; cp README copy; touch -d '@'$$ copy; mkdir -p d; chmod 700 d"
    first = await setup.builder(make).build(setup.origin.head())
    before = os.umask(0o077)
    try:
        second = await setup.builder(make, kept="elsewhere").build(setup.origin.head())
    finally:
        os.umask(before)
    assert first == second
    assert setup.contents(first.id) == setup.contents(first.id, "elsewhere")
    setup.origin.commit("More", {"a": "1"})
    assert (await setup.builder(make).build(setup.origin.head())).id != first.id


@pytest.mark.parametrize(
    ("command", "output", "message"),
    [
        ("echo no such module; exit 2", ".", r"(?s)exit code 2.*no such module.*revert the PR that broke it"),
        ("echo thinking; sleep 60", ".", r"(?s)did not end within 1 s.*thinking"),
        ("true", "dist", "did not create the folder dist"),
        ("true", "../..", "is outside"),
        ("ln -s / dist", "dist", "is outside"),
    ],
)
async def test_a_failed_build_is_reported_and_leaves_no_files(
    setup: BuildSetup, command: str, output: str, message: str
) -> None:
    with pytest.raises(Failed, match=message):
        await setup.builder(command, output, timeout=1).build(setup.origin.head())
    assert list(setup.scratch.iterdir()) == []
    assert not (setup.folder / "kept").exists()


async def test_an_unknown_commit_is_reported(setup: BuildSetup) -> None:
    with pytest.raises(Failed, match="no branch, tag or commit 0000"):
        await setup.builder().build("0" * 40)
    assert list(setup.scratch.iterdir()) == []


async def test_a_scratch_folder_that_cannot_be_written_is_reported(setup: BuildSetup) -> None:
    setup.scratch.touch()
    with pytest.raises(Failed, match=r"build: of .*free disk space and build again"):
        await setup.builder().build(setup.origin.head())


async def test_a_cancelled_build_leaves_no_files(setup: BuildSetup) -> None:
    task = asyncio.create_task(
        setup.builder(f"mkdir -m 500 x; touch {setup.folder}/begun; sleep 60").build(setup.origin.head())
    )
    while not (setup.folder / "begun").exists():  # noqa: ASYNC110 - another process makes it
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(setup.scratch.iterdir()) == []


async def test_files_of_a_killed_builder_are_removed_and_those_of_a_running_one_are_kept(setup: BuildSetup) -> None:
    dead = await asyncio.create_subprocess_exec("true")
    await dead.wait()
    theirs = setup.scratch / f"build-{os.getppid()}-x"
    for place in (setup.scratch / f"build-{dead.pid}-x" / "source", theirs):
        place.mkdir(parents=True)
    await setup.builder().build(setup.origin.head())
    assert list(setup.scratch.iterdir()) == [theirs]


async def test_deltas_are_published_from_the_given_bases(setup: BuildSetup) -> None:
    first = await setup.builder().build(setup.origin.head())
    setup.origin.commit("More", {"more": "1"})
    gone = "0" * 64
    second = await setup.builder().build(setup.origin.head(), (first.id, gone))
    kept = {
        path.relative_to(setup.folder / "kept").as_posix() for path in (setup.folder / "kept" / second.id).iterdir()
    }
    ours = {manifest_name(second.id), full_name(second.id)}
    assert kept == ours | {delta_name(second.id, first.id), delta_pack_name(second.id, first.id)}
    assert zstd.decompress((setup.folder / "kept" / delta_pack_name(second.id, first.id)).read_bytes()) == b"1"
    again = await setup.builder().build(setup.origin.head(), (first.id, second.id))
    assert again == second
