"""The newest errors from an endpoint that lists issues like Sentry, as one report with their stack traces.

Only errors first seen since the release began count: the release cannot have caused older ones. The frames of an
issue's latest event are written as a traceback. Fields of an unexpected type are left out.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cockpit.deploy.text import clean
from cockpit.ports import Failed

if TYPE_CHECKING:
    import httpx

TIMEOUT = 10.0
"""Seconds for one response."""
MAX_ISSUES = 3
"""The newest issues in a report; with more, the suspect PRs would no longer stand out."""
MAX_FRAMES = 50
MAX_BYTES = 4 * 1024 * 1024


def read_token(variable: str, file: Path | None, environ: Mapping[str, str]) -> str:
    """The token in `file`, or in the environment's `variable`. Raises `Failed` if the file cannot be read."""
    try:
        return file.read_text(encoding="utf-8").strip() if file else environ.get(variable, "")
    except (OSError, UnicodeDecodeError) as bad:
        raise Failed("suspects", "cannot read the token file", "correct suspects.token_file") from bad


class SentryErrorReports:
    """`ports.ErrorReports`; `url` is a project's list, `https://HOST/api/0/projects/ORG/PROJECT/issues/`."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/") + "/"
        self._headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}

    def latest(self, since: float = 0.0) -> str:
        """The report of errors first seen at `since` or later, newest first; empty if there is none."""
        import httpx

        with httpx.Client(headers=self._headers, timeout=TIMEOUT, follow_redirects=False) as client:
            listed = _get(client, f"{self._url}?query=is:unresolved&sort=new&limit=25")
            new = [issue for issue in _dicts(listed) if _first_seen(issue) >= since]
            newest = sorted(new, key=_first_seen, reverse=True)[:MAX_ISSUES]
            return "\n\n".join(_report(issue, self._event(client, issue)) for issue in newest)

    def _event(self, client: "httpx.Client", issue: Mapping[str, Any]) -> Mapping[str, Any]:
        base = self._url.partition("/projects/")[0]
        event = _get(client, f"{base}/issues/{quote(str(issue.get('id')), safe='')}/events/latest/")
        return event if isinstance(event, dict) else {}


def _get(client: "httpx.Client", url: str) -> object:
    import httpx

    try:
        response = client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as bad:
        reason = clean(str(bad)) or type(bad).__name__
        raise Failed("suspects", f"the list of errors cannot be reached: {reason}", "correct suspects.url") from bad
    status = response.status_code
    if status in (401, 403):
        raise Failed("suspects", f"the list of errors denied access ({status})", "correct its token")
    if status != 200 or len(response.content) > MAX_BYTES:
        raise Failed("suspects", f"the list of errors answered {status}", "correct suspects.url")
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError) as bad:
        raise Failed("suspects", "the list of errors is not JSON", "correct suspects.url") from bad


def _first_seen(issue: Mapping[str, Any]) -> float:
    try:
        return datetime.fromisoformat(str(issue.get("firstSeen")).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0


def _report(issue: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """The culprit, the route, a Python-like traceback of each exception, innermost last, and the title."""
    lines = [clean(str(issue.get(key))) for key in ("culprit",) if issue.get(key)]
    lines += [f"{clean(str(tag.get('value')))}" for tag in _dicts(event.get("tags")) if tag.get("key") == "transaction"]
    for value in _exceptions(event):
        stack = value.get("stacktrace")
        frames = _dicts(stack.get("frames")) if isinstance(stack, dict) else []
        if frames:
            lines.append("Traceback (most recent call last):")
        lines += [_frame(frame) for frame in frames[-MAX_FRAMES:]]
        lines.append(clean(f"{value.get('type')}: {value.get('value')}"))
    return "\n".join((*lines, clean(str(issue.get("title") or ""))))


def _frame(frame: Mapping[str, Any]) -> str:
    path = clean(str(frame.get("filename") or frame.get("absPath") or "?"))
    number = frame.get("lineNo", frame.get("lineno"))
    return f'  File "{path}", line {number if isinstance(number, int) else 0}, in {clean(str(frame.get("function")))}'


def _exceptions(event: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    for entry in _dicts(event.get("entries")):
        data = entry.get("data")
        if entry.get("type") == "exception" and isinstance(data, dict):
            yield from _dicts(data.get("values"))


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
