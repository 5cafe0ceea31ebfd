"""No code of the package runs what data says, and an index folder of somebody else nothing."""

from __future__ import annotations

import ast
import json
import pickle
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from askdocs import Index
from askdocs.errors import AskdocsError
from fakes import FakeEmbedder
from network_watch import connections

SOURCE = Path(__file__).parent.parent / "src" / "askdocs"
MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "jsonpickle"}
CALLS = {"eval", "exec", "compile", "__import__"}
ATTRIBUTES = {("torch", "load"), ("yaml", "load"), ("yaml", "unsafe_load"), ("os", "system")}
ATTRIBUTES |= {("os", "popen"), ("tempfile", "mktemp"), ("torch", "hub")}


def dangerous(tree: ast.AST) -> Iterator[str]:
    """What in a module could run what data says."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            yield from [str(node.module)] * ((node.module or "").split(".")[0] in MODULES)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield from [node.attr] * ((node.value.id, node.attr) in ATTRIBUTES)
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                yield from [node.func.id] * (node.func.id in CALLS)
            yield from keywords(node)
        elif isinstance(node, ast.Dict):  # settings that are given as keywords later
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "trust_remote_code":
                    yield from ["trust_remote_code"] * (not is_false(value))


def keywords(call: ast.Call) -> Iterator[str]:
    given = {one.arg: one.value for one in call.keywords}
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    for switch in ("trust_remote_code", "allow_pickle", "shell"):
        if switch in given and not is_false(given[switch]):
            yield switch
    if name == "load" and ast.unparse(call.func).startswith(("np.", "numpy.")):
        yield from ["load with pickles"] * ("allow_pickle" not in given)
    if "query_texts" in given:  # Chroma would embed them with a model that the folder names
        yield "query_texts"
    if name in ("add", "upsert", "update") and "ids" in given and "documents" in given:
        yield from ["documents without embeddings"] * ("embeddings" not in given)
    if name in ("get_collection", "get_or_create_collection", "create_collection"):
        function = given.get("embedding_function")
        is_none = isinstance(function, ast.Constant) and function.value is None
        yield from ["an embedding function"] * (not is_none)


def is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def test_no_code_runs_what_data_says() -> None:
    """No pickles, no eval, no shell, no code of a model's folder, and Chroma never embeds."""
    found = {}
    for path in SOURCE.rglob("*.py"):
        if here := list(dangerous(ast.parse(path.read_text(encoding="utf-8")))):
            found[str(path.relative_to(SOURCE))] = here
    assert found == {}


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from joblib import load",
        "eval(words)",
        "torch.load(file)",
        "yaml.load(text)",
        "np.load(file)",
        "subprocess.run(words, shell=True)",
        "AutoModel.from_pretrained(name, trust_remote_code=True)",
        "settings = {'trust_remote_code': trusted}",
        "collection.query(query_texts=['x'])",
        "collection.add(ids=['1'], documents=['x'])",
        "client.get_collection('passages')",
    ],
)
def test_the_search_for_it_can_fail(code: str) -> None:
    """Each of these would be found."""
    assert list(dangerous(ast.parse(code)))


# -- index folders of somebody else ------------------------------------------------------------

