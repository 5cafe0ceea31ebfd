"""Read source code, configuration and subtitles: the text as it stands, definitions as anchors.

What begins in the first column and defines something is a heading, so that a passage begins there
and says what it is from. Subtitles lose their times and numbers: people ask for what is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from askdocs.readers.headings import Heading, heading_anchors
from askdocs.types import Extracted

_NAME = r"([A-Za-z_$][\w$.:-]*)"
_BEFORE = (
    r"(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|sealed|"
    r"partial|open|data|override|virtual|inline|extern|unsafe|const|pub(?:\([^)]*\))?|declare) +)*"
)
_C_TYPE = r"(?!return|else|typedef|new|delete|case|goto|using)[A-Za-z_][\w:<>,*& \[\]]*?[ *&]"
_FAMILIES = {
    "python": r"(?:async +)?(?:def|class) +(\w+)",
    "braces": (
        rf"(?:@\w+ +)*{_BEFORE}(?:class|interface|enum|record|struct|trait|object|impl|mod|union|"
        rf"function\*?|func(?: *\([^)]*\))?|fun|fn|type|namespace|module) +{_NAME}"
        rf"|{_BEFORE}(?:const|let|var) +{_NAME} *=(?=[^=\n]*(?:=>|function))"
    ),
    "c": (
        rf"(?:typedef +)?(?:class|struct|enum(?: +class)?|union|namespace) +{_NAME}"
        r"(?=[^;=()]*\{?\s*$)"
        rf"|{_C_TYPE}{_NAME} *\((?=[^;=]*$)"
    ),
    "ruby": rf"(?:class|module|def) +{_NAME}",
    "shell": rf"(?:function +)?{_NAME} *\(\) *\{{?",
    "sql": (
        r"(?:create|CREATE|Create) +(?:or replace +|OR REPLACE +)?(?:\w+ +){1,3}?"
        r"(?:if not exists +|IF NOT EXISTS +)?[\"`\[]?([\w.]+)[\"`\]]?"
        r"(?= *(?:\(|as\b|AS\b|on\b|ON\b|$))"
    ),
    "sections": r"\[+\"?([^\]\"\n]+)\"?\]+[ \t]*$",
    "keys": rf"{_NAME}:(?=[ \t]*(?:[#|>&].*)?$)",
    "css": r"([^\s{}@/*][^{}\n;]*?)\s*\{",
    "tex": r"[ \t]*\\(?:part|chapter|(?:sub){0,2}section|paragraph)\*?(?:\[[^\]]*\])?\{(.*)\}",
    "r": rf"{_NAME} *(?:<-|=) *function",
    "lisp": r"\((?:def[a-z-]*|define) +\(?([^\s()]+)",
    "none": r"(?!)",
}
_SUFFIXES_OF = {
    "python": "py pyi pyx gd",
    "braces": "js mjs cjs jsx ts tsx java kt kts scala go rs php swift cs groovy dart proto v",
    "c": "c h cc cpp cxx hpp hh hxx m mm cu ino",
    "ruby": "rb ex exs jl lua",
    "shell": "sh bash zsh",
    "sql": "sql",
    "sections": "toml ini cfg conf properties editorconfig desktop service",
    "keys": "yaml yml",
    "css": "css scss less",
    "tex": "tex sty cls",
    "r": "r",
    "lisp": "lisp clj cljs scm el hs ml",
    "none": "xml xsd xsl bib ps1 bat cmd pl pm tcl vb asm s diff patch graphql tf hcl cmake gradle"
    " make mk f90 f pas adoc org srt vtt",
}
_FAMILY = {f".{end}": family for family, ends in _SUFFIXES_OF.items() for end in ends.split()}

SUFFIXES = frozenset(_FAMILY)
"""How the names of files that are read here end, in lower case."""

_PATTERNS = {family: re.compile(pattern) for family, pattern in _FAMILIES.items()}
# What a family's files hold and those of the families below do not; the first found decides.
_SIGNS = {
    family: re.compile(sign, re.M)
    for family, sign in (
        ("tex", r"^[ \t]*\\(?:documentclass|usepackage|begin\{|section|chapter|newcommand)"),
        ("shell", r"\A#!.*\b(?:ba|z|k|da)?sh\b|^(?:fi|esac|done)$"),
        ("c", r"^#[ \t]*(?:include +[<\"]|(?:define|ifdef|ifndef) +\w|pragma +once)"),
        (
            "python",
            r"^(?:async +)?(?:def|class) +\w+.*(?::|[(,])[ \t]*(?:#.*)?$|^from [\w.]+ import ",
        ),
        ("ruby", r"^end$"),
        ("sql", r"(?i)^(?:create|alter|insert into|select|drop) [^{]*$"),
        ("r", r"^[\w.]+ *<- *function"),
        ("lisp", r"^\((?:def|ns|module|use|require)"),
        (
            "css",
            r"^(?!(?:export|interface|type|class|struct|enum|const|declare|public) )"
            r"[.#@:\w][^;{}()\n]*\{\s+[\w-]+[ \t]*:[^;{}]+;",
        ),
        ("braces", r"[{;][ \t]*$"),
        ("sections", r"^\[+[\w .\"-]+\]+[ \t]*$"),
        ("keys", r"^(?:- )?[\w.-]+:(?: |$)"),
    )
}
_HEAD = 50_000
_NO_NAMES = frozenset({"if", "else", "for", "while", "switch", "return", "sizeof", "main:"})
_LEVELS = {"part": 1, "chapter": 2, "section": 3, "subsection": 4, "subsubsection": 5}
_SECTION = re.compile(r"\\([a-z]+)")
_TEX_TITLE = re.compile(r"\\title(?:\[[^\]]*\])?\{((?:[^{}]|\{[^{}]*\})+)\}")
_TEX_AUTHOR = re.compile(r"\\author(?:\[[^\]]*\])?\{((?:[^{}]|\{[^{}]*\})+)\}")
_MARKUP = re.compile(r"\\[a-zA-Z]+\*?(?:\[[^\]]*\])?|[{}$~]|\\\\")
_FIRST_WORDS = re.compile(
    r"\s*(?:#!.*\n\s*)?(?:[rRuU]?\"\"\"|'''|/\*+!?|<!--|--+|//+!?|#+|%+|;+)[ \t]*\n?[ \t*]*([^\n]+)"
)
_LICENCE = re.compile(
    r"copyright|licen[sc]e|spdx|coding[:=]|eslint|pylint|generated|@|^[\W_]*$", re.I
)
_LONGEST_TITLE = 80
_LONGEST_LINE = 400
_CUE_TIME = re.compile(r"(?:\d+:)?\d\d?:\d\d[.,]\d{1,3} *--> *(?:\d+:)?\d\d?:\d\d[.,]\d{1,3}.*")
_CUE_TAG = re.compile(r"</?(?:[biuc]|v|lang|ruby|rt|font)\b[^>]*>|<\d[\d:.]*>|\{\\an?\d\}")
_VOICE = re.compile(r"<v[^ >]*\s+([^>]+)>")
_CUES_PER_PARAGRAPH = 10


def extract(data: bytes, stem: str) -> Extracted:
    """The text as it stands, titled by its first comment if that is short."""
    from askdocs.readers.dates import find_date
    from askdocs.readers.encodings import decode_with_remarks

    text, remarks = decode_with_remarks(data)
    if _CUE_TIME.search(text[:500]):
        spoken = "\n\n".join(_spoken(text))
        return Extracted(spoken, title=stem, remarks=remarks)
    family = _guess_family(text)
    title = _title(text, family) or stem
    date = find_date(text) if family == "tex" else None
    author = _TEX_AUTHOR.search(text) if family == "tex" else None
    headings = list(_definitions(text, family))
    return Extracted(
        text,
        title=title,
        date=date,
        anchors=tuple(heading_anchors(headings, len(text))),
        author=_plain(author[1]) if author else "",
        remarks=remarks,
    )


def _guess_family(text: str) -> str:
    """Which family a text is of: readers do not learn the file's suffix."""
    head = text[:_HEAD]
    return next((family for family, sign in _SIGNS.items() if sign.search(head)), "none")


