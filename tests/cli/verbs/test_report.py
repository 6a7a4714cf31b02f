"""`cockpit report` on a recorded release, from either store."""

import json
from pathlib import Path
from xml.etree import ElementTree

from tests.cli.shell import Capsys, run
from tests.recorded_releases import rolled_back

RELEASE = rolled_back()


def test_a_report_is_markdown_html_or_json(recorded_store: str, capsys: Capsys) -> None:
    code, out, _ = run(capsys, "report", RELEASE.id)
    assert code == 0
    assert out.startswith(f"# shop {RELEASE.id}: rolled back\n")
    assert "| 38 (40 errors in 160 requests) | 20 s | 35 s |" in out
    code, out, _ = run(capsys, "report", "--format", "html")
    assert (code, out.count("<svg")) == (0, 2)
    code, out, _ = run(capsys, "report", "--json")
    assert json.loads(out)["incidents"][0]["excess_errors"] == 38
    assert run(capsys, "report", "--json") == (0, out, "")


def test_a_report_in_a_file_has_its_images_beside_it(recorded_store: str, capsys: Capsys) -> None:
    assert run(capsys, "report", "--output", "post-mortem.md")[0] == 0
    text = Path("post-mortem.md").read_text()
    images = sorted(Path().glob("*.svg"))
    assert len(images) == 2
    for image in images:
        assert f"]({image.name})" in text
        ElementTree.fromstring(image.read_text())  # noqa: S314 - our own image
    code, _, err = run(capsys, "report", "--output", "no/such/folder/x.md")
    assert (code, "cannot be written" in err) == (3, True)


def test_an_unknown_release_is_refused(recorded_store: str, capsys: Capsys) -> None:
    code, _, err = run(capsys, "report", "2001-01-01.1")
    assert (code, err) == (1, "refused: there is no release 2001-01-01.1; `cockpit history` lists them\n")