FUNCTIONS = [
    {"type": "known", "name": "sentence_transformer", "config": {"model_name": "evil/model"}},
    {
        "type": "known",
        "name": "sentence_transformer",
        "config": {"model_name": "evil/model", "kwargs": {"trust_remote_code": True}},
    },
    {"type": "known", "name": "openai", "config": {"api_base": "http://127.0.0.1:9/v1"}},
    {"type": "known", "name": "ollama", "config": {"url": "http://127.0.0.1:9"}},
    {"type": "known", "name": "huggingface_server", "config": {"url": "http://127.0.0.1:9"}},
    {"type": "known", "name": "default", "config": {}},
]
WORK = """
import builtins, json, sys
made = []
def watch(event, arguments):
    if event in ("subprocess.Popen", "os.system", "pickle.find_class", "exec_evil"):
        made.append([event, repr(arguments)[:200]])
sys.addaudithook(watch)
sys.path.insert(0, {tests!r})
from fakes import FakeEmbedder
from askdocs import Index
from askdocs.errors import AskdocsError
try:
    with Index.{how}(embedder=FakeEmbedder()) as index:
        index.vectors.prepare() if hasattr(index, "vectors") else None
        hits = index.retrieve("When did the ferry sail?")
        assert [hit.passage.document for hit in hits] == ["ferry.txt"], hits
except AskdocsError as error:
    assert {refused!r}, error
heavy = ("sentence_transformers", "torch", "openai", "ollama")
loaded = [name for name in heavy if name in sys.modules]
assert not loaded, loaded
assert not [one for one in made if "vectors_probe" not in one[1] and "uname" not in one[1]], made
"""


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index of ours whose owner searches it with Chroma."""
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "ferry.txt").write_text("The ferry sailed at noon on 3 May 2021.")
    Index.build(tmp_path / "documents", tmp_path / "index", embedder=FakeEmbedder()).close()
    return tmp_path


def run(folder: Path, how: str = "open", *, refused: bool = False) -> None:
    """Open the index and ask it, in a process that is watched for connections and programs."""
    index, documents = str(folder / "index"), str(folder / "documents")
    call = f"open({index!r}, " if how == "open" else f"build({documents!r}, {index!r}, "
    tests = str(Path(__file__).parent)
    program = WORK.replace("Index.{how}(", f"Index.{call}")
    program = program.format(tests=tests, refused=refused)
    assert connections(program, folder) == []
    assert not (folder / "touched").exists()


def chroma_base(folder: Path) -> Path:
    (base,) = (folder / "index").glob("chroma-*/chroma.sqlite3")
    return base


def name_function(base: Path, function: object, *, sealed: Path | None = None) -> None:
    """Have Chroma's own files name an embedding function, as a foreign folder may."""
    connection = sqlite3.connect(base)
    ((text,),) = connection.execute("SELECT config_json_str FROM collections").fetchall()
    config = json.loads(text or "{}")
    config["embedding_function"] = function
    with connection:
        changed = connection.execute(
            "UPDATE collections SET config_json_str = ?", [json.dumps(config)]
        )
        assert changed.rowcount == 1
    connection.close()


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda one: str(one["name"]))
def test_a_function_that_chroma_s_files_name_is_never_made(folder: Path, function: object) -> None:
    """No model is made and nobody is asked, be the folder opened to read or to be brought up to
    date: only vectors of ours go in and out.
    """
    name_function(chroma_base(folder), function)
    run(folder)
    run(folder, "build")


def test_files_of_a_foreign_folder_are_not_unpickled(folder: Path) -> None:
    """Pickles under the names that Chroma, or the libraries below it, once read are let lie."""
    evil = pickle.dumps(Evil(folder / "touched"))
    pickle.loads(evil)
    assert (folder / "touched").exists()  # it is one
    (folder / "touched").unlink()
    base = chroma_base(folder).parent
    for place in (folder / "index", base, *[one for one in base.iterdir() if one.is_dir()]):
        for name in ("index_metadata.pickle", "words.npy", "model.pkl", "pytorch_model.bin"):
            (place / name).write_bytes(evil)
    run(folder)
    run(folder, "build")


@pytest.mark.parametrize("what", ["chroma", "llama-index", "pickle", "empty base", "text"])
def test_a_folder_that_askdocs_did_not_make_is_refused(folder: Path, what: str) -> None:
    """It is told so in one sentence, and nothing in it is loaded."""
    index = folder / "index"
    base = chroma_base(folder).read_bytes()
    shutil.rmtree(index)
    index.mkdir()
    evil = pickle.dumps(Evil(folder / "touched"))
    if what == "chroma":
        (index / "chroma.sqlite3").write_bytes(base)
        name_function(index / "chroma.sqlite3", FUNCTIONS[1])
    elif what == "llama-index":
        (index / "docstore.json").write_text('{"docstore/data": {}}')
        (index / "default__vector_store.json").write_bytes(evil)
    elif what == "pickle":
        (index / "store.sqlite3").write_bytes(evil)
    elif what == "empty base":
        sqlite3.connect(index / "store.sqlite3").execute("CREATE TABLE meta (x)").connection.close()
    else:
        (index / "store.sqlite3").write_text("SQLite format 4")
    with pytest.raises(AskdocsError) as told:
        Index.open(index, embedder=FakeEmbedder())
    assert "askdocs" in str(told.value)
    run(folder, refused=True)
