"""Builds a commit: exports it, runs the build command, packs the output and publishes it.

The command runs in a new folder with few environment variables, and all files have the same age. Its output then
depends on the commit alone: the same commit and command give the same id.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from cockpit.adapters.artifacts.pack_writer import scan
from cockpit.adapters.artifacts.publisher import publish
from cockpit.deploy.builds.build import Build
from cockpit.deploy.builds.manifest import Mode
from cockpit.deploy.text import clean, short, tail
from cockpit.ports import Artifacts, Commands, Failed, Repository

EPOCH = 315_532_800
"""SOURCE_DATE_EPOCH, and the time of all source files: 1980-01-01, the oldest time a zip file can hold."""
_PREFIX = "build-"


class CommandBuilder:
    """`ports.Builder` by a command; an empty command packs the commit as it is. `timeout` is in seconds.

    The command gets the commit's id in COCKPIT_COMMIT. `output` is the folder of its result, relative to the commit's
    files.
    """

    def __init__(
        self,
        repository: Repository,
        artifacts: Artifacts,
        commands: Commands,
        command: tuple[str, ...],
        output: str = ".",
        *,
        timeout: float,
        scratch: Path,
    ) -> None:
        self._repository = repository
        self._artifacts = artifacts
        self._commands = commands
        self._command = command
        self._output = output
        self._timeout = timeout
        self._scratch = scratch

    async def build(self, commit: str, bases: Sequence[str] = ()) -> Build:
        """Build and publish the commit, with deltas from `bases`. Raises `Failed` with the end of the output."""
        try:
            async with self._work_folder() as folder:
                source = folder / "source"
                await asyncio.to_thread(self._export, commit, source)
                await self._run(commit, source)
                return await asyncio.to_thread(self._publish, commit, source, bases)
        except OSError as error:
            raise Failed("build", f"of {short(commit)}: {error}", "free disk space and build again") from error

    def _export(self, commit: str, source: Path) -> None:
        source.mkdir()
        self._repository.export(commit, source)
        for parent, folders, names in os.walk(source):
            for name in (*folders, *names):
                os.utime(Path(parent, name), (EPOCH, EPOCH), follow_symlinks=False)

    async def _run(self, commit: str, source: Path) -> None:
        if not self._command:
            return
        env = {"COCKPIT_COMMIT": commit, "SOURCE_DATE_EPOCH": str(EPOCH)}
        outcome = await self._commands.run(self._command, env, source, self._timeout)
        if outcome.code == 0:
            return
        end = f"did not end within {self._timeout:g} s" if outcome.code is None else f"exit code {outcome.code}"
        reason = f"of {short(commit)}: {clean(' '.join(self._command))}: {end}"
        if output := tail(outcome.output):
            reason = f"{reason}\n{output}"
        raise Failed("build", reason, "revert the PR that broke it, or fix the build command")

    def _publish(self, commit: str, source: Path, bases: Sequence[str]) -> Build:
        output = (source / self._output).resolve()
        if not output.is_relative_to(source.resolve()):
            raise Failed("build", f"its output {self._output} is outside the commit's folder", "correct build.output")
        if not output.is_dir():
            remedy = "make the build command create it, or correct build.output"
            raise Failed("build", f"the command did not create the folder {self._output}", remedy)
        manifest = scan(output)
        size = publish(self._artifacts, output, manifest, bases, source.parent)
        return Build(manifest.id, commit, size, sum(entry.mode is not Mode.FOLDER for entry in manifest.entries))

    @asynccontextmanager
    async def _work_folder(self) -> AsyncIterator[Path]:
        """A temporary folder. Removes the folders of builders that were killed, too."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(self._remove_leftovers)
        folder = tempfile.TemporaryDirectory(
            dir=self._scratch, prefix=f"{_PREFIX}{os.getpid()}-", ignore_cleanup_errors=True
        )
        try:
            yield Path(folder.name)
        finally:
            await asyncio.shield(asyncio.to_thread(folder.cleanup))

    def _remove_leftovers(self) -> None:
        for folder in self._scratch.glob(f"{_PREFIX}*"):
            pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
            if pid.isdigit() and not _alive(int(pid)):
                _remove(folder)


def _alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        with suppress(PermissionError):
            os.kill(pid, 0)
        return True
    return False


def _remove(folder: Path) -> None:
    """Remove it like a temporary folder, which also removes read-only folders of a build."""
    temporary = tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True)
    os.replace(folder, Path(temporary.name) / "leftover")
    temporary.cleanup()
