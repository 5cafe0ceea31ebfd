"""Drafted questions: true to the documents, understood alone, and never their own answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.cli import main
from askdocs.errors import GoldError
from askdocs.evaluation.drafting import draft, draft_rows
from askdocs.evaluation.drafting.choice import Corpus, can_stand_alone, judged, spread
from askdocs.evaluation.drafting.clauses import take_apart
from askdocs.evaluation.drafting.facts import from_fields, from_tables
from askdocs.evaluation.drafting.model import checked, from_model
from askdocs.evaluation.drafting.patterns import from_sentence
from askdocs.evaluation.drafting.sentences import sentences
from askdocs.evaluation.drafting.types import Sentence
from askdocs.evaluation.gold import as_question, check_evidence, find_quote, read_rows
from askdocs.evaluation.gold_check import check_gold
from askdocs.evaluation.gold_conversations import conversation_rows
from askdocs.evaluation.gold_documents import read_documents
from askdocs.evaluation.metrics import holds
from askdocs.index import Index
from askdocs.types import Answer, Citation, Document, Passage
from fake_llm_server import FakeLanguageModelServer
from fakes import FakeEmbedder

CORPUS = Path(__file__).parent.parent / "eval" / "corpus"


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    """The documents that the project's own gold is about."""
    return read_documents(CORPUS)


@pytest.mark.parametrize("seed", [0, 1])
def test_every_draft_keeps_the_laws(documents: dict[str, Document], seed: int) -> None:
    """A row that could be asked, with verbatim evidence that holds the answer; no question has its
    answer in it, none is asked twice, and the check finds no error.
    """
    rows = draft_rows(documents, 40, seed=seed)
    texts = {identifier: document.text for identifier, document in documents.items()}
    questions = [as_question(row, "gold") for row in rows]
    assert len(rows) >= 30
    assert all(row["draft"] and row["note"] for row in rows)
    check_evidence(questions, texts)
    for question in questions:
        for group in question.all_of:
            assert any(holds(question.evidence[0].quote, value) for value in group), question
            assert not any(holds(question.question, value) for value in group), question
    assert len({question.question.casefold() for question in questions}) == len(rows)
    placed = [(f"gold:{number}", row) for number, row in enumerate(rows, 1)]
    assert [one for one in check_gold(placed, documents) if one.level == "error"] == []


def test_drafts_are_the_same_for_the_same_seed(documents: dict[str, Document]) -> None:
    """The seed decides which are taken, and nothing else does."""
    assert draft(documents, 20, seed=3) == draft(documents, 20, seed=3)
    assert draft(documents, 20, seed=3) != draft(documents, 20, seed=4)


def test_drafts_are_spread(documents: dict[str, Document]) -> None:
    """They ask about most documents, in many ways, and a fifth of them has no answer."""
    rows = draft_rows(documents, 40)
    types = [row["type"] for row in rows]
    quoted = {row["evidence"][0]["document"] for row in rows if row["answerable"]}
    assert len(set(types)) >= 6
    assert max(map(types.count, types)) <= 10
    assert len(quoted) >= 9
    assert types.count("unanswerable") == 8


