"""The store: what is put in comes out, whole or not at all, and damage never goes unnoticed."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from askdocs.errors import (
    AskdocsError,
    ConversationNotFound,
    DocumentNotFound,
    IndexDamaged,
    IndexMismatch,
    IndexNotFound,
    IndexProblem,
)
from askdocs.language import search_copy
from askdocs.store import Store
from askdocs.store_rows import RowError, document_from, document_values, reuse_key
from askdocs.store_sqlite import SqliteStore
from askdocs.types import Anchor, Answer, Citation, Document, Embedded, Passage
from fakes import FakeEmbedder
from stores import EMBEDDER, META, Place, put
from stores import sentences_of as passages_of

VERSION_3 = Path(__file__).with_name("store_version_3.sql")
WORDS = "rain bridge river minister police protest figure number city winter".split()


def a_document(name: str, sentences: int = 4, seed: int = 0) -> Document:
    text = " ".join(
        f"{WORDS[(seed + i) % 10].title()} {WORDS[(seed * 3 + i * i) % 10]} {name} {i}."
        for i in range(sentences)
    )
    anchors = (Anchor(0, len(text), "heading", f"On {name}"),)
    return Document(name, text, f"Title of {name}", f"sha-{name}-{seed}", "2024-01-02", anchors)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a store that is in one."""
    return tmp_path / "store.sqlite3"


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    opened = place.store(META)
    yield opened
    opened.close()


def test_a_document_comes_out_as_it_went_in(store: Store) -> None:
    """Text, anchors, passages and spans are the same after the round trip."""
    document = a_document("ä/b.txt")
    passages = put(store, document)
    assert store.document("ä/b.txt") == document
    numbers = store.numbers_of("ä/b.txt")
    assert store.passages(numbers) == passages
    assert store.passages(numbers[::-1]) == passages[::-1]
    (info,) = store.documents()
    assert (info.id, info.title, info.passages, info.characters) == (
        "ä/b.txt",
        document.title,
        len(passages),
        len(document.text),
    )


def test_vectors_are_as_given(store: Store) -> None:
    """Vectors come back of unit length and within half precision; sentences within one byte."""
    passages = put(store, a_document("a"))
    numbers, matrix = store.vectors()
    given = np.stack([e.vector for e in EMBEDDER.encode_passages(passages)])
    assert np.abs(matrix - given).max() < 2e-3
    assert np.allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-6)
    found, starts, sentences = store.sentence_vectors([int(n) for n in numbers])
    assert list(found) == list(numbers)
    for own, embedded in zip(
        np.split(sentences, starts[1:]), EMBEDDER.encode_passages(passages), strict=True
    ):
        assert np.abs(own - embedded.sentences).max() < 0.02


def test_a_passage_without_sentences(store: Store) -> None:
    """A table has no sentences, and that is no trouble."""
    document = Document("t", "| a | b |", "t", "sha")
    nothing = np.zeros((0, EMBEDDER.dimension), np.float32)
    embedded = Embedded(EMBEDDER.encode_query("a b"), nothing)
    store.replace_document(document, [Passage("t", 0, 9, document.text)], [embedded])
    found, _, sentences = store.sentence_vectors(store.numbers_of("t"))
    assert (len(found), sentences.shape) == (0, (0, EMBEDDER.dimension))


def test_replacing_leaves_nothing_behind(store: Store, place: Place) -> None:
    """A new version takes the place of the old one in every table, the word index included."""
    put(store, a_document("a", seed=1))
    put(store, a_document("b"))
    new = put(store, a_document("a", sentences=2, seed=2))
    assert store.passages(store.numbers_of("a")) == new
    assert store.passage_count() == store.word_count() == len(new) + 4
    store.remove_document("a")
    store.remove_document("b")
    assert store.passage_count() == store.word_count() == 0
    assert store.words_are_sound()
    for table in ("documents", "passages", "passage_vectors", "sentence_vectors"):
        assert place.run(f"SELECT count(*) FROM {table}") == [(0,)]


def test_revision_counts_changes(store: Store) -> None:
    """Each change to the passages raises the revision by one; nothing else does."""
    put(store, a_document("a"))
    store.create_conversation("talk")
    store.replace_skipped([("x.png", "type .png is not supported")])
    assert store.revision == 1
    store.remove_document("a")
    assert store.revision == 2


def test_a_failed_replacement_changes_nothing(store: Store) -> None:
    """If a transaction cannot be finished the earlier version is there, whole."""
    document = a_document("a")
    passages = put(store, document)
    with pytest.raises(ValueError, match="zip"):
        store.replace_document(a_document("a", seed=5), passages, [])
    assert store.document("a") == document
    assert store.passages(store.numbers_of("a")) == passages
    assert store.word_count() == len(passages)


