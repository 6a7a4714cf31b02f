"""Keeps the parts of builds in an object store, by URL: S3, GCS, Azure, or pulls them over plain HTTP.

obstore speaks with all of them, signs, retries and reads each cloud's own usual variables for who we are; nothing
secret passes through here or stands in the URL. Publishing is create-only where the store can promise it.
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
from cockpit.ports import Artifacts, Failed, Heard, Kept, unheard

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

CHUNK = 1 << 20
_SECRET = re.compile(r"://[^/\s]*@")
RETRY: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
"""Short, because the agent tries again itself, and a newer target is not kept waiting."""
CLIENT: "ClientConfig" = {"allow_http": True, "timeout": timedelta(minutes=5), "connect_timeout": timedelta(seconds=5)}


class ObjectArtifacts:
    """Implements `ports.Artifacts`. Raises `Failed` for a URL that no store is known for."""

    def __init__(self, url: str) -> None:
        self._url = url
        with self._told("cannot be used"):
            self._store: ObjectStore = from_url(url, client_options=CLIENT, retry_config=RETRY)

    @property
    def place(self) -> str:
        """The URL, without what stands before an @ in it."""
        scheme, _, rest = self._url.partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"

    def publish(self, name: str, content: Path) -> None:
        """Keep the file under that name; one that is there already stays as it is."""
        with self._told("does not take a part of a build"):
            try:
                self._store.put(checked_name(name), content, mode="create")
            except exceptions.AlreadyExistsError:
                return

    def pull(self, name: str, into: Path, heard: Heard = unheard) -> int:
        """Copy the part to the new file `into`; how many bytes that were. Raises `Failed`, leaving no file."""
        size = 0
        try:
            with self._told(f"did not give {checked_name(name)}"):
                found = self._store.get(name)
                with into.open("wb") as target:
                    for chunk in found.stream(CHUNK):
                        size += target.write(chunk)
                        heard(size, found.meta["size"])
        except BaseException:
            into.unlink(missing_ok=True)
            raise
        return size

    def kept(self) -> tuple[Kept, ...]:
        """Every part, by name. Plain HTTP cannot tell and raises `Failed`."""
        with self._told("cannot be listed"):
            found = [meta for batch in self._store.list() for meta in batch if build_of(meta["path"])]
        parts = (Kept(meta["path"], meta["size"], meta["last_modified"].timestamp()) for meta in found)
        return tuple(sorted(parts, key=lambda part: part.name))

    def remove(self, name: str) -> None:
        """Make sure that the part is gone."""
        with self._told(f"did not remove {checked_name(name)}"):
            try:
                self._store.delete(name)
            except FileNotFoundError:
                return

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise Failed("artifacts", f"{self.place} {what}: there is none", "build it again") from error
        except (exceptions.BaseError, OSError, ValueError) as error:
            said = _SECRET.sub("://", clean(str(error).split("\n", 1)[0]))
            raise Failed("artifacts", f"{self.place} {what}: {said}", "see `cockpit check`") from error


class SplitArtifacts:
    """Published in one place and pulled from another: a folder, and the web server in front of it."""

    def __init__(self, source: Artifacts, pulled: ObjectArtifacts) -> None:
        self._source = source
        self._pulled = pulled
        self.publish, self.kept, self.remove = source.publish, source.kept, source.remove
        self.pull = pulled.pull

    @property
    def place(self) -> str:
        """Where it is pulled from."""
        return self._pulled.place