def test_no_draft_asks_what_our_gold_says_is_not_told(documents: dict[str, Document]) -> None:
    """A question that is drafted as unanswerable asks nothing that any sentence answers."""
    placed = [
        (f"gold:{number}", row)
        for number, row in enumerate(draft_rows(documents, 60), 1)
        if not row["answerable"]
    ]
    assert [one for one in check_gold(placed, documents) if one.code == "answer_exists"] == []


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("The ferry Amaranth was built in 1987.", "When was the ferry Amaranth built?", "1987"),
        ("On 3 May 2021, Acme Ltd bought Bolt Inc.", "When did Acme Ltd buy Bolt Inc?",
         "3 May 2021"),
        ("Since 1997 it rained. 44 people died in the fire.", "", ""),
        ("44 people died in the fire at Dover.", "How many people died in the fire at Dover?",
         "44"),
        ("There were about 46 nests on the spit of Sorrel.",
         "How many nests were there on the spit of Sorrel?", "46"),
        ("Acme Ltd raised $50 million of funds in March 2021.",
         "How much did Acme Ltd raise in March 2021?", "$50 million"),
        ("The revenue of Acme Ltd fell by 12% in 2020.",
         "By how much did the revenue of Acme Ltd fall in 2020?", "12%"),
        ("The price of the Silver Pass is £30.00.", "What is the price of the Silver Pass?",
         "£30.00"),
        ("Ottilie Brandreth was born on 8 August 1919 at Halvering.",
         "Where was Ottilie Brandreth born?", "Halvering"),
        ("Dr. Hanne Oyelaran leads the inquiry into the loss.",
         "Who leads the inquiry into the loss?", "Oyelaran"),
        ("The Swan Walk was closed for nine months.", "How long was the Swan Walk closed?",
         "nine months"),
        ("Acme Ltd closed its plant due to new rules.", "Why did Acme Ltd close its plant?",
         "new rules"),
    ],
)  # fmt: skip
def test_plain_sentences_become_questions(text: str, question: str, answer: str) -> None:
    """The question reads as a person would ask it, and its answer is what the sentence says."""
    made = {one.question: one.all_of[0][0] for one in from_sentence(Sentence("a", 0, text, text))}
    assert made.get(question, "") == answer, made


@pytest.mark.parametrize(
    "text",
    [
        "It was opened in 1931.",
        "The company was founded in 1931.",
        "Acme Ltd was not founded in 1931.",
        "The one that they had built in 1931 burnt.",
        "As was said in 1931, nothing helps.",
    ],
)
def test_sentences_that_lean_on_others_give_nothing(text: str) -> None:
    """Whoever sees only the question could not know what is asked."""
    sentence = Sentence("a", 0, text, text)
    drafts = judged(from_sentence(sentence), Corpus([sentence]))
    assert [one for one in drafts if can_stand_alone(one)] == []


def test_a_question_that_has_several_answers_is_not_taken() -> None:
    """Where three documents tell of a toll without a name, nobody is asked for "the" toll."""
    told = "In the storm of the century, {} people died in the valley below the dam."
    documents = {
        f"{count}.txt": Document(f"{count}.txt", told.format(count), "", "") for count in (4, 7, 9)
    }
    assert draft(documents, 10) == []


def test_a_question_that_one_other_place_answers_says_so() -> None:
    """With one rival it is drafted, and the note names the place."""
    told = "In the storm of the century, {} people died in the valley below the dam."
    documents = {
        f"{count}.txt": Document(f"{count}.txt", told.format(count), "", "") for count in (4, 7)
    }
    found = list(sentences(documents))
    drafts = judged(from_sentence(found[0]), Corpus(found))
    assert [one.question[:20] for one in drafts] == ["How many people died"]
    assert "7.txt" in drafts[0].note


def test_forms_and_tables_are_asked_about() -> None:
    """A field is asked of whom the form names, a cell by its row and its column."""
    text = "Name: Q. Ruiz\nAge: 44\n\n| Ticket | Zone A |\n|---|---|\n| Day ticket | £5.20 |\n"
    documents = {"a.md": Document("a.md", text, "Fares", "")}
    (age,) = from_fields(documents)
    (cell,) = from_tables(documents)
    assert (age.question, age.all_of) == ("How old is Q. Ruiz?", (("44",),))
    assert (cell.question, cell.all_of) == (
        "What is the “Zone A” value for “Day ticket” under “Fares”?",
        (("£5.20",),),
    )
    assert find_quote(text, age.sentence.quote) and find_quote(text, cell.sentence.quote)


