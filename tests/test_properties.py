"""What a file says of itself is believed only where a person can have said it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from askdocs.readers.properties import Properties, dated, trusted

JUNK_TITLES = (
    "Microsoft Word - Document1",
    "untitled",
    "Document2",
    "Präsentation1",
    "PowerPoint Presentation",
    "Sheet1",
    "report_final.docx",
    "---",
    "",
)
TITLES = (
    "The flood of 2024",
    "Document retention policy",
    "Test results",
    "Slide rules",
    "1984 revisited",
)


@pytest.mark.parametrize("title", JUNK_TITLES)
def test_titles_of_programs(title: str) -> None:
    """A title that a program made up is none."""
    assert trusted(title, "").title == ""


@pytest.mark.parametrize("title", TITLES)
def test_titles_of_people(title: str) -> None:
    """A title that only begins like one of a program's is kept."""
    assert trusted(title, "").title == title


@pytest.mark.parametrize(
    "author", ["python-docx", "openpyxl", "Microsoft Office User", "admin", "User1", "?"]
)
def test_authors_that_are_none(author: str) -> None:
    """A program or an account is no author."""
    assert trusted("", author).author == ""


def test_the_first_possible_date() -> None:
    """Dates before 1970, of templates and in the future are passed over."""
    future = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    dates = (
        "1601-01-01T00:00:00Z",
        "2013-12-23T23:15:00Z",
        future,
        "2024-02-30",
        "2024-02-29T08:00",
    )
    assert trusted("", "A. Li", *dates) == Properties("", "A. Li", "2024-02-29")
    assert trusted("", "", "nonsense", "").date is None


def test_the_text_dates_itself() -> None:
    """The date in the text's head comes before that of the properties."""
    properties = Properties(date="2024-02-29")
    assert dated("Report\n\n9 March 2021", properties) == "2021-03-09"
    assert dated("Report", properties) == "2024-02-29"
