"""The verbs on a real store and a real repository; no engine runs, so what is asked for stays asked for."""

import json
from pathlib import Path

import pytest

from cockpit.cli import main
from tests.repositories import Town

CONFIG = """
app = "shop"
[repository]
url = "origin.git"
[[tier]]
name = "staging"
serves = "nobody"
hosts = ["s1"]
[[tier]]
name = "production"
serves = "public"
hosts = ["p1", "p2"]
[[step]]
tier = "staging"
percent = 100
soak = 0
[[step]]
tier = "production"
percent = 100
soak = 1
"""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """A company's folder with its origin and its config, and a shell that stands in it."""
    made = Town(tmp_path)
    made.merge_pr(11, "Add a poem", {"poem2.txt": "roses\n"})
    made.squash_pr(12, "Fix [b]the[/b] \x1b[31mpoem", {"poem2.txt": "violets\n"})
    (tmp_path / "config.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return made


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """(exit code, stdout, stderr)."""
    try:
        code = main(list(argv))
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def test_an_unknown_verb_or_option_is_2(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "destroy")[0] == 2
    assert run(capsys, "start", "--force")[0] == 2
    assert run(capsys, "revert", "twelve")[0] == 2


def test_what_is_not_known_is_named_with_the_help_of_its_verb(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "freeze", "2h")
    assert (code, err) == (2, "cockpit: it is not known here what 2h means; `cockpit freeze --help` shows what is\n")
    assert "choose from '', 'off', 'advance', 'full'" in run(capsys, "autopilot", "sideways")[2]


def test_a_demo_where_no_folder_can_be_says_so(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "demo", "--headless", "--keep", "config.toml")
    assert code == 3
    assert err.startswith("cockpit: demo: no company can be made in config.toml: ")


def test_a_bad_config_is_2_and_lists_its_problems(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    Path("config.toml").write_text(CONFIG + "[gate]\nceilling = 1\n")
    code, _, err = run(capsys, "status")
    assert code == 2
    assert "gate.ceilling is an unknown key; did you mean ceiling?" in err


def test_a_refusal_is_1_with_its_reason_on_stderr(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "advance") == (1, "", "refused: no release is open: start one\n")
    code, out, _ = run(capsys, "advance", "--json")
    assert (code, json.loads(out)) == (1, {"done": False, "refused": "no release is open: start one"})


def test_an_outside_system_that_fails_is_3(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    Path("config.toml").write_text(CONFIG.replace("origin.git", "gone.git"))
    code, _, err = run(capsys, "pulls")
    assert code == 3
    assert "gone.git" in err


def test_a_dry_run_says_what_would_happen_and_changes_nothing(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "install", "--dry-run")
    assert code == 0
    assert out.startswith("would install ")
    assert "point every tier at it" in out
    assert run(capsys, "history", "--json")[1] == "[]\n"


def test_what_was_asked_is_in_the_history_with_who_and_why(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "install", "--why", "day one")[0] == 0
    ident = json.loads(run(capsys, "history", "--json")[1])[0]["id"]
    code, out, _ = run(capsys, "history", ident)
    assert code == 0
    assert "day one" in out
    assert run(capsys, "history", "--verify")[0] == 0
    assert run(capsys, "history", "1999-01-01.1")[0] == 1
    code, _, err = run(capsys, "install")
    assert (code, "is open" in err) == (1, True)


def test_pulls_lists_a_range_with_its_titles_made_harmless(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "pulls", "--json")
    assert code == 0
    found = {pull["number"]: pull for pull in json.loads(out)}
    assert found[11]["how"] == "merge"
    assert (found[12]["how"], found[12]["title"]) == ("squash", "Fix [b]the[/b] poem")
    assert "\x1b" not in run(capsys, "pulls")[1]
    merged = found[11]["commits"][0]
    assert [pull["number"] for pull in json.loads(run(capsys, "pulls", f"{merged}..main", "--json")[1])] == [12]


@pytest.mark.parametrize("hostile", ["--output=x..main", "$(id)..main", "nosuch..main"])
def test_a_range_that_names_nothing_is_3_and_harms_nothing(
    town: Town, capsys: pytest.CaptureFixture[str], hostile: str
) -> None:
    before = sorted(path.name for path in Path().iterdir())
    assert run(capsys, "pulls", "--", hostile)[0] == 3
    assert [name for name in sorted(path.name for path in Path().iterdir()) if name not in before] in ([], ["state"])


def test_status_says_what_is_unknown(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "install")
    code, out, _ = run(capsys, "status")
    assert code == 0
    assert "never reported" in out
    status = json.loads(run(capsys, "status", "--json")[1])
    assert status["release"]["id"]
    assert {tier["name"] for tier in status["tiers"]} == {"staging", "production"}


def test_check_names_every_system_and_what_to_do(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check")
    assert code == 3
    lines = {line.split()[1]: line for line in out.splitlines()}
    assert lines["repository"].startswith("ok")
    assert lines["hosts"].startswith("FAIL")
    assert "start `cockpit agent`" in lines["hosts"]
    assert lines["theme"].startswith("ok")
    assert lines["forge"].endswith("none: reviews and checks are not shown")
    assert "none: suspects" in lines["suspects"]


def test_check_reaches_the_forge_and_the_errors_that_the_config_names(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "errors.log").write_text("ValueError: broken\n")
    forge = 'kind = "gitlab"\nurl = "http://127.0.0.1:9"\nproject = "town/hall"'
    (tmp_path / "config.toml").write_text(f'{CONFIG}\n[forge]\n{forge}\n[suspects]\nreport = "errors.log"\n')
    lines = {line.split()[1]: line for line in run(capsys, "check")[1].splitlines()}
    assert lines["forge"].startswith("FAIL")
    assert "gitlab: cannot be reached" in lines["forge"]
    assert lines["suspects"].endswith("the newest errors can be read")


def test_gate_replay_prints_a_verdict_a_tick(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = tmp_path / "trace.csv"
    rows = [
        f"{t},{group},{n},{x}\n"
        for t in range(-1800, 120, 10)
        for group, n, x in (("new", 1000, 900 if t >= 50 else 4), ("control", 49_000, 196))
    ]
    trace.write_text("t,group,requests,errors\n" + "".join(rows))
    code, out, _ = run(capsys, "gate", "replay", str(trace), "--json")
    assert code == 0
    calls = [json.loads(line)["verdict"] for line in out.splitlines()]
    assert (calls[4], calls[5], calls[-1]) == ("GO", "HOLD", "ROLL BACK")
    assert len(run(capsys, "gate", "replay", str(trace), "--every", "20", "--until", "300")[1].splitlines()) == 16
    assert "ROLL BACK" in run(capsys, "gate", "replay", str(trace))[1]
    trace.write_text("nonsense")
    assert run(capsys, "gate", "replay", str(trace))[0] == 2
    assert run(capsys, "gate", "replay", str(tmp_path / "none.csv"))[0] == 3


def test_the_screen_is_refused_in_words_without_a_terminal(
    town: Town, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = run(capsys)
    assert code == 3
    assert "terminal" in err


def test_a_record_that_is_not_json_is_named_and_kept(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    import sqlite3

    run(capsys, "install")
    with sqlite3.connect("state/store.db") as database:
        database.execute("UPDATE entries SET value = ? WHERE key LIKE 'releases/%'", (b"{broken",))
    code, out, err = run(capsys, "status")
    assert code == 0
    assert "cannot be read" in out + err
    assert run(capsys, "history", "--verify")[0] == 1