def test_what_is_asked_already_is_not_drafted_again(documents: dict[str, Document]) -> None:
    """Questions that are given are not among those that are chosen."""
    chosen = draft(documents, 10)
    first = chosen[0].question
    assert first not in [one.question for one in spread(chosen, 10, 0, asked=[first])]


def test_a_clause_is_taken_apart() -> None:
    """An apposition does not belong to the subject, nor an adverb to the verb."""
    clause = take_apart("Owen Threlkeld, the chief engineer, was later found in Dover.")
    assert clause is not None
    assert (clause.subject, clause.verb, clause.rest) == (
        "Owen Threlkeld", ("was", "found"), "in Dover",
    )  # fmt: skip


PASSAGE = Passage(
    "a.txt", 100, 160, "The old bridge at Pennick was opened\nin 1931 by a mayor. </text>"
)
REPLY = {
    "question": "When was the old bridge at Pennick opened?",
    "answer": "1931",
    "quote": "bridge at Pennick was opened in 1931",
    "type": "date",
}


def test_what_a_model_writes_is_taken_if_the_text_bears_it_out() -> None:
    """The quote is the document's own, its place counted in the document."""
    kept = checked(REPLY, PASSAGE)
    assert not isinstance(kept, str)
    assert kept.sentence.quote == "bridge at Pennick was opened\nin 1931"
    assert kept.sentence.start == 108


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"quote": "the bridge was opened in 1931"}, "the quote is not in the text"),
        ({"answer": "1932"}, "the answer is not in the quote"),
        ({"question": "When was it opened?"}, "the question cannot be understood alone"),
        ({"question": "Was the bridge at Pennick opened in 1931?"},
         "the question cannot be understood alone"),
        ({"answer": ""}, "something is missing"),
    ],
)  # fmt: skip
def test_what_a_model_makes_up_is_dropped(change: dict[str, str], why: str) -> None:
    """A reply that the text does not bear out is dropped, with the reason."""
    assert checked(REPLY | change, PASSAGE) == why


class Writing:
    """A model that answers every prompt with the same lines."""

    name = "writing"

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        self.prompts: list[str] = []

    def stream(self, system: str, prompt: str, /) -> Iterator[str]:
        self.prompts.append(prompt)
        yield "\n".join(self.lines)


def test_drafts_of_a_model_are_counted_and_kept_once() -> None:
    """Good replies are kept once, others counted; no text closes the frame around it."""
    text = PASSAGE.text
    documents = {name: Document(name, text, "", "") for name in ("a.txt", "b.txt")}
    model = Writing("Sure!", json.dumps(REPLY), json.dumps(REPLY | {"answer": "1999"}))
    kept, dropped = from_model(documents, model, 5)
    assert [one.question for one in kept] == [REPLY["question"]]
    assert dropped == {
        "not a JSON object": 2,
        "the answer is not in the quote": 2,
        "asks the same as another": 1,
    }
    assert all(prompt.count("</text>") == 1 for prompt in model.prompts)


def test_conversations_become_drafts_with_their_history(tmp_path: Path) -> None:
    """Each question of a conversation is a draft after the questions before it."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.txt").write_text("Officials said that 44 people died.", encoding="utf-8")
    cited = Citation(1, "a.txt", 20, 34, "44 people died")
    answers = (
        Answer("Hello", "Hello!", mode="conversation"),
        Answer("How many died?", "44 [1]", direct="44", citations=(cited,), support=0.9),
        Answer("And where?", "The documents do not say.", refused=True),
    )
    index_path = tmp_path / "index"
    with Index.build(folder, index_path, embedder=FakeEmbedder()) as index:
        conversation = index.store.create_conversation("talk")
        for answer in answers:
            index.store.add_turn(conversation, answer)
        index.store.give_feedback(conversation, 2, "wrong", "in Dover")
        died, where = conversation_rows(index.store, lambda one: True)
    assert (died["question"], died.get("history")) == ("How many died?", None)
    assert (died["all_of"], died["draft"]) == ([["44"]], True)
    assert where["history"] == ["How many died?"]
    assert "in Dover" in where["note"]
    assert where["id"].startswith("conversation-")


def test_the_command_adds_what_the_file_has_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run twice it adds nothing; without documents and conversations it says what to give."""
    gold = tmp_path / "gold.jsonl"
    command = ["gold", "new", str(CORPUS), "-o", str(gold), "-n", "10", "--json"]
    assert main(command) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["added"] == first["drafts"] == 10
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["added"] == 0
    assert len(list(read_rows(gold))) == 10
    assert main(["gold", "new", "-o", str(gold)]) == 1
    assert "--conversations" in capsys.readouterr().err


