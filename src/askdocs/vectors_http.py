"""Talk to a server of Chroma: the few calls of its REST API that a vector index needs.

Not through Chroma's own client: that one waits without end for a server that hangs, sends what
is meant for this machine through a proxy, and loads what a stored collection names. Here every call
has a limit, and nothing that the server says is more than numbers and names.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx
import numpy as np
from numpy.typing import NDArray

from askdocs.store_rows import batches
from askdocs.types import FloatArray
from askdocs.vectors_client import SETTINGS
from askdocs.vectors_place import CHROMA, Collection, Refused, Unreachable

_API = "/api/v2"
_COLLECTIONS = f"{_API}/tenants/default_tenant/databases/default_database/collections"
_CONNECT, _SECONDS = 2.0, 20.0
_REPLY_BYTES = 100_000_000
_PAGE = 10_000
_FLOATS = 2_000_000  # in one request: 11 MB of the 40 MB that Chroma takes
_MOST = 1_000

SEARCHED_AMONG = 800
"""So many of the nearest are looked for at least, however few are wanted: among 100,000 passages
that finds 99.6 % of the ten nearest."""

_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ChromaServer:
    """A server of Chroma at an address. Safe to use from any thread; `close` it when done."""

    kind: ClassVar[str] = CHROMA
    is_near: ClassVar[bool] = False

    def __init__(self, address: str, token: str = "") -> None:
        self.address = address.rstrip("/")
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = self._client()

    def close(self) -> None:
        """Let go of the connections; a later call makes new ones."""
        before, self._http = self._http, self._client()
        before.close()

    def _client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.address,
            headers=self._headers,
            timeout=httpx.Timeout(_SECONDS, connect=_CONNECT),
            trust_env=urlsplit(self.address).hostname not in _LOOPBACK,
            follow_redirects=False,
        )

    def told(self, reason: str) -> str:
        """What is said where it cannot be used: why, and what to do."""
        return (
            f"Chroma at {self.address} is not used: {reason}; the search is exact for now;"
            " start it with: chroma run --path FOLDER, or take index.chroma out of the settings"
        )

    def require(self, *, writing: bool = False) -> None:
        """Raise `Unreachable` unless a Chroma answers that takes what is sent here."""
        found = self._call("GET", f"{_API}/pre-flight-checks")
        if not isinstance(found, dict) or not found.get("supports_base64_encoding"):
            raise Unreachable("no Chroma of version 1 answers there")

    def find(self, name: str) -> Collection | None:
        """The collection of that name, if there is one."""
        try:
            return _collection(self._call("GET", f"{_COLLECTIONS}/{name}"))
        except Refused:
            return None

    def make(self, name: str, metadata: Mapping[str, Any]) -> Collection:
        """A new collection, without any embedding function."""
        body = {"name": name, "metadata": metadata, "configuration": SETTINGS}
        return _collection(self._call("POST", _COLLECTIONS, body))

    def describe(self, collection: Collection, metadata: Mapping[str, Any]) -> None:
        """Give a collection other metadata."""
        self._call("PUT", f"{_COLLECTIONS}/{collection.id}", {"new_metadata": metadata})

    def delete(self, collection: Collection) -> None:
        """Remove a collection."""
        self._call("DELETE", f"{_COLLECTIONS}/{collection.name}")

    def count(self, collection: Collection) -> int:
        """How many vectors a collection holds."""
        count = self._call("GET", f"{_COLLECTIONS}/{collection.id}/count")
        if not isinstance(count, int):
            raise Unreachable("what answers there does not count as Chroma does")
        return count

    def numbers(self, collection: Collection) -> NDArray[np.int64]:
        """The numbers of the passages that a collection holds, in rising order."""
        return np.unique(numbers_in(list(self._names(collection))))

    def clean(self, collection: Collection) -> NDArray[np.int64]:
        """The same, after what has another kind of name is taken out."""
        names = list(self._names(collection))
        numbers = np.unique(numbers_in(names))
        self._remove(collection, sorted(set(names) - set(map(str, numbers.tolist()))))
        return numbers

    def _names(self, collection: Collection) -> Iterator[str]:
        for offset in range(0, self.count(collection), _PAGE):
            body = {"limit": _PAGE, "offset": offset, "include": []}
            yield from map(str, self._of(collection, "get", body)["ids"])

    def put(self, collection: Collection, numbers: Sequence[int], matrix: FloatArray) -> None:
        """Put vectors in, one a row."""
        size = max(1, min(_MOST, _FLOATS // matrix.shape[1]))
        rows = matrix.astype("<f4")
        for first in range(0, len(numbers), size):
            some = rows[first : first + size]
            coded = [base64.b64encode(row.tobytes()).decode() for row in some]
            names = [str(number) for number in numbers[first : first + size]]
            self._of(collection, "upsert", {"ids": names, "embeddings": coded})

    def finish(self, collection: Collection) -> None:
        """Nothing is left to be done: Chroma enters vectors into its graph as they come."""

    def interrupt(self) -> None:
        """Nothing takes long: vectors are sent a thousand at a time."""

    def remove(self, collection: Collection, numbers: Sequence[int]) -> None:
        """Take vectors out."""
        self._remove(collection, list(map(str, numbers)))

    def _remove(self, collection: Collection, names: Sequence[str]) -> None:
        for batch in batches(names, _MOST):
            self._of(collection, "delete", {"ids": list(batch)})

    def nearest(self, collection: Collection, vector: FloatArray, limit: int) -> NDArray[np.int64]:
        """The numbers of the vectors nearest to one, as far as the server finds them."""
        embedding = np.asarray(vector, np.float32).tolist()
        among = max(limit, SEARCHED_AMONG)
        body = {"query_embeddings": [embedding], "n_results": among, "include": []}
        return numbers_in(self._of(collection, "query", body)["ids"][0])[:limit]

    def vectors(self, collection: Collection, numbers: Sequence[int]) -> dict[int, FloatArray]:
        """The vectors that a collection has by these numbers."""
        body = {"ids": list(map(str, numbers)), "include": ["embeddings"]}
        found = self._of(collection, "get", body)
        pairs = zip(found["ids"], found["embeddings"], strict=True)
        return {int(name): np.array(vector, np.float32) for name, vector in pairs}

    def _of(self, collection: Collection, action: str, body: Mapping[str, Any]) -> Any:
        return self._call("POST", f"{_COLLECTIONS}/{collection.id}/{action}", body)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        deadline = time.monotonic() + _SECONDS
        try:
            with self._http.stream(method, path, json=body) as response:
                content = bytearray()
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > _REPLY_BYTES or time.monotonic() > deadline:
                        raise Unreachable("its reply does not end")
        except httpx.HTTPError as error:
            words = str(error) or type(error).__name__
            raise Unreachable(f"it cannot be reached: {words}") from error
        if response.status_code in (401, 403):
            raise Unreachable("it wants another token; set ASKDOCS_CHROMA_TOKEN")
        if response.is_error:
            raise Refused(f"it answers with status {response.status_code}")
        if response.is_redirect:
            raise Unreachable("it sends elsewhere; give the address of Chroma itself")
        try:
            return json.loads(content) if content else None
        except ValueError:
            raise Unreachable("what answers there is not Chroma") from None


def numbers_in(names: Sequence[Any]) -> NDArray[np.int64]:
    """The numbers among names of vectors.

    >>> numbers_in(["7", "seven", "12"]).tolist()
    [7, 12]
    """
    right = [int(name) for name in names if isinstance(name, str) and _NUMBER.fullmatch(name)]
    return np.array(right, dtype=np.int64)


def _collection(found: Any) -> Collection:
    try:
        return Collection(str(found["id"]), str(found["name"]), dict(found["metadata"] or {}))
    except (KeyError, TypeError, ValueError):
        raise Unreachable("what answers there is not Chroma") from None
