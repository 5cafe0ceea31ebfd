"""Turn documents, passages and vectors into rows of the store and back, each with a checksum."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import numpy as np

from askdocs.types import Anchor, Document, Embedded, FloatArray, Passage

T = TypeVar("T")

DOCUMENT_COLUMNS = "id, title, date, sha256, anchors, characters, checksum, text, author, remarks"
"""The columns of `document_values`, in its order."""

_HALF = np.dtype("<f2")
_SCALE = 127


class RowError(ValueError):
    """A row is not what was written; its message names the row."""


def checksum(*values: object) -> int:
    """A CRC-32 over the values of a row.

    >>> checksum("a", 1) == checksum("a", 1) != checksum("a", 2)
    True
    """
    crc = 0
    for value in values:
        data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        crc = zlib.crc32(data, zlib.crc32(b"%d:" % len(data), crc))
    return crc


def require(expected: int, name: str, *values: object) -> None:
    """Raise `RowError` unless `expected` is the checksum of `values`."""
    if checksum(*values) != expected:
        raise RowError(f"{name} is not what was written")


def reuse_key(passage: Passage) -> str:
    """What an embedder sees of a passage: equal keys get equal vectors from one model."""
    spans = [(a - passage.start, b - passage.start) for a, b in passage.sentences]
    return _digest(json.dumps([passage.heading, passage.text, spans]).encode())


def vector_key(passage: Passage, vector: bytes) -> str:
    """The name of a passage's vector in the vector index, made of everything it depends on."""
    return _digest(passage.id.encode() + vector)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def pack_vector(vector: FloatArray) -> bytes:
    """A unit vector in half precision."""
    return vector.astype(_HALF).tobytes()


def unpack_vectors(blobs: Sequence[bytes], dimension: int) -> FloatArray:
    """The vectors of `pack_vector`, one a row, of unit length again after the rounding."""
    flat = np.frombuffer(b"".join(blobs), dtype=_HALF).astype(np.float32)
    return unit(flat.reshape(len(blobs), dimension))


def unit(vectors: FloatArray) -> FloatArray:
    """The rows of a matrix brought to length 1; rows of zeros stay."""
    squares = np.einsum("...i,...i->...", vectors, vectors)
    lengths = np.sqrt(np.where(squares > 0, squares, 1)).astype(np.float32, copy=False)
    lengthened: FloatArray = vectors / lengths[..., np.newaxis]
    return lengthened


def pack_sentences(vectors: FloatArray) -> bytes:
    """Unit vectors of sentences, one byte a component."""
    return np.round(vectors * _SCALE).astype(np.int8).tobytes()


def unpack_sentences(blob: bytes, dimension: int) -> FloatArray:
    """The vectors of `pack_sentences`, one a row, of unit length again after the rounding."""
    flat = np.frombuffer(blob, dtype=np.int8).astype(np.float32)
    return unit(flat.reshape(-1, dimension))  # which undoes the scale, too


def embedded_from(vector: bytes, sentences: bytes, dimension: int) -> Embedded:
    """The vectors of a passage as they were stored."""
    return Embedded(unpack_vectors([vector], dimension)[0], unpack_sentences(sentences, dimension))


def document_values(document: Document) -> tuple[Any, ...]:
    """The values of `DOCUMENT_COLUMNS`, as the store keeps them."""
    anchors = json.dumps([[a.start, a.end, a.kind, a.label] for a in document.anchors])
    head = (document.id, document.title, document.date, document.sha256, anchors)
    more = (document.author, json.dumps(document.remarks))
    expected = checksum(*_checked(*head, document.text, *more))
    return (*head, len(document.text), expected, document.text, *more)


def document_from(row: Sequence[Any]) -> Document:
    """The document that `document_values` described. Raises `RowError`."""
    identifier, title, date, sha256, anchors, _, expected, text, author, remarks = row
    head = (identifier, title, date, sha256, anchors)
    require(expected, f"document {identifier}", *_checked(*head, text, author, remarks))
    return Document(
        id=identifier,
        text=text,
        title=title,
        sha256=sha256,
        date=date,
        anchors=tuple(Anchor(*anchor) for anchor in json.loads(anchors)),
        author=author,
        remarks=tuple(json.loads(remarks)),
    )


def remarks_from(column: str) -> tuple[str, ...]:
    """What is remarked of a document; nothing if the column is damaged, as `document_from` says."""
    try:
        return tuple(json.loads(column))
    except ValueError:
        return ()


def _checked(*values: Any) -> tuple[Any, ...]:
    """What a document's checksum covers: in stores of version 1 there were no last two values."""
    *earlier, author, remarks = values
    return (*earlier, author, remarks) if author or remarks != "[]" else tuple(earlier)


def passage_values(passage: Passage) -> tuple[Any, ...]:
    """id, start, end, checksum, heading, sentences and text, as the store keeps them."""
    sentences = json.dumps(passage.sentences)
    values = (passage.document, passage.start, passage.end, passage.heading, sentences)
    return (
        passage.id,
        passage.start,
        passage.end,
        checksum(*values, passage.text),
        passage.heading,
        sentences,
        passage.text,
    )


def passage_from(row: Sequence[Any]) -> Passage:
    """The passage of document id, start, end, checksum, heading, sentences and text.

    Raises `RowError`.
    """
    document, start, end, expected, heading, sentences, text = row
    name = f"passage {start}-{end} of {document}"
    require(expected, name, document, start, end, heading, sentences, text)
    spans = tuple((first, last) for first, last in json.loads(sentences))
    return Passage(document, start, end, text, heading, spans)


def batches(items: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """The items in lists of at most `size`.

    >>> list(batches("abc", 2))
    [['a', 'b'], ['c']]
    """
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
