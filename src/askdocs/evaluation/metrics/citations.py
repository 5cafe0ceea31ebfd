"""Whether citations are exact, whether they point at the evidence, and whether they bear it out.

The last two follow ALCE (Gao et al., 2023), which measures the recall and precision of citations:
against the evidence of the gold file by sentences and by characters; and for each statement of an
answer against the passages it cites, where our check of statements takes the place of ALCE's model
for inference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from askdocs.answering.grounding import ground
from askdocs.answering.statements import segments, statement
from askdocs.evaluation.metrics.spans import Evidence, Located, characters, overlaps, sentences_of
from askdocs.types import Answer, Passage


def citation_faults(answer: Answer, texts: Mapping[str, str]) -> list[str]:
    """What breaks the promise about citations, in words; empty when every citation is exact.

    >>> citation_faults(Answer("How many?", "44 [1]"), {})
    ['markers (1,) in the text, but citations ()', 'not refused, no citation']
    """
    faults = [
        f"citation {c.number}: {c.document}[{c.start}:{c.end}] is not {c.quote!r}"
        for c in answer.citations
        if not c.quote or texts.get(c.document, "")[c.start : c.end] != c.quote or c.start < 0
    ]
    numbers = tuple(citation.number for citation in answer.citations)
    if answer.markers != numbers or numbers != tuple(range(1, len(numbers) + 1)):
        faults.append(f"markers {answer.markers} in the text, but citations {numbers}")
    if answer.refused == bool(answer.citations):
        faults.append("refused, yet cited" if answer.refused else "not refused, no citation")
    return faults


def citation_precision(
    citations: Sequence[Located], evidence: Evidence, texts: Mapping[str, str]
) -> float:
    """The share of citations that overlap a sentence that holds evidence. At least one citation.

    >>> texts = {"a": "One. Two were hurt, 44 died. Three."}
    >>> citation_precision([("a", 5, 18), ("a", 29, 35)], [[("a", 20, 27)]], texts)
    0.5
    """
    sentences = [place for each in sentences_of(evidence, texts) for place in each]
    good = [any(overlaps(citation, sentence) for sentence in sentences) for citation in citations]
    return sum(good) / len(citations)


def citation_characters(
    citations: Sequence[Located], evidence: Evidence, texts: Mapping[str, str]
) -> tuple[float, float]:
    """Precision and recall by characters: of what is cited the share that stands in sentences with
    evidence, and of those sentences the share that is cited. At least one citation.

    Of a piece of evidence that stands in several places, the one that is cited most counts.

    >>> texts = {"a": "One. Two were hurt, 44 died. Three."}
    >>> citation_characters([("a", 0, 28)], [[("a", 20, 27)]], texts)
    (0.8214285714285714, 1.0)
    """
    cited = characters(citations)
    wanted: set[tuple[str, int]] = set()
    allowed: set[tuple[str, int]] = set()
    for places in sentences_of(evidence, texts):
        each = [characters([place]) for place in places]
        allowed.update(*each)
        wanted |= max(each, key=lambda place: len(place & cited))
    return len(cited & allowed) / len(cited), len(cited & wanted) / len(wanted)


def statement_citations(answer: Answer) -> tuple[float, float] | None:
    """ALCE's citation recall and precision of an answer; `None` if it states nothing.

    Recall: the share of statements that their citations together bear out. Precision: the share of
    citations that are needed: the statement is borne out, by this citation alone or not without it.

    >>> from askdocs.types import Citation
    >>> quoted = (Citation(1, "a", 0, 8, "44 died."), Citation(2, "a", 9, 27, "It rained all day."))
    >>> said = "44 died [1][2]. It snowed [2]."
    >>> statement_citations(Answer("How many died?", said, citations=quoted))
    (0.5, 0.3333333333333333)
    """
    quotes = {c.number: Passage(c.document, c.start, c.end, c.quote) for c in answer.citations}
    borne_out: list[bool] = []
    needed: list[bool] = []
    for part in map(statement, segments(answer.text)):
        if not part.text or part.is_neutral:
            continue
        cited = [quotes[number] for number in part.cited if number in quotes]
        whole = _bears_out(part.text, cited, answer.question)
        borne_out.append(whole)
        for each in cited:
            rest = [other for other in cited if other is not each]
            alone = _bears_out(part.text, [each], answer.question)
            without = _bears_out(part.text, rest, answer.question)
            needed.append(whole and (alone or not without))
    if not borne_out:
        return None
    recall = sum(borne_out) / len(borne_out)
    return recall, sum(needed) / len(needed) if needed else 0.0


def _bears_out(said: str, passages: Sequence[Passage], question: str) -> bool:
    if not passages:
        return False
    text = "\n".join(passage.text for passage in passages)
    return ground(said, Passage("", 0, len(text), text), question=question).is_support
