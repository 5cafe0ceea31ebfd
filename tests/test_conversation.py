"""A conversation: courtesies are returned, corrections and follow-ups are understood."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from askdocs import Answer, Assistant, Index
from askdocs.answering.conversation import MODE, meant, not_yet_said, reply, without_courtesies
from askdocs.types import Citation, Hit, Passage


@pytest.fixture(scope="module")
def assistant(sample_index: Path) -> Assistant:
    return Assistant(Index.open(sample_index, exact=True))


@pytest.mark.parametrize(
    ("message", "begins"),
    [
        ("Hi", "Hello!"),
        ("hey there 😀", "Hello!"),
        ("Good morning, how are you?", "I am well"),
        ("Thanks a lot!!", "You are welcome"),
        ("That is fine.Thanks!", "You are welcome"),
        ("ok", "All right"),
        ("I see. Very interesting.", "All right"),
        ("That’s all for now. Goodbye!", "Goodbye"),
        ("Who are you?", "I am askdocs"),
        ("Are you a robot?", "I am askdocs"),
        ("What can you do?", "Ask me anything"),
        ("hi, can you please help me?", "Ask me anything"),
        ("You're stupid", "I am sorry"),
        ("That's not what I asked!", "I am sorry"),
    ],
)
def test_small_talk_is_returned(message: str, begins: str) -> None:
    """What is no question gets a short answer that cites nothing and refuses nothing."""
    said = reply(message)
    assert said is not None
    assert said.text.startswith(begins)
    assert (said.refused, said.citations, said.mode, said.question) == (False, (), MODE, message)
    assert Answer.from_dict(said.to_dict()) == said


@pytest.mark.parametrize(
    "question",
    [
        "What is the hello protocol?",
        "Hello, how many were detained?",
        "Great Depression",
        "Thank you for smoking",
        "Who is this?",
        "Can you help me with my expenses?",
        "What do you know about garlic?",
        "How do I get help?",
        "Why?",
        "Really?",
        "and",
        "No, I meant the ferry.",
        "Are you sure?",
        "Do you have any name?",
        "What are tides?",
        "ok " * 20 + "go",
        "?",
        "",
    ],
)
def test_a_question_is_no_small_talk(question: str) -> None:
    """A question that has a courtesy in it, or only looks like one, is asked."""
    assert reply(question) is None


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("Hello, how many were detained?", "how many were detained?"),
        ("Thanks, and who led it?", "and who led it?"),
        ("hi what about the ferry", "what about the ferry"),
        ("Good day. I have a question: when is it open? Thank you!", "when is it open?"),
        ("I'd like to know when it sank, please.", "when it sank"),
        ("Could you tell me who led it?", "who led it?"),
        ("What is the hello protocol?", "What is the hello protocol?"),
        ("Hello Dolly was written by whom?", "Hello Dolly was written by whom?"),
        ("Was it in May, June or July?", "Was it in May, June or July?"),
        ("So, better make a trust?", "So, better make a trust?"),
    ],
)
def test_the_question_remains_of_what_is_said_around_it(question: str, rest: str) -> None:
    """Greetings, thanks and polite frames are taken away, and nothing else."""
    assert without_courtesies(question) == rest


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("no, I meant the ferry", "What about the ferry?"),
        ("I mean in 2019.", "What about in 2019?"),
        ("Not the tram, the ferry!", "What about the ferry?"),
        ("oops, correction to Tanner's Bridge", "What about Tanner's Bridge?"),
        ("and Oslo?", "What about Oslo?"),
        ("and the other one?", "What about the other one?"),
        ("No, when was it built?", "when was it built?"),
        ("And how many died?", "And how many died?"),
        ("Why?", "Why?"),
        ("How so?", "Why?"),
        ("Are you sure about that?", "When did the tram line open?"),
        ("Who said so?", "When did the tram line open?"),
        ("Tell me more, please.", "Tell me more about tram line open"),
        ("so?", "so?"),
    ],
)
def test_what_is_short_is_understood_by_what_was_asked(question: str, understood: str) -> None:
    """A correction, a rest of a question or a doubt becomes a question with a subject."""
    history = ["When did the tram line open?", "Really?", "Thank you!"]
    assert meant(question, history) == (
        understood,
        () if understood == history[0] else tuple(history[:1]),
    )


@pytest.mark.parametrize("question", ["no, I meant the ferry", "and Oslo?", "Are you sure?"])
def test_without_a_history_nothing_is_added(question: str) -> None:
    """What has nothing to lean on stays as it was typed."""
    assert meant(question, []) == (question, ())


def test_what_was_shown_is_not_shown_again_when_more_is_asked_for() -> None:
    """To ask what else there is leaves out the sentences that were quoted; nothing else does."""
    passage = Passage("a.txt", 0, 16, "Cats ran. I sat.", sentences=((0, 9), (10, 16)))
    hit = Hit(passage, 1.0, similarities=(0.9, 0.1))
    told = Answer(
        "Who ran?", "> Cats ran. [1]", citations=(Citation(1, "a.txt", 0, 9, "Cats ran."),)
    )
    (left,) = not_yet_said("What else?", [hit], [told])
    assert (left.passage.sentences, left.similarities) == (((10, 16),), (0.1,))
    assert not_yet_said("Why?", [hit], [told]) == [hit]


def test_small_talk_is_answered_without_a_search(assistant: Assistant) -> None:
    """A greeting is returned at once, whatever was said before."""
    said = assistant.ask("Thank you!", history=["How many died?"])
    assert (said.mode, said.hits, said.query) == (MODE, (), "")
    assert [piece.text for piece in assistant.stream("Thank you!")] == [said.text]


def test_a_greeting_in_front_of_a_question_changes_nothing_but_the_question(
    assistant: Assistant,
) -> None:
    """The answer is that of the question alone; shown is what was typed."""
    plain = assistant.ask("How many passengers did the ferry have on board?")
    greeted = assistant.ask("Hello! How many passengers did the ferry have on board?")
    assert greeted.question.startswith("Hello!")
    assert (greeted.text, greeted.citations) == (plain.text, plain.citations)


@dataclass(frozen=True)
class Turn:
    """A question, the words with which a document answers it, and what is asked next."""

    question: str
    document: str
    quote: str
    next: str
    answered_by: tuple[str, str]


FERRY, LEDGER = "courier-ferry-sinking.txt", "ledger-ferry-inquiry.md"
RADIO, COUNCIL = "radio-ferry-bulletin.txt", "council-minutes-march.txt"
GARLIC, MUSEUM = "growing-garlic.txt", "museum-visitor-guide.md"
BRANDRETH, BIRDS = "ottilie-brandreth.md", "sorrel-bird-report.txt"
STUDY, HANDBOOK = "evening-light-study.md", "staff-handbook-leave-expenses.md"
NOTES, TRAM = "tallybook-release-notes.md", "tram-fares.md"

TURNS = (
    Turn(
        "Who designed Tanner's Bridge?",
        COUNCIL,
        "(a) Tanner's Bridge, designed by Ottilie Brandreth and opened in 1961, is sound",
        "Where was she born?",
        (BRANDRETH, "was born on 8 August 1919 at Halvering"),
    ),
    Turn(
        "Who designed Tanner's Bridge?",
        COUNCIL,
        "(a) Tanner's Bridge, designed by Ottilie Brandreth and opened in 1961, is sound",
        "And when did she die?",
        (BRANDRETH, "She died of pneumonia"),
    ),
    Turn(
        "Who opened a fund for the bereaved?",
        FERRY,
        "A fund for the bereaved has been opened by the Mayor, Mrs. Delphine\nAchterberg.",
        "And how much is in it now?",
        (LEDGER, "has passed £212,000"),
    ),
    Turn(
        "Which ship went down in Sorrel Sound?",
        FERRY,
        "Nine people died when the passenger ferry Lady Amaranth went down in",
        "When was that?",
        (FERRY, "late on Thursday evening"),
    ),
    Turn(
        "Who is heard as the first of the rescuers?",
        RADIO,
        "That’s Tam Odger, Kit, skipper of the trawler Good Measure.",
        "What else did he see?",
        (RADIO, "He says he saw a red flare"),
    ),
    Turn(
        "Where is the whaleboat shown?",
        MUSEUM,
        "**The whaleboat *Constance*.** Built in 1843 and rowed",
        "What does it cost to get in there?",
        (MUSEUM, "| Adult | £9.50 | £28 |"),
    ),
    Turn(
        "Which museum has the drawings of the engineer?",
        MUSEUM,
        "118 drawings by the engineer Ottilie Brandreth, her gift to the town.",
        "Which textbook did she write?",
        (BRANDRETH, "*Loads and How to Carry Them* (1976)"),
    ),
    Turn(
        "Who leads the inquiry?",
        LEDGER,
        "led by Dr. Hanne Oyelaran, a naval architect",
        "What did she say about sandbanks?",
        (LEDGER, "I have heard about sandbanks"),
    ),
    Turn(
        "What will the ship be raised with?",
        LEDGER,
        "A salvage barge, the *Hercules IV*, is expected from Ostermünde",
        "How long will that take?",
        (LEDGER, "the lifting will take approx. 12 days"),
    ),
    Turn(
        "Who was the last to leave the ship?",
        RADIO,
        "Lionel Adair, who is fifty-eight and has been with the company",
        "no, I meant the chief engineer",
        (FERRY, "Owen Threlkeld, 51"),
    ),
    Turn(
        "How old is the captain of the Lady Amaranth?",
        RADIO,
        "Lionel Adair, who is fifty-eight and has been with the company",
        "And when will he be heard?",
        (LEDGER, "Captain Adair is to be heard on Thursday"),
    ),
    Turn(
        "When was the Lady Amaranth built?",
        FERRY,
        "Lady Amaranth was built in 1987 and was licensed for 120 passengers.",
        "and her sister?",
        (FERRY, "launched in 1991"),
    ),
    Turn(
        "How many puffin burrows are there on Little Sorrel?",
        BIRDS,
        "860 burrows proved to be in use.",
        "and on Great Sorrel?",
        (BIRDS, "On Great Sorrel, which has rats, there was none."),
    ),
    Turn(
        "Who counted the storm petrels?",
        BIRDS,
        "Dr. Ines Valcourt of the university at Varga, who stayed with us for ten days in July",
        "How many did she ring?",
        (BIRDS, "She ringed 212 birds."),
    ),
    Turn(
        "Are there rats on the islands?",
        BIRDS,
        "In April we found droppings near the pier.",
        "How did they get there?",
        (BIRDS, "Some think that they swam"),
    ),
    Turn(
        "What did the poison cost?",
        BIRDS,
        "Poison was laid in the winter of 2021, at a cost of £61,000",
        "where was that?",
        (BIRDS, "These are the great question on the bigger of the two islands."),
    ),
    Turn(
        "When should garlic be planted?",
        GARLIC,
        "The time for it is from mid-October to the end of November.",
        "and how deep?",
        (GARLIC, "15 cm apart and 5 cm deep"),
    ),
    Turn(
        "What is a scape?",
        GARLIC,
        "Hardneck garlic sends up a stiff flower stalk (the scape)",
        "What should I do with it?",
        (GARLIC, "cut them off, since otherwise the bulb stays small"),
    ),
    Turn(
        "Which sort should beginners take?",
        GARLIC,
        "Beginners should take softneck.",
        "why?",
        (GARLIC, "will keep till the following May"),
    ),
    Turn(
        "By how much did warm lamps shorten the time to fall asleep?",
        STUDY,
        "fell asleep sooner, by about 11 minutes on average.",
        "and the glasses?",
        (STUDY, "Blue-blocking glasses, worn in the same hours, had a smaller effect"),
    ),
    Turn(
        "Who paid for the study of the lamps?",
        STUDY,
        "The work was paid for by the Varga Public Health Fund (grant of 84,000 euros).",
        "And who gave the lamps?",
        (STUDY, "The lamps were donated by their maker, Solveig Lighting"),
    ),
    Turn(
        "How many days of leave does one have a year?",
        HANDBOOK,
        "Everyone who works full time has 26 days of paid leave a year",
        "And after ten years?",
        (HANDBOOK, "and after ten years 30"),
    ),
    Turn(
        "How many days of leave does one have a year?",
        HANDBOOK,
        "Everyone who works full time has 26 days of paid leave a year",
        "I mean during probation",
        (HANDBOOK, "you may take no more than five days"),
    ),
    Turn(
        "What is the limit for a hotel?",
        HANDBOOK,
        "| Hotel, per night | £115 (London: £160) |",
        "and meals?",
        (HANDBOOK, "| Meals while travelling, per day | £38 |"),
    ),
    Turn(
        "Where do I send the expense form?",
        HANDBOOK,
        "Send it to Priyanka Osei in Finance by the 20th.",
        "When do I get the money then?",
        (HANDBOOK, "It is then paid with that month's salary."),
    ),
    Turn(
        "What is new in Tallybook 4.2.0?",
        NOTES,
        "New: recurring entries.",
        "and before that?",
        (NOTES, "## 4.1.3 (3 May 2024)"),
    ),
    Turn(
        "Who found the security hole in Tallybook?",
        NOTES,
        "Found by Annika Roos of the Tessel Group and reported to us on 18 April",
        "Which versions does it affect?",
        (NOTES, "All versions from 3.8 up are affected"),
    ),
    Turn(
        "What does a single ticket for zone A cost?",
        TRAM,
        "| Single, 90 minutes | £2.10 | £3.40 |",
        "What about dogs?",
        (TRAM, "A dog travels free if it fits on your lap"),
    ),
    Turn(
        "Where can I buy a tram ticket?",
        TRAM,
        "At machines (every stop; coins and cards), in the app, or in the shop at Exchange Square.",
        "When is it open?",
        (TRAM, "which is open Monday to Saturday from 8 to 6"),
    ),
    Turn(
        "Who got the contract for the bearings?",
        COUNCIL,
        "that the contract go to Halloran Civil Works, the cheaper of the two bidders",
        "are you sure?",
        (COUNCIL, "that the contract go to Halloran Civil Works"),
    ),
)


def history_of(assistant: Assistant, turn: Turn) -> list[Answer]:
    """The turn's first question with the answer that quotes the right words."""
    start = assistant.index.document(turn.document).text.index(turn.quote)
    citation = Citation(1, turn.document, start, start + len(turn.quote), turn.quote)
    return [Answer(turn.question, f"> {' '.join(turn.quote.split())} [1]", citations=(citation,))]


def place_of(assistant: Assistant, turn: Turn) -> int:
    """The rank of the passage that answers what is asked next; 9 if it is not found."""
    question, turns = meant(turn.next, history_of(assistant, turn))
    document, quote = turn.answered_by
    hits = assistant.index.retrieve(question, k=5, history=turns)
    found = [hit.passage.document == document and quote in hit.passage.text for hit in hits]
    return found.index(True) + 1 if True in found else 9


def test_what_is_asked_next_is_found(assistant: Assistant) -> None:
    """Of thirty follow-ups the passage that answers is nearly always among the first three."""
    places = {turn.next: place_of(assistant, turn) for turn in TURNS}
    assert len(TURNS) == 30
    assert sum(place == 1 for place in places.values()) >= 20, places
    assert sum(place <= 3 for place in places.values()) >= 27, places
