"""Everything askdocs raises on purpose.

    AskdocsError                  exit code 1
    ├── QuestionError             empty or too long a question, k below 1
    ├── FolderError               no such folder, not a folder, nothing readable in it
    ├── ReadError                 one file cannot be read; indexing lists it and goes on
    ├── IndexProblem
    │   ├── IndexNotFound         no index there
    │   ├── IndexInUse            another process owns it (exit code 75)
    │   ├── IndexMismatch         made by another model or a newer askdocs
    │   └── IndexDamaged          the store cannot be trusted
    ├── DocumentNotFound          no such document in the index
    ├── ConversationNotFound      no such conversation in the index
    ├── EvaluationNotFound        no such evaluation in the index
    ├── ModelError                an embedding model or reranker is missing or damaged
    ├── LanguageModelError        a language model does not answer as it should
    ├── GoldError                 a gold file that is not one
    └── ServerError               the page cannot be served

A message is one line: the value, the reason, the next command.
"""

from __future__ import annotations


class AskdocsError(Exception):
    """The root of the tree; `exit_code` is what the command line returns."""

    exit_code = 1


class QuestionError(AskdocsError):
    """The question cannot be asked."""


class FolderError(AskdocsError):
    """The documents folder cannot be used."""


class ReadError(AskdocsError):
    """One file cannot be read."""


class IndexProblem(AskdocsError):
    """The index cannot be used."""


class IndexNotFound(IndexProblem):
    """There is no index at the given place."""


class IndexInUse(IndexProblem):
    """Another process owns the index."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h: try again later


class IndexMismatch(IndexProblem):
    """The index was made by another embedding model or a newer askdocs."""


class IndexDamaged(IndexProblem):
    """The store is damaged."""


class DocumentNotFound(AskdocsError):
    """The index holds no such document."""


class ConversationNotFound(AskdocsError):
    """The index holds no such conversation."""


class EvaluationNotFound(AskdocsError):
    """The index keeps no such evaluation."""


class ModelError(AskdocsError):
    """The embedding model or the reranker cannot be used."""


class LanguageModelError(AskdocsError):
    """The language model does not answer as it should."""


class GoldError(AskdocsError):
    """The gold file is not one."""


class ServerError(AskdocsError):
    """The page cannot be served."""
