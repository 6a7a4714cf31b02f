"""Writes the man page, `docs/cockpit.1`, from the parser of the command line. Run by `make manual`."""

from pathlib import Path

from argparse_manpage.manpage import Manpage

from cockpit.cli.parser import parser

PAGE = Path(__file__).parents[1] / "docs" / "cockpit.1"
NAME = "the deploy commander's terminal"
SECTIONS = """\
.SH EXIT CODES
0 done, 1 refused (the reason is on stderr), 2 usage or config, 3 an outside system failed.
.SH FILES
.TP
config.toml
The configuration, in the current folder unless \\-\\-config names another; \\fBcockpit init\\fR writes a first one.
.SH EXAMPLES
.TP
cockpit demo
Run a demo company on this machine.
.TP
cockpit advance \\-\\-dry\\-run
Print what the next step would do.
.TP
cockpit rollback \\-\\-why "errors on /cart"
Roll every tier that serves users back to the last good build.
"""


def manual() -> str:
    """Return the page in roff, without a date: the same verbs make the same page."""
    command = parser()
    command.epilog = None  # the exit codes have their own section
    title, *lines = str(Manpage(command)).splitlines()
    assert title.startswith(".TH"), "the title comes first"
    body = "\n".join(lines).replace(".SH NAME\ncockpit\n", f".SH NAME\ncockpit \\- {NAME}\n", 1)
    return f'.TH COCKPIT "1" "" "cockpit" "cockpit"\n{body.rstrip()}\n{SECTIONS}'


if __name__ == "__main__":
    PAGE.write_text(manual(), encoding="utf-8")
