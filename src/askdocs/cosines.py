"""Products of vectors, taken in the thread that asks for them.

BLAS would wake a thread on every core. For products as small as these, waking them takes longer
than the work, and on a busy machine many times longer.
"""

from __future__ import annotations

import numpy as np

from askdocs.types import FloatArray


def cosines(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    """The cosine of each row with `vector`, all of unit length; shapes (n, d) and (d,) -> (n,).

    >>> cosines(np.eye(2, dtype=np.float32), np.array([0.6, 0.8], np.float32)).round(1).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    return np.asarray(np.einsum("ij,j->i", matrix, vector), np.float32)
