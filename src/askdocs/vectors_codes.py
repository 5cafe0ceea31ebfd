"""Say of each vector in bits where it points, so that a million are compared in some milliseconds.

Two bits for each place: its sign (after Charikar, 2002), and which of two steps it stands on. Two
passes bring up what is worth an exact comparison: the number of equal signs for all passages, then,
for the best of them, the cosine of the question with what both bits say. What they find is compared
by its true vectors after that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askdocs.types import FloatArray

Numbers = NDArray[np.int64]

_WORD = 64  # bits
_BLOCK = 1 << 15  # passages whose codes fit into a processor's cache
_LEAST_KEPT = 6144  # of the first pass
_SHARE_KEPT = 64
_STEP = 0.9957
"""How far the steps lie apart, in standard deviations of a vector's values: four steps, which stand
for -1.5, -0.5, 0.5 and 1.5 of them, lose least of what is spread normally (Max, 1960)."""


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of passages: `bits` has a column for each passage, as `encode` makes them.

    `numbers` are in rising order; `through` is the highest that has ever been among them.
    """

    numbers: Numbers
    bits: NDArray[np.uint64]
    through: int

    def joined(self, blocks: Iterable[tuple[Numbers, FloatArray]]) -> Codes:
        """These codes and those of further passages: higher numbers, and vectors one a row."""
        parts = [(self.numbers, self.bits), *((n, encode(matrix)) for n, matrix in blocks)]
        if len(parts) == 1:
            return self
        numbers = np.concatenate([part for part, _ in parts])
        bits = np.concatenate([part for _, part in parts], axis=1)
        return Codes(numbers, bits, max(self.through, int(numbers[-1])))

    def only(self, numbers: Numbers) -> Codes:
        """The codes of the passages that are among `numbers`."""
        kept = np.isin(self.numbers, numbers, assume_unique=True)
        left = self.numbers[kept]
        return Codes(left, self.bits[:, kept], int(left[-1]) if len(left) else 0)

    def nearest(self, vector: FloatArray, count: int) -> Numbers:
        """The numbers of the passages that are the nearest by their codes, in no order."""
        picked = self._first_pass(vector, max(_LEAST_KEPT, len(self.numbers) // _SHARE_KEPT, count))
        closeness = _closeness(self.bits[:, picked], vector)
        if len(picked) > count:
            picked = picked[np.argpartition(-closeness, count)[:count]]
        return self.numbers[picked]

    def _first_pass(self, vector: FloatArray, count: int) -> NDArray[np.intp]:
        """The places of at least `count` passages with the fewest signs unlike the vector's."""
        total = len(self.numbers)
        if total <= count:
            return np.arange(total)
        rows = len(self.bits) // 2
        code = encode(vector[np.newaxis])[:rows]
        unlike = np.empty(total, np.uint16)
        for start in range(0, total, _BLOCK):
            block = self.bits[:rows, start : start + _BLOCK] ^ code
            np.bitwise_count(block).sum(axis=0, out=unlike[start : start + _BLOCK])
        reached = np.cumsum(np.bincount(unlike)) >= count
        return np.flatnonzero(unlike <= np.argmax(reached))


def no_codes(dimension: int) -> Codes:
    """The codes of no passages."""
    return Codes(np.zeros(0, np.int64), encode(np.zeros((0, dimension), np.float32)), 0)


def encode(matrix: FloatArray) -> NDArray[np.uint64]:
    """The codes of unit vectors, one a row of `matrix`, one a column of the result.

    A row for each 64 places has their signs. Below come as many: which are on the upper of the two
    steps of their sign.

    >>> encode(np.array([[1.0, -1.0, 0.5], [-1.0, -1.0, 1.0]])).tolist()
    [[160, 32], [128, 32]]
    """
    step = _STEP / math.sqrt(matrix.shape[1])
    upper = (matrix > step) | ((matrix <= 0) & (matrix > -step))
    return np.concatenate([_packed(matrix > 0), _packed(upper)])


def _packed(places: NDArray[np.bool_]) -> NDArray[np.uint64]:
    count, dimension = places.shape
    bits = np.zeros((count, -(-dimension // _WORD) * _WORD), np.uint8)
    bits[:, :dimension] = places
    packed = np.packbits(bits, axis=1).view("<u8").astype(np.uint64)
    return np.ascontiguousarray(packed.T)


def _closeness(bits: NDArray[np.uint64], vector: FloatArray) -> FloatArray:
    """For each code what rises with the cosine of the vector and the steps that the code names."""
    signs, upper = np.split(bits, 2)
    # A place on the step x counts 2 for its sign and 1 for the upper step, less 1.5: that is x.
    products = 2 * _sums(signs, vector) + _sums(upper, vector) - 1.5 * float(vector.sum())
    inner = np.bitwise_count(signs ^ upper).sum(axis=0).astype(np.float32)
    closeness: FloatArray = products / np.sqrt(1.5**2 * len(vector) - (1.5**2 - 0.5**2) * inner)
    return closeness


def _sums(bits: NDArray[np.uint64], vector: FloatArray) -> FloatArray:
    """For each column of bits the sum of the vector's values where it has a 1."""
    octets = bits.T.astype("<u8").view(np.uint8)  # one column a row
    values = np.zeros(octets.shape[1] * 8, np.float32)
    values[: len(vector)] = vector
    patterns = np.unpackbits(np.arange(256, dtype=np.uint8)[:, np.newaxis], axis=1)
    # For each octet of a column, what each of its 256 values is worth.
    tables = patterns.astype(np.float32) @ values.reshape(-1, 8).T
    total = np.zeros(len(octets), np.float32)
    for place in range(octets.shape[1]):
        total += tables[octets[:, place], place]
    return total
