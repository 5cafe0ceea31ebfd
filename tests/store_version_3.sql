-- The tables of a store of version 3, as askdocs made them before conversations had owners.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    date TEXT,
    sha256 TEXT NOT NULL,
    signature TEXT NOT NULL,
    indexed_at TEXT NOT NULL,
    anchors TEXT NOT NULL,
    characters INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    text TEXT NOT NULL,
    author TEXT NOT NULL DEFAULT '',
    remarks TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    generation INTEGER NOT NULL,
    id TEXT NOT NULL,
    document INTEGER NOT NULL REFERENCES documents (number) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    key TEXT NOT NULL,
    reuse TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    heading TEXT NOT NULL,
    sentences TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (generation, id)
);
CREATE INDEX passages_document ON passages (document, generation);
CREATE INDEX passages_generation ON passages (generation);
CREATE INDEX passages_reuse ON passages (generation, reuse);
CREATE INDEX passages_key ON passages (generation, key);
CREATE TABLE passage_vectors (
    number INTEGER PRIMARY KEY REFERENCES passages (number) ON DELETE CASCADE,
    checksum INTEGER NOT NULL,
    vector BLOB NOT NULL
);
CREATE TABLE sentence_vectors (
    number INTEGER PRIMARY KEY REFERENCES passages (number) ON DELETE CASCADE,
    checksum INTEGER NOT NULL,
    vectors BLOB NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5 (
    text, heading, title, content = '', tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TABLE skipped (path TEXT PRIMARY KEY, reason TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE TABLE turns (
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (conversation, position)
);

CREATE TABLE feedback (
    conversation TEXT NOT NULL,
    position INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('right', 'wrong')),
    note TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (conversation, position),
    FOREIGN KEY (conversation, position) REFERENCES turns (conversation, position)
        ON DELETE CASCADE
);
CREATE TABLE evaluations (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    gold TEXT NOT NULL,
    at TEXT NOT NULL,
    result TEXT NOT NULL
);
CREATE TABLE removed (path TEXT PRIMARY KEY, at TEXT NOT NULL);
PRAGMA application_id = 1634954084;
PRAGMA user_version = 3;