def test_a_snapshot_does_not_move(store: Store) -> None:
    """Within a snapshot a reader sees one state, while a writer goes on."""
    put(store, a_document("a"))
    with store.snapshot():
        numbers = store.numbers_of("a")
        writer = threading.Thread(target=put, args=(store, a_document("a", seed=9)))
        writer.start()
        writer.join()
        assert store.revision == 1
        assert len(store.passages(numbers)) == len(numbers)
    assert store.revision == 2


def test_threads_read_while_one_writes(store: Store) -> None:
    """Readers in other threads always see whole documents."""
    put(store, a_document("a"))
    failures: list[object] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            with store.snapshot():
                passages = store.passages(store.numbers_of("a"))
                text = store.document("a").text
            if [text[p.start : p.end] for p in passages] != [p.text for p in passages]:
                failures.append(passages)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for seed in range(60):
        put(store, a_document("a", sentences=1 + seed % 5, seed=seed))
    stop.set()
    for reader in readers:
        reader.join()
    assert not failures


def test_words_are_found_in_every_form(store: Store) -> None:
    """Forms of a word, accents, compatibility letters and Chinese characters are found."""
    text = "Protesters met in Café Ｆｉｎｅ. 東京で会議."
    document = Document("a", text, "Bridges", "sha")
    passage = Passage("a", 0, len(text), text)
    store.replace_document(document, [passage], EMBEDDER.encode_passages([passage]))
    for term in ("protester", "cafe", "fine", "京", "bridge"):
        assert [number for number, _ in store.search_words([term], 5)] == [1], term
    assert store.search_words(["absent"], 5) == []
    assert (store.document_frequency("protest"), store.document_frequency('ab"sent')) == (1, 0)


def test_the_search_copy_is_that_of_this_store_version() -> None:
    """If this changes, `store_schema.VERSION` must be raised: entries are removed by their copy."""
    assert search_copy("ﬁne Ｆ 東京 é ½") == "fine F  東  京  é 1⁄2"


