"""A commit becomes a build that depends on the commit alone, or a failure that says what the command said."""

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
class Yard:
    """A town, and a place to build it."""

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
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path, GitOrigin(tmp_path / "origin"))


async def test_the_output_of_the_command_is_published(yard: Yard) -> None:
    commit = yard.origin.head()
    make = 'mkdir out && tr a-z A-Z < README > out/SIGN && printf "$COCKPIT_COMMIT $SOURCE_DATE_EPOCH" > out/origin'
    build = await yard.builder(make, "out").build(commit)
    assert (build.commit, build.files) == (commit, 2)
    assert build.size == (yard.folder / "kept" / full_name(build.id)).stat().st_size
    assert yard.contents(build.id) == {"SIGN": b"THE TOWN\n", "origin": f"{commit} 315532800".encode()}


async def test_without_a_command_the_commit_is_the_build(yard: Yard) -> None:
    build = await yard.builder().build(yard.origin.head())
    assert sorted(yard.contents(build.id)) == ["README", "poem.txt"]


async def test_the_same_commit_and_command_give_the_same_id(yard: Yard) -> None:
    make = "stat -c %Y README > age; cp README copy; touch -d '@'$$ copy; mkdir -p d; chmod 700 d"
    first = await yard.builder(make).build(yard.origin.head())
    before = os.umask(0o077)
    try:
        second = await yard.builder(make, kept="elsewhere").build(yard.origin.head())
    finally:
        os.umask(before)
    assert first == second
    assert yard.contents(first.id) == yard.contents(first.id, "elsewhere")
    yard.origin.commit("More", {"a": "1"})
    assert (await yard.builder(make).build(yard.origin.head())).id != first.id


@pytest.mark.parametrize(
    ("command", "output", "said"),
    [
        ("echo no such module; exit 2", ".", r"(?s)exit code 2.*no such module.*revert the PR that broke it"),
        ("echo thinking; sleep 60", ".", r"(?s)did not end within 1 s.*thinking"),
        ("true", "dist", "did not create the folder dist"),
        ("true", "../..", "is outside"),
        ("ln -s / dist", "dist", "is outside"),
    ],
)
async def test_a_failed_build_is_reported_and_leaves_no_files(yard: Yard, command: str, output: str, said: str) -> None:
    with pytest.raises(Failed, match=said):
        await yard.builder(command, output, timeout=1).build(yard.origin.head())
    assert list(yard.scratch.iterdir()) == []
    assert not (yard.folder / "kept").exists()


async def test_an_unknown_commit_is_reported(yard: Yard) -> None:
    with pytest.raises(Failed, match="no branch, tag or commit 0000"):
        await yard.builder().build("0" * 40)
    assert list(yard.scratch.iterdir()) == []


async def test_a_scratch_folder_that_cannot_be_written_is_reported(yard: Yard) -> None:
    yard.scratch.touch()
    with pytest.raises(Failed, match=r"build: of .*free disk space and build again"):
        await yard.builder().build(yard.origin.head())


async def test_a_cancelled_build_leaves_no_files(yard: Yard) -> None:
    task = asyncio.create_task(
        yard.builder(f"mkdir -m 500 x; touch {yard.folder}/begun; sleep 60").build(yard.origin.head())
    )
    while not (yard.folder / "begun").exists():  # noqa: ASYNC110 - another process makes it
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(yard.scratch.iterdir()) == []


async def test_files_of_a_killed_builder_are_removed_and_those_of_a_running_one_are_kept(yard: Yard) -> None:
    dead = await asyncio.create_subprocess_exec("true")
    await dead.wait()
    theirs = yard.scratch / f"build-{os.getppid()}-x"
    for place in (yard.scratch / f"build-{dead.pid}-x" / "source", theirs):
        place.mkdir(parents=True)
    await yard.builder().build(yard.origin.head())
    assert list(yard.scratch.iterdir()) == [theirs]


async def test_deltas_are_published_from_the_given_bases(yard: Yard) -> None:
    first = await yard.builder().build(yard.origin.head())
    yard.origin.commit("More", {"more": "1"})
    gone = "0" * 64
    second = await yard.builder().build(yard.origin.head(), (first.id, gone))
    kept = {path.relative_to(yard.folder / "kept").as_posix() for path in (yard.folder / "kept" / second.id).iterdir()}
    ours = {manifest_name(second.id), full_name(second.id)}
    assert kept == ours | {delta_name(second.id, first.id), delta_pack_name(second.id, first.id)}
    assert zstd.decompress((yard.folder / "kept" / delta_pack_name(second.id, first.id)).read_bytes()) == b"1"
    again = await yard.builder().build(yard.origin.head(), (first.id, second.id))
    assert again == second
