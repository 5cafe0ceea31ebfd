"""Summaries: what asks for one, of what, and that they are the documents' own sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from askdocs import Answer, Assistant, Index
from askdocs.answering.summary import central
from askdocs.answering.summary_request import Request, file_named, named_share, requested
from askdocs.answering.summary_sentences import Sentences, is_sentence
from askdocs.types import Citation, Filter, Passage
from fakes import FakeEmbedder


@pytest.fixture(scope="module")
def assistant(sample_index: Path) -> Assistant:
    return Assistant(Index.open(sample_index, exact=True))


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("Summarise the report on garlic.", "the report on garlic"),
        ("Can you summarize the tram fares for me, please?", "the tram fares"),
        ("give me an overview of tram-fares.md", "tram-fares.md"),
        ("tl;dr of the handbook", "the handbook"),
        ("TLDR: staff handbook", "staff handbook"),
        ("What are the main points of the council minutes?", "the council minutes"),
        ("key findings of the study", "the study"),
        ("What is the study of the lamps about?", "the study of the lamps"),
        ("What does the handbook cover?", "the handbook"),
        ("What's in museum-visitor-guide.md?", "museum-visitor-guide.md"),
        ("A short summary of the bird report in three sentences", "the bird report"),
        ("Based on the 2021 report, summarise the risks.", "the risks the 2021 report"),
    ],
)
def test_a_summary_is_asked_for_of_something(question: str, about: str) -> None:
    """However it is put, the words that name the thing remain."""
    request = requested(question)
    assert request is not None
    assert (request.about, request.of_folder) == (about, False)


@pytest.mark.parametrize(
    "question",
    [
        "What is this about?",
        "what are these documents about?",
        "Summarise",
        "Summarize all the documents, please.",
        "Give me an overview.",
        "What documents do you have?",
        "What topics are covered?",
        "tl;dr",
        "What's in this folder?",
    ],
)
def test_an_overview_is_asked_for_of_everything(question: str) -> None:
    """Where nothing is named the whole folder is meant."""
    assert requested(question) == Request()


@pytest.mark.parametrize(
    "question",
    [
        "What is the summary judgment in the case?",
        "What does the report say about melatonin?",
        "What is the dispute about?",
        "What about the ferry?",
        "What is an abstract class?",
        "What is the point of the study?",
        "Who wrote the summary?",
        "How many pages has the report?",
        "What topic do private bills typically have?",
        "What is the main finding of the study?",
        "What does it cover?",
        "",
    ],
)
def test_other_questions_ask_for_no_summary(question: str) -> None:
    """Words such as "summary" or "about" alone make no request."""
    assert requested(question, ["Who pays for the insurance?"]) is None


def test_it_is_the_document_that_was_spoken_of() -> None:
    """After an answer "it" is what the answer cites, and "the other" goes on with summaries."""
    told = Answer("Who won?", "Ann [1]", citations=(Citation(1, "race.md", 0, 3, "Ann"),))
    assert requested("What is it about?", [told]) == Request(document="race.md")
    assert requested("Summarise that report.", [told]) == Request(document="race.md")
    assert requested("Summarise the handbook.", [told]) == Request("the handbook", subject=True)
    assert requested("And what about the tram fares?", [told]) is None
    follows = requested("And what about the tram fares?", ["Summarise the handbook."])
    assert follows == Request("the tram fares", subject=True)


def test_a_document_is_known_by_its_name() -> None:
    """The path, the file's name or the words of the title; words such as "report" count less."""
    identifiers = ["a/plan.md", "b/plan.md", "notes.txt"]
    assert file_named("the file b/plan.md please", identifiers) == "b/plan.md"
    assert file_named("NOTES.TXT", identifiers) == "notes.txt"
    assert file_named("my notes", identifiers) == ""
    assert named_share("the report on garlic", "growing-garlic.txt") > 0.6
    assert named_share("the report on garlic", "bird-report.txt") < 0.4


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("Summarise the leaflet on garlic.", "growing-garlic.txt"),
        ("give me an overview of tram-fares.md", "tram-fares.md"),
        ("tl;dr of the handbook", "staff-handbook-leave-expenses.md"),
        ("main points of the council minutes", "council-minutes-march.txt"),
        ("What is the study about?", "evening-light-study.md"),
        ("Sum up the bird report, please.", "sorrel-bird-report.txt"),
        ("Summarise the life of Ottilie Brandreth", "ottilie-brandreth.md"),
        ("What does the article in the Courier say?", "courier-ferry-sinking.txt"),
    ],
)
def test_a_summary_is_of_the_document_that_was_named(
    assistant: Assistant, question: str, document: str
) -> None:
    """Three to six of its sentences, word for word and in its order."""
    answer = assistant.ask(question)
    text = assistant.index.document(document).text
    assert {citation.document for citation in answer.citations} == {document}
    assert 3 <= len(answer.citations) <= 6
    assert [c.start for c in answer.citations] == sorted(c.start for c in answer.citations)
    assert all(text[c.start : c.end] == c.quote for c in answer.citations)
    assert answer.markers == tuple(c.number for c in answer.citations)
    assert answer.hits
    assert 0 < answer.support <= 1