def test_better_matches_come_first(store: Store) -> None:
    """Scores fall down the list, and a larger score is a better match."""
    for name, seed in (("a", 1), ("b", 2), ("c", 7)):
        put(store, a_document(name, seed=seed))
    scores = [score for _, score in store.search_words(["bridge", "river"], 10)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0


def test_marks_in_a_term_are_not_syntax(store: Store) -> None:
    """Whatever a term is made of, it is searched for and never read as an expression."""
    document = Document("a", 'Error "E-1042" AND rain.', "a", "sha")
    passage = Passage("a", 0, len(document.text), document.text)
    store.replace_document(document, [passage], EMBEDDER.encode_passages([passage]))
    for term in ('"e-1042"', "E 1042", "and", '"', "rain\0"):
        found = store.search_words([term], 5)
        assert [number for number, _ in found] == ([] if term == '"' else [1]), term
    for term in ("NOT", "text:rain", "ra*", "(", "  ", "\0"):
        assert store.search_words([term], 5) == [], term
    assert store.search_words([], 5) == []


def test_vectors_are_reused_by_text(store: Store) -> None:
    """The same words under the same heading have the same vectors wherever they stand."""
    passage = put(store, a_document("a"))[0]
    moved = Passage("z", 0, passage.end, passage.text, passage.heading, passage.sentences)
    key = reuse_key(moved)
    found = store.vectors_by_text([key, "unknown"], 1, EMBEDDER.dimension)
    assert found.keys() == {key}
    assert float(found[key].vector @ EMBEDDER.encode_passages([moved])[0].vector) > 0.999
    other = Passage("z", 0, passage.end, passage.text, "Another heading", passage.sentences)
    assert reuse_key(other) != key


def test_many_numbers_at_once(store: Store) -> None:
    """More passages can be asked for than SQLite takes parameters at once."""
    put(store, a_document("a", sentences=1200))
    numbers = store.numbers_of("a")
    assert len(store.passages(numbers)) == len(store.sentence_vectors(numbers)[0]) == 1200


def test_generations_switch_in_one_step(store: Store) -> None:
    """A generation being prepared is not seen; after the switch it alone is."""
    document = a_document("a")
    old = put(store, document)
    put(store, a_document("b"))
    other = FakeEmbedder("other", 32)
    new = passages_of(document)[:2]
    store.add_passages(document, new, other.encode_passages(new), 2)
    store.add_passages(a_document("gone"), new, other.encode_passages(new), 2)
    assert store.lacking(2) == ["b"]
    assert store.passage_count() == store.word_count() == len(old) + 4
    assert store.vectors()[1].shape == (len(old) + 4, 64)
    store.switch_generation(2, "2-100", dimension=32, model="other", fingerprint="f", seal="")
    assert store.passages(store.numbers_of("a")) == new
    assert store.passage_count() == store.word_count() == 2
    assert store.vectors()[1].shape == (2, 32)
    assert (store.meta.model, store.meta.generation) == ("other", 2)
    assert {info.signature for info in store.documents()} == {"1-2-100"}


def test_skipped_files_are_kept(store: Store) -> None:
    """The list of left out files is that of the last reading of the folder."""
    store.replace_skipped([("a", "is empty"), ("b", "is not text")])
    store.replace_skipped([("b", "is not text")])
    assert [(s.path, s.reason) for s in store.skipped()] == [("b", "is not text")]


def test_conversations(store: Store) -> None:
    """A conversation keeps its answers in order, without their hits."""
    first, second = store.create_conversation("one"), store.create_conversation("two")
    citation = Citation(1, "a", 0, 4, "Rain", score=0.5)
    answer = Answer("Why?", "> Rain [1]", citations=(citation,), timings={"answer_ms": 1.0})
    store.add_turn(first, answer)
    store.add_turn(first, Answer("And?", "The documents do not say.", refused=True))
    assert store.turns(first)[0] == answer
    assert [turn.question for turn in store.turns(first)] == ["Why?", "And?"]
    assert [(c.id, c.turns) for c in store.conversations()] == [(first, 2), (second, 0)]
    store.rename_conversation(second, "other")
    store.delete_conversation(first)
    assert [(c.title, c.turns) for c in store.conversations()] == [("other", 0)]
    assert len(second) == 32


def test_unknown_names(store: Store) -> None:
    """What is not there is said to be not there, with its name."""
    for call in (
        lambda: store.turns("x"),
        lambda: store.add_turn("x", Answer("q", "t")),
        lambda: store.rename_conversation("x", "t"),
        lambda: store.delete_conversation("x"),
    ):
        with pytest.raises(ConversationNotFound, match="'x'"):
            call()
    with pytest.raises(DocumentNotFound, match="'x'"):
        store.document("x")
    with pytest.raises(DocumentNotFound, match="'x'"):
        store.remove_document("x")


def test_backup_is_complete(store: Store, tmp_path: Path) -> None:
    """A backup is a store of its own; an existing file is never overwritten."""
    put(store, a_document("a"))
    store.backup(tmp_path / "copy")
    copy = Store.open(tmp_path / "copy")
    assert copy.document("a") == store.document("a")
    copy.close()
    with pytest.raises(AskdocsError, match="exists already"):
        store.backup(tmp_path / "copy")


def test_backup_while_writing(store: Store, tmp_path: Path) -> None:
    """Copies made while documents come in hold whole documents, as many as were in."""
    done = threading.Event()

    def write() -> None:
        for number in range(40):
            put(store, a_document(f"d{number:02}", seed=number))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    copies = 0
    while not done.is_set() or not copies:
        target = tmp_path / f"copy{copies}"
        store.backup(target)
        copies += 1
        copy = Store.open(target)
        names = [info.id for info in copy.documents()]
        assert names == [f"d{number:02}" for number in range(len(names))]
        assert copy.revision == len(names)
        assert copy.word_count() == copy.passage_count() == 4 * len(names)
        copy.close()
    writer.join()


def test_no_store(path: Path) -> None:
    """Opening what is not there makes nothing."""
    with pytest.raises(IndexNotFound):
        Store.open(path)
    assert not path.exists()


def filled(path: Path) -> None:
    store = Store.open(path, create_with=META)
    for number in range(30):
        put(store, a_document(f"d{number}", sentences=20, seed=number))
    store.close()


def overwrite(path: Path, start: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)


PAGE = 4096
DAMAGES: dict[str, Callable[[Path], object]] = {
    "garbage header": lambda path: overwrite(path, 0, b"garbage!" * 4),
    "zeroed header": lambda path: overwrite(path, 0, bytes(100)),
    "zeroed page": lambda path: overwrite(path, 4 * PAGE, bytes(PAGE)),
    "garbage pages": lambda path: overwrite(path, 10 * PAGE, b"\xa5" * 20 * PAGE),
    "half length": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "one byte": lambda path: path.write_bytes(b"S"),
    "text file": lambda path: path.write_text("hello " * 1000),
    "other database": lambda path: another_database(path),
    "no tables": lambda path: overwrite(path, 100, bytes(PAGE - 100)),
}


def another_database(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE meta (key, value)")


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damage_is_noticed(path: Path, damage: Callable[[Path], object]) -> None:
    """A damaged store is never opened, and never taken for an empty one."""
    filled(path)
    damage(path)
    with pytest.raises(IndexDamaged, match="askdocs index"):
        Store.open(path)
    with pytest.raises(IndexDamaged):
        Store.open(path, create_with=META)


def test_every_zeroed_page_is_noticed(path: Path) -> None:
    """Whichever page is zeroed, it is noticed at opening or when what was on it is read."""
    filled(path)
    sound = path.read_bytes()
    unnoticed = []
    for start in range(0, len(sound), PAGE):
        path.write_bytes(sound[:start] + bytes(PAGE) + sound[start + PAGE :])
        if not notices(path):
            unnoticed.append(start // PAGE)
    assert not unnoticed


def notices(path: Path) -> bool:
    try:
        store = Store.open(path)
    except IndexDamaged:
        return True
    try:
        for info in store.documents():
            store.document(info.id)
            numbers = store.numbers_of(info.id)
            store.passages(numbers)
            store.sentence_vectors(numbers)
        store.vectors()
        return not store.words_are_sound()
    except IndexDamaged:
        return True
    finally:
        store.close()


def test_a_changed_letter_is_noticed(path: Path) -> None:
    """A text that is not what was written is never shown, even if SQLite finds it in order."""
    filled(path)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"Title of d7", b"Title of d8"))
    store = Store.open(path)
    with pytest.raises(IndexDamaged, match="document d7"):
        store.document("d7")
    store.close()


def test_rows_carry_checksums() -> None:
    """Any other value in a row than the one written is an error."""
    row = list(document_values(a_document("a")))
    assert document_from(row) == a_document("a")
    with pytest.raises(RowError):
        document_from([*row[:-1], row[-1] + " "])


def test_a_newer_store_is_refused(path: Path) -> None:
    """A store of a newer askdocs is left alone."""
    filled(path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(IndexMismatch, match="newer askdocs"):
        Store.open(path)


def test_an_older_store_is_upgraded(path: Path) -> None:
    """A store of the first version gets what it lacks when it is opened, and loses nothing."""
    filled(path)
    with closing(Store.open(path)) as store:
        before = [store.document(info.id) for info in store.documents()]
    with sqlite3.connect(path) as connection:
        for column in ("author", "remarks"):
            connection.execute(f"ALTER TABLE documents DROP COLUMN {column}")
        for table in ("feedback", "evaluations", "removed"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("DROP INDEX conversations_owner")
        connection.execute("ALTER TABLE conversations DROP COLUMN owner")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    with closing(Store.open(path)) as store:
        assert [store.document(info.id) for info in store.documents()] == before
        document = replace(a_document("new"), author="Ada Cole", remarks=("2 pages are missing",))
        put(store, document)
        assert store.document("new") == document
        assert store.documents()[-1].remarks == ("2 pages are missing",)


def test_conversations_from_before_there_were_owners_are_kept(path: Path, tmp_path: Path) -> None:
    """A store made by the tables of version 3 loses nothing; its talks are those of no name."""
    answer = Answer("Why?", "Rain [1]", citations=(Citation(1, "a", 0, 4, "Rain"),))
    with closing(Store.open(path, create_with=META)) as store:
        put(store, a_document("a"))
        talk = store.create_conversation("weather")
        store.add_turn(talk, answer)
        store.give_feedback(talk, 0, "wrong", "it was snow")
        known = store.documents(), store.conversations(), store.feedback()
        texts = [store.document("a"), store.search_words(["rain"], 5)]
    old = tmp_path / "old" / "store.sqlite3"
    old.parent.mkdir()
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(VERSION_3.read_text(encoding="utf-8"))
        connection.execute("ATTACH ? AS new", (str(path),))
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
        for (table,) in connection.execute(tables).fetchall():
            if not table.startswith(("words", "sqlite_")):
                columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
                named = ", ".join(columns)
                connection.execute(f"INSERT INTO {table} SELECT {named} FROM new.{table}")
        connection.commit()
        assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    with closing(Store.open(old)) as store:
        store.refill_words()  # which cannot be copied from store to store
        assert (store.documents(), store.conversations(), store.feedback()) == known
        assert [store.document("a"), store.search_words(["rain"], 5)] == texts
        assert store.turns(talk) == [answer]
        assert store.conversations(owner="ann") == []
        begun = store.create_conversation("mine", owner="ann")
        assert [one.id for one in store.conversations(owner="ann")] == [begun]
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (4,)


def test_a_conversation_is_its_owners_only(store: Store) -> None:
    """To another owner it is not there, in the words for one that never was, whatever is tried."""
    answer = Answer("Who?", "Ann did [1]", citations=(Citation(1, "a", 0, 3, "Ann"),))
    talk = store.create_conversation("secret", owner="ann")
    store.add_turn(talk, answer, owner="ann")
    store.give_feedback(talk, 0, "right", "a note", owner="ann")
    never = "f" * len(talk)

    def tries(conversation: str, owner: str) -> Iterator[Callable[[], object]]:
        for method in (store.turns, store.kept_turns, store.conversation):
            yield lambda method=method: method(conversation, owner=owner)
        yield lambda: store.add_turn(conversation, answer, owner=owner)
        yield lambda: store.add_turn(conversation, answer, at=0, owner=owner)
        yield lambda: store.rename_conversation(conversation, "x", owner=owner)
        yield lambda: store.give_feedback(conversation, 0, "wrong", owner=owner)
        yield lambda: store.take_back_feedback(conversation, 0, owner=owner)
        yield lambda: store.delete_conversation(conversation, owner=owner)

    for owner in ("bob", "", "Ann", "ann "):
        for known, unknown in zip(tries(talk, owner), tries(never, owner), strict=True):
            with pytest.raises(ConversationNotFound) as told:
                known()
            with pytest.raises(ConversationNotFound) as told_too:
                unknown()
            assert str(told.value).replace(talk, never) == str(told_too.value)
        assert store.opinions(talk, owner=owner) == {}
        assert store.conversations(owner=owner) == []
        assert store.search_conversations("", owner=owner) == []
        assert store.search_conversations("ann", owner=owner) == []
    assert store.turns(talk, owner="ann") == [answer]
    assert [one.title for one in store.conversations(owner="ann")] == ["secret"]
    assert store.opinions(talk, owner="ann")[0].note == "a note"
    assert [one.note for one in store.feedback()] == ["a note"]  # the operator reads all
    assert len(bytes.fromhex(talk)) * 8 >= 128


def test_words_of_what_one_sees_no_more_are_not_found(store: Store) -> None:
    """A search looks at the question, not at an answer from a document that is out of sight."""
    answer = Answer("Who?", "Zeppelin [1]", citations=(Citation(1, "law/a", 0, 8, "Zeppelin"),))
    talk = store.create_conversation("talk")
    store.add_turn(talk, answer)
    assert len(store.search_conversations("zeppelin")) == 1
    assert store.search_conversations("zeppelin", sees=lambda one: False) == []
    (found,) = store.search_conversations("who", sees=lambda one: False)
    assert "Zeppelin" not in found.excerpt


def test_an_interrupted_creation_leaves_no_store(path: Path) -> None:
    """A store appears whole; what an interrupted creation left is no hindrance."""
    path.with_name("store.sqlite3.new").write_bytes(b"half")
    Store.open(path, create_with=META).close()
    assert [file.name for file in path.parent.iterdir()] == ["store.sqlite3"]


def test_closed(store: Store) -> None:
    """A closed store says that it is closed."""
    store.close()
    with pytest.raises(AskdocsError, match="closed"):
        store.documents()


def test_a_full_disk(path: Path) -> None:
    """When the disk is full the user is told so, what was in stays, and it goes on with space."""
    store = Store.open(path, create_with=META)
    put(store, a_document("a"))
    assert isinstance(store, SqliteStore)
    (pages,) = store._writer.execute("PRAGMA page_count").fetchone()
    store._writer.execute(f"PRAGMA max_page_count = {pages + 1}")
    big = a_document("b", sentences=400)
    with pytest.raises(IndexProblem, match="disk is full"):
        put(store, big)
    assert [info.id for info in store.documents()] == ["a"]
    assert store.words_are_sound()
    store._writer.execute("PRAGMA max_page_count = 1000000")
    put(store, big)
    assert store.document("b") == big
    store.close()


def test_odd_words(store: Store) -> None:
    """Half a character in a question or a title is no reason to fail."""
    put(store, a_document("a"))
    assert store.search_words(["\ud800"], 5) == []
    assert store.document_frequency("\ud800") == 0
    store.rename_conversation(store.create_conversation("\ud800"), "\udfff")
    assert store.conversations()[0].title == "?"
