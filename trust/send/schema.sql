-- One outbox file may serve several chains and senders; each (chain, sender) has one writer at a time.
CREATE TABLE chain (
    chain_id INTEGER PRIMARY KEY,
    genesis  TEXT NOT NULL
);

CREATE TABLE intent (
    id          INTEGER PRIMARY KEY,
    chain_id    INTEGER NOT NULL,
    sender      TEXT NOT NULL,
    key         TEXT NOT NULL,
    recipient   TEXT,
    data        BLOB NOT NULL,
    value       TEXT NOT NULL,      -- wei, decimal: may pass 64 bits
    gas_wanted  INTEGER,
    gas_spare   INTEGER NOT NULL,
    note        TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'queued',
    nonce       INTEGER,
    gas         INTEGER,
    receipt     TEXT,               -- as the node's JSON
    reason      TEXT,
    detail      TEXT NOT NULL DEFAULT '',
    revert_data BLOB NOT NULL DEFAULT x'',
    queued_at   REAL NOT NULL,      -- Unix seconds
    UNIQUE (chain_id, key),
    UNIQUE (chain_id, sender, nonce),
    CHECK (nonce IS NOT NULL OR state IN ('queued', 'failed'))
);

CREATE INDEX intent_by_state ON intent (chain_id, sender, state, id);

-- Every transaction ever signed, kept for good: any of them may be the one that is mined.
CREATE TABLE attempt (
    hash         TEXT PRIMARY KEY,
    intent       INTEGER NOT NULL REFERENCES intent (id),
    nonce        INTEGER NOT NULL,
    max_fee      INTEGER NOT NULL,  -- wei per gas
    priority_fee INTEGER NOT NULL,
    raw          BLOB NOT NULL,     -- empty when it was found on chain, not made here
    offered_at   REAL NOT NULL,
    broadcast_at REAL,
    refusal      TEXT
) WITHOUT ROWID;

CREATE INDEX attempt_by_intent ON attempt (intent);
