"""Sentences begin and end where nltk's Punkt tokenizer says so, and nltk is not needed for it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from askdocs import sentences
from askdocs.errors import ModelError
from askdocs.sentences import sentence_spans
from askdocs.types import Span

ROOT = Path(__file__).parent.parent
CORPUS = sorted((ROOT / "eval" / "corpus").iterdir())
SHARED = ROOT.parent / "shared"
NLTK = "3.10."
"""The nltk whose behaviour is followed; earlier ones treat ” and » otherwise."""
MORE_ABBREVIATIONS = "e.g i.e approx est no nos fig figs p pp dept min".split()


@pytest.fixture(scope="session")
def punkt() -> Any:
    """The tokenizer of nltk with the parameters and the additional abbreviations of askdocs."""
    nltk = pytest.importorskip("nltk")
    if not version("nltk").startswith(NLTK):
        pytest.skip(f"nltk {NLTK}x is what is compared with")
    from nltk.tokenize.punkt import PunktTokenizer

    spec = find_spec("llama_index.core")
    assert spec and spec.origin
    nltk.data.path.insert(0, str(Path(spec.origin).parent / "_static" / "nltk_cache"))
    tokenizer = PunktTokenizer("english")
    tokenizer._params.abbrev_types.update(MORE_ABBREVIATIONS)
    return tokenizer


def assert_same(punkt: Any, text: str) -> int:
    """Fails with the first place where the two differ; the number of sentences if they do not."""
    expected: list[Span] = list(punkt.span_tokenize(text))
    found = sentence_spans(text)
    for theirs, ours in zip(expected, found, strict=False):
        around = slice(max(0, ours[0] - 40), max(theirs[1], ours[1]) + 40)
        assert ours == theirs, text[around]
    assert len(found) == len(expected), text[-80:]
    return len(found)


def strings_in(value: Any) -> Iterator[str]:
    """The strings somewhere inside what a JSON file holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings_in(part)


def texts_of(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        for line in text.split("\n"):
            yield from strings_in(json.loads(line) if line.strip() else None)
    elif path.suffix == ".json":
        yield from strings_in(json.loads(text))
    else:
        yield text


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_the_sample_documents_part_as_with_nltk(path: Path, punkt: Any) -> None:
    """Each sample document has the same sentences."""
    assert assert_same(punkt, path.read_text(encoding="utf-8")) > 3


@pytest.mark.parametrize(
    "pattern",
    [
        "documents/**/*.txt",
        "data/xquad-en/*.json",
        "data/dragonball-en/docs.jsonl",
        "data/chunking-eval/*.md",
        "data/clapnq-dev/*_answerable.jsonl",
    ],
)
def test_real_texts_part_as_with_nltk(pattern: str, punkt: Any) -> None:
    """News, encyclopaedia, reports, papers, chats, speech and spaced-out tokens do too."""
    paths = sorted(SHARED.glob(pattern))
    if not paths:
        pytest.skip(f"../shared/{pattern} is not here")
    counts = [assert_same(punkt, text) for path in paths for text in texts_of(path)]
    assert sum(counts) >= 20


MARKS = [
    *".?!,;:-()[]{}\"'`“”‘’«»…–—#*@&/\\%$_ \n\t\r\v\f\x1b\x85\xa0\u2003\u2028\u200b\u200d",
    *["..", "...", ". . .", "--", "---", ".\n", ".\n\n", "\r\n", "?!", ".)", '."', ".”", '.\n"'],
    *[".' --", ".[1]", "½", "²", "ⓐ", "Ⅳ", "〇", "e\u0301", "日本。", "🙂.", "ß.", "İ.", "é."],
]
NUMBERS = ["5", "5.", "-7", "1,000.", "3.14", ".5", "10-12.", "4th", "No.", "٣.", "1990s."]


def nasty_text(chance: random.Random) -> str:
    """A few pieces of all that rules are about, in no order, with and without space between."""
    learnt = sentences._model()

    def letters(word: str) -> str:
        return chance.choice([word, word.capitalize(), word.capitalize(), word.upper()])

    def piece() -> str:
        word = letters(chance.choice(words))
        abbreviation = letters(chance.choice(abbreviations))
        first, second = chance.choice(collocations)
        return chance.choice(
            [
                word,
                letters(chance.choice(starters)),
                f"{abbreviation}.",
                f"{word}-{abbreviation}.",
                f"{chance.choice('ABIJTabijt')}.",
                f"{letters(first.replace('##number##', '12'))}. {letters(second)}",
                chance.choice(NUMBERS),
                "".join(chance.choices(MARKS, k=chance.randint(1, 3))),
            ]
        )

    words, abbreviations = sorted(learnt.cases), sorted(learnt.abbreviations)
    collocations, starters = sorted(learnt.collocations), sorted(learnt.starters)
    pieces = [piece() + chance.choice(["", " ", " ", " ", "\n"]) for _ in range(12)]
    return "".join(pieces)


@pytest.mark.parametrize("seed", range(10))
def test_generated_texts_part_as_with_nltk(seed: int, punkt: Any) -> None:
    """Abbreviations, initials, dots, quotation marks, brackets and numbers in any mixture."""
    chance = random.Random(seed)
    assert sum(assert_same(punkt, nasty_text(chance)) for _ in range(50)) > 50


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        ".",
        " . ",
        "...",
        "?!",
        "\n.@ a. B",
        "One.\x1cTwo.\x1f Three",
        "a" * 5000,
        ". " * 900,
    ],
    ids=repr,
)
def test_texts_that_are_hardly_any_part_as_with_nltk(text: str, punkt: Any) -> None:
    """Nothing, marks alone, one word, and marks after marks."""
    assert_same(punkt, text)