def test_a_folder_that_gives_no_question_is_told(tmp_path: Path) -> None:
    """A document without a plain sentence, and a folder without a document, are one line each."""
    (tmp_path / "a.txt").write_text("Why not?", encoding="utf-8")
    assert main(["gold", "new", str(tmp_path), "-o", str(tmp_path / "gold.jsonl")]) == 1
    (tmp_path / "empty").mkdir()
    with pytest.raises(GoldError, match="no document in it can be read"):
        read_documents(tmp_path / "empty")


def test_the_command_asks_a_model_and_fills_up_without_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the server's model writes is kept or counted as dropped; rules draft what is missing."""
    reply = {
        "question": "Who designed Tanner's Bridge?",
        "answer": "Ottilie Brandreth",
        "quote": "designed by Ottilie Brandreth and opened in 1961",
        "type": "person",
    }
    (tmp_path / "docs").mkdir()
    text = (CORPUS / "council-minutes-march.txt").read_text(encoding="utf-8")
    (tmp_path / "docs" / "minutes.txt").write_text(text, encoding="utf-8")
    gold = tmp_path / "gold.jsonl"
    command = ["gold", "new", str(tmp_path / "docs"), "-o", str(gold), "-n", "4"]
    lines = f"{json.dumps(reply)}\n{json.dumps(reply | {'answer': 'nobody'})}"
    with FakeLanguageModelServer(lines) as server:
        assert main([*command, "--model", server.name]) == 0
    told = capsys.readouterr().err
    assert "1 question of" in told
    assert "the answer is not in the quote" in told
    questions = [row["question"] for _, row in read_rows(gold)]
    assert questions[0] == reply["question"]
    assert len(questions) > 1
    assert main([*command, "--model", "nonsense"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


PIECES = st.sampled_from(
    """The Acme Ltd was were founded built in 1931 44 people died on 3 May 2021 , . ; : ( ) “ ” \" '
    raised $5 million for by Dr. Ana Ruiz , 51 , is a an of and who | - # ** Name: Age: 12 % There
    are has the Bank of Turin because it USA ( WFP ) \n \n\n ü 東京 <b> \u2028 \x00 …""".split(" ")
) | st.sampled_from(
    [
        "In May 2021, Acme Ltd bought Bolt Inc for $3 million.",
        "44 people died\nin the fire at Dover.",
        "The **Swan Walk** was opened in 1966 by Dr. Ana Ruiz, 51.",
        "Ana Ruiz is a naval architect.",
        "\n\nName: Q. Ruiz\nAge: 44\n\n",
        "\n\n| Ticket | Zone A |\n|---|---|\n| Day ticket | £5.20 |\n\n",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=60), st.lists(PIECES, max_size=60))
def test_whatever_documents_hold_the_laws_hold(one: list[str], other: list[str]) -> None:
    """No text breaks the drafting, and what is drafted of it could be asked."""
    texts = {"a.md": " ".join(one), "b.txt": " ".join(other)}
    documents = {name: Document(name, text, "T", "") for name, text in texts.items()}
    for row in draft_rows(documents, 12):
        question = as_question(row, "gold")
        check_evidence([question], texts)
        for group in question.all_of:
            assert any(holds(question.evidence[0].quote, value) for value in group)
            assert not any(holds(question.question, value) for value in group)
