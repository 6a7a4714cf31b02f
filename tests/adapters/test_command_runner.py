"""A command ends or is killed with its children, and the end of its output is kept."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from cockpit.adapters.command_runner import MAX_OUTPUT, LocalCommands
from cockpit.ports import CommandOutcome, Failed


async def shell(line: str, timeout: float = 10, **env: str) -> CommandOutcome:
    return await LocalCommands().run(["sh", "-c", line], env, None, timeout)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def has_ended(pid: int) -> bool:
    """Whether the process ends within a moment."""
    for _ in range(100):
        if not alive(pid):
            return True
        await asyncio.sleep(0.02)
    return False


async def written(path: Path) -> int:
    """The process id that a command wrote into a file."""
    while not (path.exists() and path.read_text().strip()):  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(0.01)
    return int(path.read_text())


async def test_exit_code_and_both_streams_come_back_in_order() -> None:
    assert await shell("echo out; echo err >&2; exit 3") == CommandOutcome(3, "out\nerr\n")


async def test_a_signal_is_a_negative_code() -> None:
    assert (await shell("kill -9 $$")).code == -9


async def test_stdin_is_closed() -> None:
    assert await shell("read answer || echo closed") == CommandOutcome(0, "closed\n")


async def test_it_runs_in_its_folder_and_finds_the_program_there(tmp_path: Path) -> None:
    program = tmp_path / "here.sh"
    program.write_text("#!/bin/sh\npwd\n")
    program.chmod(0o755)
    assert (await LocalCommands().run(["./here.sh"], {}, tmp_path, 10)).output == f"{tmp_path.resolve()}\n"


async def test_only_a_few_environment_variables_are_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hush")
    monkeypatch.setenv("HOME", "/srv/ada")
    outcome = await shell('echo "$HOME|$SECRET_TOKEN|$MINE|${PATH:+path}"', MINE="given")
    assert outcome.output == "/srv/ada||given|path\n"


async def test_the_end_of_a_long_output_is_kept() -> None:
    outcome = await shell("yes ä | head -c 3000000; echo; echo the end")
    assert outcome.code == 0
    assert outcome.output.endswith("the end\n")
    assert MAX_OUTPUT // 2 < len(outcome.output) <= MAX_OUTPUT


async def test_at_the_deadline_the_whole_group_is_killed(tmp_path: Path) -> None:
    began = time.monotonic()
    outcome = await shell(f"echo begun; sleep 60 & echo $! > {tmp_path}/pid; wait", timeout=0.3)
    assert outcome == CommandOutcome(None, "begun\n")
    assert time.monotonic() - began < 2
    assert await has_ended(int((tmp_path / "pid").read_text()))


async def test_a_command_that_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit.adapters.command_runner.GRACE", 0.2)
    outcome = await shell(f"trap '' TERM; echo $$ > {tmp_path}/pid; while :; do sleep 0.05; done", timeout=0.2)
    assert outcome.code is None
    assert await has_ended(int((tmp_path / "pid").read_text()))


async def test_a_child_that_keeps_the_pipe_is_killed(tmp_path: Path) -> None:
    began = time.monotonic()
    outcome = await shell(f"sleep 60 & echo $! > {tmp_path}/pid; echo done")
    assert outcome == CommandOutcome(0, "done\n")
    assert time.monotonic() - began < 3
    assert await has_ended(int((tmp_path / "pid").read_text()))


async def test_a_child_in_its_own_session_does_not_delay_the_result(tmp_path: Path) -> None:
    began = time.monotonic()
    fleeing = f"import os, time; os.setsid(); open('{tmp_path}/pid', 'w').write(str(os.getpid())); time.sleep(30)"
    outcome = await shell(f'python3 -c "{fleeing}" & sleep 0.3; echo done')
    assert outcome == CommandOutcome(0, "done\n")
    assert time.monotonic() - began < 5
    os.kill(await written(tmp_path / "pid"), 9)


async def test_a_child_that_closed_the_pipe_stays_alive(tmp_path: Path) -> None:
    assert (await shell(f"sleep 60 >/dev/null 2>&1 & echo $! > {tmp_path}/pid")).code == 0
    pid = int((tmp_path / "pid").read_text())
    assert alive(pid)
    os.kill(pid, 9)


async def test_when_the_caller_is_cancelled_the_group_is_killed(tmp_path: Path) -> None:
    task = asyncio.create_task(shell(f"sleep 60 & echo $! > {tmp_path}/pid; wait"))
    pid = await written(tmp_path / "pid")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await has_ended(pid)


async def test_no_file_descriptor_leaks(tmp_path: Path) -> None:
    await shell("true")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        await shell("echo x; sleep 5", timeout=0.02)
        with pytest.raises(Failed):
            await LocalCommands().run(["no-such-program"], {}, None, 1)
    assert len(os.listdir("/proc/self/fd")) <= before


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["no-such-program", "x"], "no-such-program was not found; install it"),
        (["/etc/hostname"], "cannot start /etc/hostname"),
        (["a\0b"], "cannot start ab"),
        ([], "the command is empty"),
    ],
)
async def test_a_program_that_cannot_be_started_is_reported(argv: list[str], message: str) -> None:
    with pytest.raises(Failed, match=message):
        await LocalCommands().run(argv, {}, None, 1)


async def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="gone does not exist"):
        await LocalCommands().run(["true"], {}, tmp_path / "gone", 1)
