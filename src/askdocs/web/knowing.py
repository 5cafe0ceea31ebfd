"""What was worked out once for those who see the same documents, while the index stays as it is."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from askdocs.access.principal import acting

Value = TypeVar("Value")


class Known(Generic[Value]):
    """The last values of the present revision of an index, each for the folders that it is of.

    Nobody is given a value that was made for somebody who sees other folders.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._revision = -1
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def find(self, revision: int, what: Hashable = "") -> Value | None:
        """What is known for whoever is acting."""
        key = acting().folders, what
        with self._lock:
            if revision != self._revision or key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def keep(self, revision: int, value: Value, what: Hashable = "") -> Value:
        """Remember a value that was made for whoever is acting."""
        with self._lock:
            if revision != self._revision:
                self._values.clear()
                self._revision = revision
            self._values[acting().folders, what] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value

    def get(self, revision: int, make: Callable[[], Value], what: Hashable = "") -> Value:
        """What is known for whoever is acting, made if need be."""
        found = self.find(revision, what)
        return self.keep(revision, make(), what) if found is None else found
