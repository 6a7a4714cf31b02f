"""The shop as one WSGI callable. All files are read once, at import: a request never meets half of a deploy."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

from . import checkout, pages, pool, search
from .answers import Answer, Fields, missing

ROUTES: dict[str, Callable[[str, Fields], Answer]] = {
    "": pages.front,
    "product": pages.product,
    "cart": pages.cart,
    "search": search.search,
    "checkout": checkout.checkout,
    "version": pages.version,
    "static": pages.static,
}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request."""
    name, _, rest = environ["PATH_INFO"].strip("/").partition("/")
    with pool.connection():
        answer = ROUTES.get(name, missing)(rest, _fields(environ))
    headers = [("Content-Type", answer.kind), ("X-Commit", pages.COMMIT)]
    start_response(answer.status, headers)
    return [answer.body]


def _fields(environ: dict[str, Any]) -> Fields:
    """What the request says: the query's fields, or those of a JSON body."""
    if environ["REQUEST_METHOD"] == "POST":
        length = int(environ.get("CONTENT_LENGTH") or 0)
        fields: Fields = json.loads(environ["wsgi.input"].read(length) or b"{}")
        return fields
    return dict(parse_qsl(environ.get("QUERY_STRING", "")))
