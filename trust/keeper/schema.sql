-- The keeper's own tables, the same in SQLite and PostgreSQL. `scope` is the chain and the Payroll, so that keepers of
-- several deployments may share a database. Times in Unix seconds by the database's clock, where not said otherwise.
CREATE TABLE IF NOT EXISTS keeper_lease (
    scope      TEXT NOT NULL,
    name       TEXT NOT NULL,
    owner      TEXT NOT NULL,
    fence      BIGINT NOT NULL,             -- grows with each change of hands
    expires_at DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (scope, name)
);

-- Jobs that are not final. A row leaves when it is, and what it did is in keeper_run.
CREATE TABLE IF NOT EXISTS keeper_work (
    scope      TEXT NOT NULL,
    key        TEXT NOT NULL,
    kind       TEXT NOT NULL,
    cycle      BIGINT NOT NULL,
    items      TEXT NOT NULL,               -- JSON
    planned_at DOUBLE PRECISION NOT NULL,
    owner      TEXT NOT NULL DEFAULT '',
    fence      BIGINT NOT NULL DEFAULT 0,
    expires_at DOUBLE PRECISION NOT NULL DEFAULT 0,
    intent     TEXT NOT NULL DEFAULT '',    -- key in the sender's outbox
    hashes     TEXT NOT NULL DEFAULT '[]',  -- JSON
    PRIMARY KEY (scope, key)
);

CREATE TABLE IF NOT EXISTS keeper_run (
    scope    TEXT NOT NULL,
    tx_hash  TEXT NOT NULL,
    kind     TEXT NOT NULL,
    cycle    BIGINT NOT NULL,
    items    BIGINT NOT NULL,
    block    BIGINT NOT NULL,
    paid     BIGINT NOT NULL,
    held     BIGINT NOT NULL,
    amount   BIGINT NOT NULL,               -- base units
    gas_used BIGINT NOT NULL,
    fee_wei  TEXT NOT NULL,
    owner    TEXT NOT NULL,
    at       DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (scope, tx_hash)
);

-- Items that no call can include.
CREATE TABLE IF NOT EXISTS keeper_trouble (
    scope    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    item     TEXT NOT NULL,
    tries    BIGINT NOT NULL,
    tried_at BIGINT NOT NULL,               -- the chain's time
    why      TEXT NOT NULL,
    PRIMARY KEY (scope, kind, item)
);

CREATE TABLE IF NOT EXISTS keeper_seen (
    scope   TEXT NOT NULL,
    owner   TEXT NOT NULL,
    seen_at DOUBLE PRECISION NOT NULL,
    head    BIGINT NOT NULL,
    waits   TEXT NOT NULL,                  -- JSON
    PRIMARY KEY (scope, owner)
)
