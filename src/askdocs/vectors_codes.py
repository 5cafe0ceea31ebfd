"""Say of each vector in bits where it points, so that a million are compared in some milliseconds.

A bit for each place: its sign (after Charikar, 2002). Two passes bring up what is worth an exact
comparison: the number of equal signs for all passages, then the question's own values under those
signs for the best of them. What the bits find is compared by its true vectors after that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askdocs.types import FloatArray

Numbers = NDArray[np.int64]

_WORD = 64  # bits
_BLOCK = 1 << 15  # passages whose codes fit into a processor's cache
_LEAST_KEPT = 4096  # of the first pass
_SHARE_KEPT = 64


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of passages: `signs` has a row for each 64 places, a column for each passage.

    `numbers` are in rising order; `through` is the highest that has ever been among them.
    """

    numbers: Numbers
    signs: NDArray[np.uint64]
    through: int

    def joined(self, blocks: Iterable[tuple[Numbers, FloatArray]]) -> Codes:
        """These codes and those of further passages: higher numbers, and vectors one a row."""
        parts = [(self.numbers, self.signs), *((n, encode(matrix)) for n, matrix in blocks)]
        if len(parts) == 1:
            return self
        numbers = np.concatenate([part for part, _ in parts])
        signs = np.concatenate([part for _, part in parts], axis=1)
        return Codes(numbers, signs, max(self.through, int(numbers[-1])))

    def only(self, numbers: Numbers) -> Codes:
        """The codes of the passages that are among `numbers`."""
        kept = np.isin(self.numbers, numbers, assume_unique=True)
        left = self.numbers[kept]
        return Codes(left, self.signs[:, kept], int(left[-1]) if len(left) else 0)

    def nearest(self, vector: FloatArray, count: int) -> Numbers:
        """The numbers of the passages that are the nearest by their codes, in no order."""
        picked = self._first_pass(vector, max(_LEAST_KEPT, len(self.numbers) // _SHARE_KEPT, count))
        closeness = _agreement(self.signs[:, picked], vector)
        if len(picked) > count:
            picked = picked[np.argpartition(-closeness, count)[:count]]
        return self.numbers[picked]

    def _first_pass(self, vector: FloatArray, count: int) -> NDArray[np.intp]:
        """The places of at least `count` passages with the fewest signs unlike the vector's."""
        total = len(self.numbers)
        if total <= count:
            return np.arange(total)
        code = encode(vector[np.newaxis])
        unlike = np.empty(total, np.uint16)
        for start in range(0, total, _BLOCK):
            block = self.signs[:, start : start + _BLOCK] ^ code
            np.bitwise_count(block).sum(axis=0, out=unlike[start : start + _BLOCK])
        reached = np.cumsum(np.bincount(unlike)) >= count
        return np.flatnonzero(unlike <= np.argmax(reached))


def no_codes(dimension: int) -> Codes:
    """The codes of no passages."""
    rows = -(-dimension // _WORD)
    return Codes(np.zeros(0, np.int64), np.zeros((rows, 0), np.uint64), 0)


def encode(matrix: FloatArray) -> NDArray[np.uint64]:
    """The signs of vectors, one a row of `matrix`, one a column of the result.

    >>> encode(np.array([[1.0, -1.0, 0.5], [-1.0, -1.0, 1.0]])).tolist()
    [[160, 32]]
    """
    count, dimension = matrix.shape
    bits = np.zeros((count, -(-dimension // _WORD) * _WORD), np.uint8)
    bits[:, :dimension] = matrix > 0
    packed = np.packbits(bits, axis=1).view("<u8").astype(np.uint64)
    return np.ascontiguousarray(packed.T)


def _agreement(signs: NDArray[np.uint64], vector: FloatArray) -> FloatArray:
    """For each code the sum of the vector's values where it has a 1."""
    octets = signs.T.astype("<u8").view(np.uint8)  # one code a row
    values = np.zeros(octets.shape[1] * 8, np.float32)
    values[: len(vector)] = vector
    patterns = np.unpackbits(np.arange(256, dtype=np.uint8)[:, np.newaxis], axis=1)
    # For each octet of a code, what each of its 256 values is worth.
    tables = patterns.astype(np.float32) @ values.reshape(-1, 8).T
    total = np.zeros(len(octets), np.float32)
    for place in range(octets.shape[1]):
        total += tables[octets[:, place], place]
    return total
