"""Keeps the parts of builds in an object store (S3, GCS, Azure), or pulls them over plain HTTP.

obstore signs, retries, and reads the credentials from each cloud's usual environment variables: no secret passes
through this module or belongs in the URL. Parts are never overwritten if the store supports that.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from obstore import exceptions
from obstore.store import from_url

from cockpit.adapters.artifacts.folder import checked_name
from cockpit.deploy.builds.build import build_of
from cockpit.deploy.text import clean
from cockpit.ports import Artifacts, Failed, ProgressCallback, StoredPart, ignore_progress

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

CHUNK = 1 << 20
_SECRET = re.compile(r"://[^/\s]*@")
RETRY: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
"""Short: the agent retries by itself, and a newer target must not wait."""
CLIENT: "ClientConfig" = {"allow_http": True, "timeout": timedelta(minutes=5), "connect_timeout": timedelta(seconds=5)}


class ObjectArtifacts:
    """`ports.Artifacts` at a URL. Raises `Failed` if obstore has no store for the URL."""

    def __init__(self, url: str) -> None:
        self._url = url
        with self._translated("cannot be used"):
            self._store: ObjectStore = from_url(url, client_options=CLIENT, retry_config=RETRY)

    @property
    def place(self) -> str:
        """The URL without user and password."""
        scheme, _, rest = self._url.partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"

    def publish(self, name: str, content: Path) -> None:
        """Keep the file under that name; an existing part stays as it is."""
        with self._translated("refused a part of a build"):
            try:
                self._store.put(checked_name(name), content, mode="create")
            except exceptions.AlreadyExistsError:
                return

    def pull(self, name: str, into: Path, progress: ProgressCallback = ignore_progress) -> int:
        """Copy the part to the new file `into`; its size in bytes. If it raises `Failed` it leaves no file."""
        size = 0
        try:
            with self._translated(f"did not send {checked_name(name)}"):
                part = self._store.get(name)
                with into.open("wb") as target:
                    for chunk in part.stream(CHUNK):
                        size += target.write(chunk)
                        progress(size, part.meta["size"])
        except BaseException:
            into.unlink(missing_ok=True)
            raise
        return size

    def stored_parts(self) -> tuple[StoredPart, ...]:
        """Every part, sorted by name. Raises `Failed` over plain HTTP, which cannot list."""
        with self._translated("cannot be listed"):
            listed = [meta for batch in self._store.list() for meta in batch if build_of(meta["path"])]
        parts = (StoredPart(meta["path"], meta["size"], meta["last_modified"].timestamp()) for meta in listed)
        return tuple(sorted(parts, key=lambda part: part.name))

    def remove(self, name: str) -> None:
        """Remove the part if it exists."""
        with self._translated(f"did not remove {checked_name(name)}"):
            try:
                self._store.delete(name)
            except FileNotFoundError:
                return

    @contextmanager
    def _translated(self, outcome: str) -> Iterator[None]:
        """Raise the store's errors as `Failed`, without passwords."""
        try:
            yield
        except FileNotFoundError as error:
            raise Failed("artifacts", f"{self.place} {outcome}: not found", "build it again") from error
        except (exceptions.BaseError, OSError, ValueError) as error:
            reason = _SECRET.sub("://", clean(str(error).split("\n", 1)[0]))
            raise Failed("artifacts", f"{self.place} {outcome}: {reason}", "run `cockpit check`") from error


class SplitArtifacts:
    """Publishes to one place and pulls from another, such as a folder and the web server that serves it."""

    def __init__(self, source: Artifacts, pulled: ObjectArtifacts) -> None:
        self._source = source
        self._pulled = pulled
        self.publish, self.stored_parts, self.remove = source.publish, source.stored_parts, source.remove
        self.pull = pulled.pull

    @property
    def place(self) -> str:
        """The place that parts are pulled from."""
        return self._pulled.place
