"""Makes builds: export the commit, run the build command in it, pack, publish.

The command sees a fresh folder, few variables and files that are all equally old, so that what it makes depends on
the commit alone: the same commit and command then give the same id.
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
"""1980-01-01, the oldest time a zip file can hold: how old all sources are, and SOURCE_DATE_EPOCH."""
_PREFIX = "build-"


class CommandBuilder:
    """Implements `ports.Builder`. An empty command packs the commit as it is; `timeout` is in seconds.

    The command finds the commit's id in COCKPIT_COMMIT. `output` is the folder it leaves the build in, relative to
    the commit's own.
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
        """Build and publish the commit. Raises `Failed` with the end of the command's output."""
        try:
            async with self._workplace() as folder:
                source = folder / "source"
                await asyncio.to_thread(self._export, commit, source)
                await self._run(commit, source)
                return await asyncio.to_thread(self._publish, commit, source, bases)
        except OSError as error:
            raise Failed("build", f"of {short(commit)}: {error}", "make room and build again") from error

    def _export(self, commit: str, source: Path) -> None:
        source.mkdir()
        self._repository.export(commit, source)
        for here, folders, names in os.walk(source):
            for name in (*folders, *names):
                os.utime(Path(here, name), (EPOCH, EPOCH), follow_symlinks=False)

    async def _run(self, commit: str, source: Path) -> None:
        if not self._command:
            return
        env = {"COCKPIT_COMMIT": commit, "SOURCE_DATE_EPOCH": str(EPOCH)}
        outcome = await self._commands.run(self._command, env, source, self._timeout)
        if outcome.code == 0:
            return
        end = f"did not end within {self._timeout:g} s" if outcome.code is None else f"exit code {outcome.code}"
        said = tail(outcome.output)
        reason = f"of {short(commit)}: {clean(' '.join(self._command))}: {end}"
        raise Failed(
            "build", f"{reason}\n{said}" if said else reason, "revert the PR that broke it, or mend the command"
        )

    def _publish(self, commit: str, source: Path, bases: Sequence[str]) -> Build:
        output = (source / self._output).resolve()
        if not output.is_relative_to(source.resolve()):
            raise Failed("build", f"its output {self._output} lies outside the commit's folder", "correct the config")
        if not output.is_dir():
            remedy = "let the build command make it, or correct the config"
            raise Failed("build", f"the command left no folder {self._output}", remedy)
        manifest = scan(output)
        size = publish(self._artifacts, output, manifest, bases, source.parent)
        return Build(manifest.id, commit, size, sum(entry.mode is not Mode.FOLDER for entry in manifest.entries))

    @asynccontextmanager
    async def _workplace(self) -> AsyncIterator[Path]:
        """A temporary folder that is gone afterwards, whatever happens; what a killed builder left goes too."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(self._sweep)
        place = tempfile.TemporaryDirectory(
            dir=self._scratch, prefix=f"{_PREFIX}{os.getpid()}-", ignore_cleanup_errors=True
        )
        try:
            yield Path(place.name)
        finally:
            await asyncio.shield(asyncio.to_thread(place.cleanup))

    def _sweep(self) -> None:
        for left in self._scratch.glob(f"{_PREFIX}*"):
            pid = left.name.removeprefix(_PREFIX).partition("-")[0]
            if pid.isdigit() and not _alive(int(pid)):
                _remove(left)


def _alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        with suppress(PermissionError):
            os.kill(pid, 0)
        return True
    return False


def _remove(folder: Path) -> None:
    """As a temporary folder is removed: also where a build made its own folders read-only."""
    place = tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True)
    os.replace(folder, Path(place.name) / "left")
    place.cleanup()