@pytest.mark.parametrize(
    "sentence",
    [
        "Dr. Smith met Mr. Jones on Jan. 5.",
        "It costs approx. 5 euros, i.e. too much.",
        "He left at 5 p.m. sharp.",
        "J. S. Bach wrote it.",
        "“It sank.”",
        "(She waited ... and waited.)",
        "Version 2.5 costs $3.50 in the U.S. today!",
    ],
)
def test_abbreviations_do_not_end_sentences(sentence: str) -> None:
    """What was learnt and a few additions tell where sentences end."""
    text = f"{sentence} Then it rained."
    assert [text[a:b] for a, b in sentence_spans(text)] == [sentence, "Then it rained."]


@pytest.mark.parametrize("piece", ["a", ".", ". ", "?!", '." ', "x.)", "-", "J. ", "...\n", " \n"])
def test_time_grows_with_the_length_alone(piece: str) -> None:
    """However often a piece is repeated, a long text takes seconds at most."""
    before = time.process_time()
    sentence_spans(piece * 40_000)
    assert time.process_time() - before < 10


def test_a_document_is_split_without_nltk(tmp_path: Path) -> None:
    """A fresh process that splits a document loads none of nltk, scipy, scikit-learn, pandas."""
    probe = (
        "import sys\n"
        "from askdocs.splitting import split\n"
        "from askdocs.types import Document\n"
        "document = Document('a', 'It rained. Dr. Ray left.', 'a', '')\n"
        "passage, = split(document, lambda text: len(text.split()), max_tokens=50)\n"
        "assert len(passage.sentences) == 2\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "askdocs" in loaded
    assert not loaded & {"nltk", "scipy", "sklearn", "pandas", "regex"}
    assert "llama_index.core" not in loaded


def test_what_was_learnt_is_missed_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the files of llama-index the error names the file and the package."""
    monkeypatch.setattr(sentences, "_LEARNT", Path("nowhere"))
    sentences._model.cache_clear()
    with pytest.raises(ModelError, match=r"abbrev_types\.txt.*llama-index-core"):
        sentence_spans("One. Two.")
