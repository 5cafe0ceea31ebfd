"""The cells of a row: pieces with the signs that belong to their figures, and what a figure is."""

from __future__ import annotations

import re

from askdocs.readers.pdf.rows import Piece, Row

_CURRENCY = re.compile(r"(?:[A-Z]{1,3})?[$€£¥₹]\s?\(?$|(?:USD|EUR|GBP)$")
_SIGN_BEFORE = re.compile(r"(?:\(|[-–—−+])$")
_SIGN_AFTER = re.compile(r"(?:\)|%|\)\s?%|%\s?\)|x|bps|pts?\.?|[a-z*†‡]\)|\(\w\))$")
_NUMBER = re.compile(
    r"[(\[]?[-–—−+]?\s?(?:[A-Z]{1,3})?[$€£¥₹]?\s?[(\[]?[-–—−+]?\s?"
    r"(?:\d[\d.,  ]*|[-–—−]+|N/?[AM]|n/?[am]|NM)\s?"
    r"[)\]]?\s?(?:%|x|bps|pts)?\s?[)\]]?\*?(?:\s?\(\w\))?$"
)
_LEADERS = tuple(".·…_")
_LEADER = re.compile(r"(?:\s?[.·…_]){4,}\s*$")
_LOOSE_SIGN = re.compile(r"([$€£¥])\s+(?=[\d(.])|(?<=\d)\s+(?=[%)])|(?<=\))\s+(?=%)")
_WIDEST_SIGN_GAP = 12.0  # times the size: "$" stands at the left edge of its column
_SIGN_AFTER_GAP = 1.5
_MINUS_GAP = 0.4  # farther from a number, a dash is a cell of its own


def cells(row: Row) -> Row:
    """The pieces of a row with "$", ")" and "%" joined to the number they belong to.

    >>> [c.text for c in cells([Piece("$", 0, 0, 5, 9, 9, False), Piece("7", 30, 0, 35, 9, 9, 0)])]
    ['$7']
    """
    joined: Row = []
    for piece in row:
        before = joined[-1] if joined else None
        gap = piece.x0 - before.x1 if before else 0.0
        if before and (_is_sign_after(before, piece, gap) or _is_sign_before(before, piece, gap)):
            joined[-1] = _merge(before, piece)
        elif not piece.text.endswith(_LEADERS) or not _LEADER.fullmatch(piece.text):
            joined.append(piece)
    return [piece._replace(text=_tidy(piece.text)) for piece in joined] or row


def is_number(text: str) -> bool:
    """Whether a cell is a figure, or a dash in the place of one."""
    return bool(_NUMBER.match(text))


def _is_sign_after(before: Piece, piece: Piece, gap: float) -> bool:
    is_sign = _SIGN_AFTER.match(piece.text) is not None
    return is_sign and gap < _SIGN_AFTER_GAP * piece.size and before.text[-1:].isdigit()


def _is_sign_before(before: Piece, piece: Piece, gap: float) -> bool:
    widest = _WIDEST_SIGN_GAP if _CURRENCY.match(before.text) else _MINUS_GAP
    is_sign = _CURRENCY.match(before.text) or _SIGN_BEFORE.match(before.text)
    return bool(is_sign) and gap < widest * piece.size and is_number(piece.text)


def _merge(left: Piece, right: Piece) -> Piece:
    return left._replace(
        text=left.text + right.text,
        top=min(left.top, right.top),
        x1=right.x1,
        bottom=max(left.bottom, right.bottom),
    )


def _tidy(text: str) -> str:
    if text.endswith(_LEADERS):
        text = _LEADER.sub("", text)
    return _LOOSE_SIGN.sub(lambda m: m[1] or "", text) if is_number(text) else text
