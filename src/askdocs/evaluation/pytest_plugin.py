"""A pytest plugin: `pytest --askdocs-gold FILE --askdocs-documents DIR` tests each gold question.

pytest loads it wherever askdocs is installed, so it imports nothing that is heavy before the first
question is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from askdocs.errors import AskdocsError

if TYPE_CHECKING:
    from askdocs.evaluation.asking import Asker
    from askdocs.evaluation.gold import GoldQuestion
    from askdocs.evaluation.row import Row

ASKERS: pytest.StashKey[dict[str, Asker]] = pytest.StashKey()
OPENED: pytest.StashKey[ExitStack] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of askdocs."""
    group = parser.getgroup("askdocs", "questions with known answers")
    group.addoption(
        "--askdocs-gold",
        action="append",
        default=[],
        metavar="FILE",
        help="make a test of each question in FILE; again: these too",
    )
    group.addoption("--askdocs-documents", metavar="DIR", help="the folder they are about")
    group.addoption(
        "--askdocs-index", metavar="DIR", help="index to use (default: a temporary one)"
    )


def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add the questions to what is tested."""
    for name in session.config.getoption("askdocs_gold"):
        gold = GoldFile.from_parent(session, path=Path(name).absolute())
        items.extend(gold.collect())


def pytest_configure(config: pytest.Config) -> None:
    """Have a place for what is opened, and a marker to choose the questions by."""
    config.addinivalue_line("markers", "askdocs_gold: a question of a gold file")
    config.stash[ASKERS], config.stash[OPENED] = {}, ExitStack()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close what was opened."""
    if OPENED in config.stash:
        config.stash[OPENED].close()


class GoldFile(pytest.File):
    """A gold file, of which each question is a test."""

    def collect(self) -> Iterator[GoldItem]:
        """The questions, in their order. A file that is none ends the session with a line."""
        from askdocs.evaluation.gold import read_gold

        documents = self.config.getoption("askdocs_documents")
        if not documents:
            raise pytest.UsageError("--askdocs-gold needs the folder: --askdocs-documents DIR")
        try:
            questions = read_gold(self.path)
        except AskdocsError as error:
            raise pytest.UsageError(str(error)) from error
        for question in questions:
            yield GoldItem.from_parent(self, name=question.id, question=question)

    def asker(self) -> Asker:
        """What asks the questions; opened with the first."""
        askers = self.config.stash[ASKERS]
        if str(self.path) not in askers:
            from askdocs.evaluation.asking import asking
            from askdocs.evaluation.gold import read_gold

            documents = Path(self.config.getoption("askdocs_documents"))
            index = self.config.getoption("askdocs_index")
            place = Path(index) if index else None
            opened = asking(read_gold(self.path), documents, index=place)
            askers[str(self.path)] = self.config.stash[OPENED].enter_context(opened)
        return askers[str(self.path)]


class GoldItem(pytest.Item):
    """One question: it passes if the answer is right and its citations are exact."""

    def __init__(self, *, question: GoldQuestion, **options: Any) -> None:
        super().__init__(**options)
        self.question = question
        self.add_marker("askdocs_gold")

    def runtest(self) -> None:
        """Ask it."""
        parent = self.parent
        assert isinstance(parent, GoldFile)
        row = parent.asker().ask(self.question)
        self.user_properties += list(row.scores.items())
        if row.failure:
            raise NotRight(row)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was asked, expected and said; an error of askdocs as its line."""
        if isinstance(excinfo.value, NotRight | AskdocsError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the question stands."""
        line = int(self.question.place.rpartition(":")[2]) - 1
        return self.path, line, f"{self.question.id}: {self.question.question}"


class NotRight(Exception):
    """The answer to a question is not right."""

    def __init__(self, row: Row) -> None:
        said = "\n".join(f"    {line}" for line in row.answer.text.splitlines())
        super().__init__(f"{row.question.question}\n  {row.failure}\n  said:\n{said}")
