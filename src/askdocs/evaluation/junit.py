"""A result as JUnit XML, which build servers show question by question."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from askdocs.evaluation.result import Result
from askdocs.evaluation.row import Row

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(result: Result) -> str:
    """A test suite with a case for each question; what is not right, or not exact, has failed."""
    failed = [row for row in result.rows if row.failure]
    suite = ElementTree.Element(
        "testsuite",
        name=_clean(result.gold),
        tests=str(len(result.rows)),
        failures=str(len(failed)),
        errors="0",
        skipped="0",
        time=f"{sum(row.milliseconds for row in result.rows) / 1000:.3f}",
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, score in result.scores().items():
        ElementTree.SubElement(properties, "property", name=name, value=f"{score.value:.6f}")
    for row in result.rows:
        _add_case(suite, row, result)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(
        suite, encoding="unicode"
    )


def _add_case(suite: ElementTree.Element, row: Row, result: Result) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_clean(row.question.type or result.gold),
        name=_clean(f"{row.question.id}: {row.question.question}"),
        time=f"{row.milliseconds / 1000:.3f}",
    )
    if reason := row.failure:
        failure = ElementTree.SubElement(case, "failure", type=row.outcome, message=_clean(reason))
        failure.text = _clean(row.answer.text)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
