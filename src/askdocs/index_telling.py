"""What an indexing run says before it begins: what it reads again though the files are the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable


class Notice(str):
    """What is being done, where that is worth a line of its own."""

    __slots__ = ()


def made_otherwise(signatures: Iterable[str], now: Collection[str]) -> tuple[int, str]:
    """How many of the `signatures` of documents are none of those of `now`, and in a line why.

    A signature is the version of the readers, with how pictures are read; then that of the
    splitter, and the length of passages.

    >>> made_otherwise(["1-2-254", "2-2-254"], {"2-2-254", "2:pictures:eng-2-254"})
    (1, '1 document is read again: askdocs reads files in a new way')
    """
    others = [each for each in signatures if each not in now]
    if not others:
        return 0, ""
    reasons = dict.fromkeys(reason for each in others for reason in _reasons(each, now))
    what = "1 document is" if len(others) == 1 else f"{len(others):,} documents are"
    return len(others), f"{what} read again: {', '.join(reasons)}"


def _reasons(signature: str, now: Collection[str]) -> list[str]:
    readers, splitter, length = _parts(signature)
    current = [_parts(each) for each in now]
    reasons = []
    if readers.partition(":")[0] not in {each[0].partition(":")[0] for each in current}:
        reasons.append("askdocs reads files in a new way")
    elif readers not in {each[0] for each in current}:
        reasons.append("letters in pictures are read in another way")
    if splitter not in {each[1] for each in current}:
        reasons.append("askdocs makes passages in a new way")
    if length not in {each[2] for each in current}:
        reasons.append("passages are to have another length")
    return reasons


def _parts(signature: str) -> tuple[str, str, str]:
    readers, splitter, length = ["", "", *signature.rsplit("-", 2)][-3:]
    return readers, splitter, length
