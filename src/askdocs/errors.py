"""Everything askdocs raises on purpose.

    AskdocsError                  exit code 1
    ├── QuestionError             empty or too long a question, k below 1
    ├── FolderError               no such folder, not a folder, nothing readable in it
    ├── ReadError                 one file cannot be read; indexing lists it and goes on
    ├── IndexProblem
    │   ├── IndexNotFound         no index there
    │   ├── IndexInUse            another process owns it (exit code 75)
    │   ├── StoreUnreachable      the server that keeps it does not answer: try again after a while
    │   ├── IndexMismatch         made by another model or a newer askdocs
    │   └── IndexDamaged          the store cannot be trusted
    ├── DocumentNotFound          no such document in the index
    ├── ConversationNotFound      no such conversation in the index
    ├── EvaluationNotFound        no such evaluation in the index
    ├── ModelError                an embedding model or reranker is missing or damaged
    ├── LanguageModelError        a language model does not answer as it should
    ├── GoldError                 a gold file that is not one
    ├── SettingsError             a setting that there is not, or that cannot have that value
    ├── ServerError               the page cannot be served
    ├── Busy                      the server has too much to do: try again after a while
    ├── Stopped                   whoever asked does not want the answer any more
    ├── DeadlinePassed            the answer took longer than it may
    └── AccessError
        ├── SignInNeeded          nobody is signed in, or not with what is known here
        └── NotAllowed            whoever is signed in may not do that

A message is one line: the value, the reason, the next command.
"""

from __future__ import annotations

import re


class AskdocsError(Exception):
    """The root of the tree; `exit_code` is what the command line returns."""

    exit_code = 1

    @property
    def code(self) -> str:
        """The name of the error for programs; the same in every language and version.

        >>> DocumentNotFound("gone").code
        'document_not_found'
        """
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


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


class StoreUnreachable(IndexProblem):
    """The server that keeps the index does not answer, or lets nobody in."""

    exit_code = 75


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


class SettingsError(AskdocsError):
    """There is no such setting, or it cannot have that value."""


class ServerError(AskdocsError):
    """The page cannot be served."""


class Busy(AskdocsError):
    """The server has too much to do; `retry_after` are the seconds after which to try again."""

    exit_code = 75

    def __init__(self, message: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Stopped(AskdocsError):
    """Whoever asked does not want the answer any more."""


class DeadlinePassed(AskdocsError):
    """The answer took longer than it may."""


class AccessError(AskdocsError):
    """Whoever asks may not."""


class SignInNeeded(AccessError):
    """Nobody is signed in, or not with what is known here."""


class NotAllowed(AccessError):
    """Whoever is signed in may not do that."""
