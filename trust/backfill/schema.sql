-- A backfill's own tables, in PostgreSQL, beside the rows it collects: in a schema that is dropped when they are moved
-- into the index.
CREATE TABLE backfill_plan (
    only_one    INT PRIMARY KEY CHECK (only_one = 1),
    first_block BIGINT NOT NULL,
    last_block  BIGINT NOT NULL,        -- final when this was planned
    last_hash   BYTEA NOT NULL,
    last_time   BIGINT NOT NULL,        -- Unix seconds, of the chain
    proven      BOOLEAN NOT NULL,       -- every block is checked against its receipts root
    planned_at  TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

-- A job each. `parent` and `last_hash` tie a range to the ones before and after it: no rows come in that don't lie on
-- this chain.
CREATE TABLE backfill_range (
    first_block BIGINT PRIMARY KEY,
    last_block  BIGINT NOT NULL,
    parent      BYTEA NOT NULL,
    last_hash   BYTEA NOT NULL,
    owner       TEXT NOT NULL DEFAULT '',
    fence       BIGINT NOT NULL DEFAULT 0,      -- grows with each change of hands
    expires_at  TIMESTAMPTZ NOT NULL DEFAULT '-infinity',
    trouble     TEXT NOT NULL DEFAULT '',       -- why the last try failed
    done_at     TIMESTAMPTZ,
    events      BIGINT NOT NULL DEFAULT 0,
    transfers   BIGINT NOT NULL DEFAULT 0
)
