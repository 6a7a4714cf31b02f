"""Stack frames, paths and symbols in the text of an error report.

Each runtime has its own format; common to most is a path with an extension and a line number near it. So the formats
that differ (Python, Java, PHP's `(12)`) have their own patterns and all others share one. Frame 1 is the innermost:
Python prints it last, the others first.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

MAX_TEXT = 400_000
"""The most characters of a report that are read."""
MAX_LINE = 2_000
MAX_FRAMES = 200

_EXTENSION = r"\.(?:[A-Za-z][A-Za-z0-9+]{0,9})"
_FILE = rf"(?:[A-Za-z]:)?[\w@.+~$\-/\\\[\]]{{0,300}}?[\w\]\-+]{_EXTENSION}"
_START = r"(?<![\w@.+~$\-/\\\[\]])"
"""Where a path may begin: not within another, so that a long word is scanned once and not from each letter."""
_PYTHON = re.compile(r'File "([^"\n]{1,400})", line (\d{1,7})(?:, in (\S{1,200}))?')
_JAVA = re.compile(
    r"\bat (?:[\w.\-@]{1,200}/)?([\w.$]{1,300})\.([\w$<>]{1,200})\(([\w$]{1,200}\.\w{1,10})(?::(\d{1,7}))?\)"
)
_PHP_LINE = re.compile(rf"{_START}({_FILE})(?:\((\d{{1,7}})\)|(?: on)? line (\d{{1,7}}))(?:: ([\w\\>:\-]{{1,200}}))?")
_AT_LINE = re.compile(
    rf"{_START}({_FILE})(?:\?[\w=&.\-]{{0,100}})?:(\d{{1,7}})(?!\w)(?::\d{{1,7}})?"
    r"(?::in ['`\"]?(?:[\w:#]*[#.])?(\w{1,200}))?"
)
_RUST_OR_JS = re.compile(
    r"^\s*(?:\d{1,4}:\s+(?:0x[0-9a-f]+ - )?([\w:<>$]{2,300})|at (?:async |new )?([\w.$<>\[\] ]{1,200}?) \()"
)
_GO_CALL = re.compile(
    r"^(?:[\w.\-/]{1,200}/)?[\w\-]{1,100}\.(?:\(\*?\w{1,100}\)\.)?(\w{1,200})(?:\.func\d+(?:\.\d+)*)?\("
)
_C_CALL = re.compile(r"^\s*(?:#\d{1,4}|==\d+==\s+(?:at|by))\s+(?:0x[0-9A-Fa-f]+)?:?\s*(?:in )?(\w{1,200}) ?[(/]")
_PATH = re.compile(
    r"(?<![\w@.+~\-/])(?!(?<=:)//)/{0,2}"
    rf"((?:[\w@.+~\-]{{1,100}}/){{0,30}}[\w@.+~\-]{{0,100}}[\w\-+]{_EXTENSION})(?![\w/])"
)
_BARE_PATH = re.compile(
    r"(?<![\w.+\-/@:])/?((?:[\w.+\-]{1,100}/){1,30}[\w.+\-]{1,100}|(?:Make|Docker|Gem|Rake|Vagrant|Jenkins)file)(?![\w/(])"
)
_SYMBOL = re.compile(
    r"(?<![\w/.\-])(?:[A-Za-z]\w{0,100}(?:\.|::|->|#)){0,6}([A-Za-z_]\w{3,100})(?=\(\)|\()|[`'‘\"]([A-Za-z_]\w{3,100})[`'’\"]"
)
_COMPOUND = re.compile(
    r"(?<![\w/.\-])([a-zA-Z]+(?:_[a-zA-Z0-9]+)+|[a-z]+[A-Z]\w{2,60}|[A-Z][a-z0-9]+[A-Z]\w{1,60})(?![\w/])"
)
_NOT_CODE = frozenset(("com", "org", "net", "io", "html", "http", "https", "e.g", "i.e", "txt"))


class Frame(Struct, frozen=True):
    """One frame of a stack, as its runtime prints it."""

    path: str
    line: int
    """0 if unknown."""
    symbol: str = ""
    """The function; empty if unknown."""


class StackTrace(Struct, frozen=True):
    """The frames, paths and symbols that a report names."""

    frames: tuple[Frame, ...] = ()
    """Innermost first, without duplicates."""
    paths: tuple[str, ...] = ()
    """Paths without a line number, in order."""
    symbols: tuple[str, ...] = ()
    """Unqualified names of functions, classes and constants, in order."""

    @property
    def empty(self) -> bool:
        """Whether it names nothing."""
        return not (self.frames or self.paths or self.symbols)


def read_trace(text: str) -> StackTrace:
    """Parse the text of a report from any runtime, in time linear in the length of each line."""
    lines = [line[:MAX_LINE] for line in text[:MAX_TEXT].replace("\r\n", "\n").split("\n")]
    frames: list[Frame] = []
    python_frames: list[Frame] = []  # innermost last
    function = ""  # a function on the line before its path
    paths: dict[str, None] = {}
    symbols: dict[str, None] = {}
    for line in lines:
        if python := _PYTHON.search(line):
            python_frames.append(Frame(python[1], int(python[2]), (python[3] or "").strip("<>")))
            continue
        if python_frames and line and not line.startswith((" ", "\t")):
            frames += reversed(python_frames)
            python_frames = []
        line_frames = tuple(_frames_of(line, function))
        frames += line_frames
        call = None if line_frames else _RUST_OR_JS.match(line) or _GO_CALL.match(line) or _C_CALL.match(line)
        function = _bare(next(filter(None, call.groups()), "")) if call else ""
        for path in (*_PATH.findall(line), *_BARE_PATH.findall(line)):
            if "/" in path or path.rpartition(".")[2].lower() not in _NOT_CODE:
                paths[path.rstrip(".")] = None
        for pattern in (_SYMBOL, _COMPOUND):
            for match in pattern.finditer(line):
                symbols[next(filter(None, match.groups()))] = None
    frames += reversed(python_frames)
    kept = tuple(dict.fromkeys(frames))[:MAX_FRAMES]
    for frame in kept:
        if frame.symbol:
            symbols[frame.symbol] = None
    placed = {frame.path for frame in kept}
    return StackTrace(kept, tuple(path for path in paths if path not in placed), tuple(symbols)[:MAX_FRAMES])


def _frames_of(line: str, function: str) -> Iterator[Frame]:
    """The frames on one line of text."""
    if java := tuple(_JAVA.finditer(line)):
        for match in java:
            package = match[1].rpartition(".")[0].replace(".", "/")
            path = f"{package}/{match[3]}" if package else match[3]
            yield Frame(path, int(match[4] or 0), match[2])
        return
    if php := tuple(_PHP_LINE.finditer(line)):
        for match in php:
            yield Frame(match[1], int(match[2] or match[3]), _bare(match[4] or function))
        return
    inline = _RUST_OR_JS.match(line) or _C_CALL.match(line)
    symbol = _bare(next(filter(None, inline.groups()), "")) if inline else function
    for match in _AT_LINE.finditer(line):
        yield Frame(match[1], int(match[2]), match[3] or symbol)


def _bare(symbol: str) -> str:
    """The last part of a qualified name: `total` of `shop::Cart::total`."""
    parts: Sequence[str] = [part for part in re.split(r"::|->|[.\\\s#]", symbol) if part and part[0] not in "<{$"]
    return parts[-1] if parts else ""