def _definitions(text: str, family: str) -> Iterator[Heading]:
    """What is defined in the first column, or the sections of LaTeX, with their depth."""
    pattern = _PATTERNS[family]
    position = 0
    for line in text.split("\n"):
        start, position = position, position + len(line) + 1
        found = pattern.match(line) if len(line) <= _LONGEST_LINE else None
        if found is None:
            continue
        name = next((group for group in found.groups() if group), "")
        command = _SECTION.search(line) if family == "tex" else None
        label = _plain(name) if command else " ".join(name.split())
        if label and label not in _NO_NAMES:
            yield Heading(start, _LEVELS.get(command[1], 6) if command else 1, label)


def _title(text: str, family: str) -> str:
    """The first line of the first comment or docstring, if it could be a title."""
    if family == "tex":
        found = _TEX_TITLE.search(text)
        return _plain(found[1]) if found else ""
    first = _FIRST_WORDS.match(text[:2_000])
    if first is None or not first[1] or _LICENCE.search(first[1]):
        return ""
    title = re.sub(r"\s*(?:\"\"\"|'''|\*+/|-->).*$", "", first[1]).strip(" *#/=-").rstrip(".")
    return title if 2 < len(title) <= _LONGEST_TITLE and " " in title else ""


def _plain(title: str) -> str:
    """The words of a LaTeX heading without its commands."""
    return " ".join(_MARKUP.sub(" ", title).split())


def _spoken(text: str) -> Iterator[str]:
    """What subtitles say, some cues to a paragraph, each on a line of its own."""
    lines: list[str] = []
    for cue in re.split(r"\n[ \t]*\n", text):
        rows = cue.strip("\n\ufeff").split("\n")
        times = next((n for n, row in enumerate(rows) if _CUE_TIME.fullmatch(row.strip())), None)
        if times is None:  # the head of a file, a note, or a cue with a blank line within
            if lines and not re.match(r"NOTE\b|STYLE\b|REGION\b|WEBVTT", rows[0]):
                rows = ["", *rows]
                times = 0
            else:
                continue
        voiced = (_VOICE.sub(r"\1: ", row) for row in rows[times + 1 :])
        line = " ".join(" ".join(_CUE_TAG.sub("", row) for row in voiced).split())
        if line and (not lines or lines[-1] != line):
            lines.append(line)
        if len(lines) == _CUES_PER_PARAGRAPH:
            yield "\n".join(lines)
            lines = []
    if lines:
        yield "\n".join(lines)
