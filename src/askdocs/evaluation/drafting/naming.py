"""Who a name surely names: somebody, or a firm, an office and the like."""

from __future__ import annotations

import re

from askdocs.answering.values import dates

_TITLE = re.compile(
    r"^(?:Dr|Mr|Mrs|Ms|Prof|Professor|Sir|Capt|Captain|Col|Gen|Sgt|Superintendent|Judge|Justice"
    r"|President|Minister|Mayor|Senator|Cllr|King|Queen)\b\.?"
)

_BODY = re.compile(
    r"\b(?:Inc|Ltd|LLC|LLP|Corp|Corporation|Company|Bank|Group|Society|Council|Committee|Institute"
    r"|Institution|University|Ministry|Bureau|Agency|Association|Trust|Fund|Foundation|Solutions"
    r"|Services|Systems|Technologies|Construction|Court|Procuratorate|Department|Hospital|Museum"
    r"|Observatory|Police|Union|Party|International|Industries|Enterprises|Ferries|Tramways)\b"
)


_FIRM = re.compile(
    r"\b(?:Inc|Ltd|LLC|LLP|Corp|Corporation|Company|Co|Bank|Group|Holdings|Solutions|Services"
    r"|Systems|Technologies|Construction|Industries|Enterprises|International|Ferries)\b"
)


def is_firm(name: str) -> bool:
    """Whether a name is that of a firm, by its words.

    >>> is_firm("Bolt Inc"), is_firm("Varga Police Department")
    (True, False)
    """
    return bool(_FIRM.search(name))


def name_of_person(subject: str) -> str:
    """The last name of whom the words name, empty if that is nobody for sure.

    >>> [name_of_person(s) for s in ("Capt. Ruth Pellisier", "The Bank of Oslo", "Dover")]
    ['Pellisier', '', '']
    """
    bare = _TITLE.sub("", subject.removeprefix("The ")).strip()
    if re.search(r"[’']s?$|\bOfficer\b|\bChief\b", bare):
        return ""
    titled = bare != subject.removeprefix("The ").strip()
    bare = re.sub(r"(?<=\w) of .*$", "", bare)
    name = re.search(r"(?:^|\s)((?:[A-Z][\w’'-]*\.? )*[A-Z][\w’'-]+)$", bare)
    if not name or _BODY.search(bare) or dates(bare):
        return ""
    parts = name[1].split()
    initial = re.fullmatch(r"[A-Z]\.", parts[0]) and len(parts) > 1
    return parts[-1] if titled or initial else ""


def is_body(name: str) -> bool:
    """Whether a name is that of a firm, an office or the like, by its words.

    >>> is_body("Varga Public Health Fund"), is_body("Hospital Road"), is_body("Bank of Turin")
    (True, False, True)
    """
    return bool(_BODY.search(name.partition(" of ")[0].rpartition(" ")[2]))