def test_an_overview_has_a_sentence_of_each_of_several_documents(assistant: Assistant) -> None:
    """A folder is shown by a sentence each of documents that differ."""
    answer = assistant.ask("What are these documents about?")
    documents = [citation.document for citation in answer.citations]
    assert len(set(documents)) == len(documents) == 6
    assert answer.text.startswith("There are 12 documents.")
    # Three of the twelve tell of the sinking; one of them is enough.
    assert sum("ferry" in document for document in documents) == 1


def test_a_summary_keeps_to_the_documents_that_are_asked(assistant: Assistant) -> None:
    """A filter holds for an overview and for a document that is named."""
    within = Filter(types=("txt",))
    overview = assistant.ask("What are these documents about?", within=within)
    assert {c.document.rpartition(".")[2] for c in overview.citations} == {"txt"}
    named = assistant.ask("Give me a summary of the handbook.", within=within)
    assert "staff-handbook-leave-expenses.md" not in {c.document for c in named.citations}


def test_what_no_document_speaks_of_is_not_summed_up(assistant: Assistant) -> None:
    """A summary of something else is refused like any other question."""
    assert assistant.ask("Summarise the theory of relativity.").refused


def test_a_figure_that_is_taken_back_is_not_a_main_point(assistant: Assistant) -> None:
    """What the next sentence withdraws is left out."""
    answer = assistant.ask("Summarise the bird report.")
    assert "1,240" not in answer.text


@pytest.mark.parametrize("count", [1, 2, 3])
def test_those_are_chosen_that_stand_for_the_most(count: int) -> None:
    """One of a crowd comes first, then those that it does not stand for."""
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 0, 1, 1, 2]]
    assert [int(np.argmax(vectors[n])) for n in central(vectors, count)] == [0, 1, 2][:count]


def test_a_sentence_that_says_the_same_again_is_left_for_another() -> None:
    """The second best of two alike gives way to one that differs."""
    text = "Cats sleep a lot in the day. Cats sleep a lot in the day! Dogs run in the park."
    spans = ((0, 28), (29, 57), (58, 79))
    vectors = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    sentences = Sentences(
        (Passage("a", 0, 79, text, sentences=spans),), ((0, 0), (0, 1), (0, 2)), vectors
    )
    assert sentences.choose(np.array([3.0, 2.9, 1.0], np.float32), 2) == [0, 2]


@pytest.mark.parametrize(
    ("text", "proper"),
    [
        ("The ferry sank in the sound last night.", True),
        ("Seven people died, and not nine.", True),
        ("Opening hours", False),
        ("Present: Ann Achterberg, Bo Bostock, Cy Cray, Di Dhillon.", False),
        ("a day instead of the usual five, and foot passengers only.", False),
        ("| Single ticket for ninety minutes | two pounds ten |", False),
        ("Did the ferry sink in the sound last night?", False),
    ],
    ids=["sentence", "short", "heading", "names", "fragment", "row", "question"],
)
def test_only_whole_sentences_sum_up(text: str, *, proper: bool) -> None:
    """Headings, lists of names, rows of tables and cut off lines are no sentences."""
    passage = Passage("a", 0, len(text), text, sentences=((0, len(text)),))
    assert is_sentence(passage, 0) is proper


def test_a_folder_of_odd_documents_is_summed_up_or_not_at_all(tmp_path: Path) -> None:
    """Documents without a sentence break nothing."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "empty.txt").write_text("")
    (folder / "list.txt").write_text("one\ntwo\nthree\n")
    with Index.build(folder, tmp_path / "index", embedder=FakeEmbedder()) as index:
        assistant = Assistant(index)
        for question in ("What is this about?", "Summarise list.txt", "Summarise empty.txt"):
            assert assistant.ask(question).text
    (folder / "story.txt").write_text("The old ferry sank in the sound. Seven of the crew died.")
    with Index.build(folder, tmp_path / "index", embedder=FakeEmbedder()) as index:
        assert Assistant(index).ask("What is this about?").citations
