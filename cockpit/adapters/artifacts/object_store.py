"""Keeps the parts of builds in an object store (S3, GCS, Azure), or pulls them over plain HTTP.

obstore signs, retries, and reads the credentials from each cloud's usual environment variables: no secret passes
through this module or belongs in the URL. A part is replaced only if it is damaged, and only while it is the one that
was read, if the store supports conditional writes.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from obstore import exceptions
from obstore.store import from_url

from cockpit.adapters.artifacts.folder import checked_name, equal_content
from cockpit.deploy.builds.build import build_of
from cockpit.deploy.text import clean
from cockpit.ports import Artifacts, Failed, ProgressCallback, StoredPart, ignore_progress

if TYPE_CHECKING:
    from obstore import UpdateVersion
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

CHUNK = 1 << 20
MAX_WRITES = 3
"""Writes of one part until another publisher's is accepted as an error."""
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
        """Keep the file under that name. An equal part that exists stays, a damaged one is replaced."""
        with self._translated("refused a part of a build"):
            for _ in range(MAX_WRITES):
                if self._create(checked_name(name), content) or self._replace_if_damaged(name, content):
                    return
        reason = f"{self.place} refused a part of a build: another publisher changes it again and again"
        raise Failed("artifacts", reason, "build it again once no other engine builds")

    def _create(self, name: str, content: Path) -> bool:
        """Store a part that does not exist; False if it exists."""
        try:
            self._store.put(name, content, mode="create")
        except exceptions.AlreadyExistsError:
            return False
        return True

    def _replace_if_damaged(self, name: str, content: Path) -> bool:
        """Return whether the part has the bytes of the file now; False if it changed after it was read."""
        try:
            part = self._store.get(name)
        except FileNotFoundError:
            return False
        meta = part.meta
        if meta["size"] == content.stat().st_size:
            with content.open("rb") as source:
                if equal_content((bytes(chunk) for chunk in part.stream(CHUNK)), source):
                    return True
        read: UpdateVersion = {}
        if meta["e_tag"]:
            read["e_tag"] = meta["e_tag"]
        if meta["version"]:
            read["version"] = meta["version"]
        try:
            self._store.put(name, content, mode=read)
        except (exceptions.PreconditionError, FileNotFoundError):
            return False
        except (NotImplementedError, exceptions.NotSupportedError):
            self._store.put(name, content, mode="overwrite")
        return True

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
