-- Every row that comes from the chain has its block number, so that a rewind is one DELETE in each table.
-- The typed tables (`event_funded`, ...) are made from the contracts' ABI by trust/index/tables.py.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- The last block whose events are all here.
CREATE TABLE cursor (
    only   INTEGER PRIMARY KEY CHECK (only = 1),
    number INTEGER NOT NULL,
    hash   BLOB NOT NULL
) STRICT;

-- Blocks that hold rows below, and all that were not final when they were read.
CREATE TABLE block (
    number    INTEGER PRIMARY KEY,
    hash      BLOB NOT NULL,
    parent    BLOB NOT NULL,
    timestamp INTEGER NOT NULL,     -- Unix seconds
    header    TEXT NOT NULL         -- as the node's JSON, without transactions
) STRICT;

CREATE TABLE event (
    block_number INTEGER NOT NULL REFERENCES block (number),
    log_index    INTEGER NOT NULL,
    block_hash   BLOB NOT NULL,
    tx_hash      BLOB NOT NULL,
    tx_index     INTEGER NOT NULL,
    address      BLOB NOT NULL,
    contract     TEXT NOT NULL,
    name         TEXT NOT NULL,
    topics       BLOB NOT NULL,     -- 32 bytes each
    data         BLOB NOT NULL,
    PRIMARY KEY (block_number, log_index)
) STRICT, WITHOUT ROWID;

-- The token's own record of what went into and out of Payroll.
CREATE TABLE transfer (
    block_number INTEGER NOT NULL REFERENCES block (number),
    log_index    INTEGER NOT NULL,
    block_hash   BLOB NOT NULL,
    tx_hash      BLOB NOT NULL,
    tx_index     INTEGER NOT NULL,
    sender       TEXT NOT NULL,
    recipient    TEXT NOT NULL,
    amount       ANY NOT NULL,      -- base units; a 32-byte BLOB from 2^63 on
    topics       BLOB NOT NULL,
    data         BLOB NOT NULL,
    PRIMARY KEY (block_number, log_index)
) STRICT, WITHOUT ROWID;

-- Both forms of a charge. Kind 4 is Charge.ITERATION_FEE; a licence's number is production and member.
CREATE VIEW charge AS
SELECT block_number, log_index, production_id, member_id, ref, kind,
       parts_gross AS gross, parts_dues AS dues, parts_benefits AS benefits, parts_levy AS levy
FROM event_charged
UNION ALL
SELECT i.block_number, i.log_index, g.licence_id >> 24, g.licence_id & 16777215, i.grant_id, 4,
       i.gross, i.dues, i.benefits, i.levy
FROM event_iterations_charged i
JOIN event_scene_granted g ON g.grant_id = i.grant_id;

-- How far seats were paid: `seats` are positions (JSON), NULL for all of the chunk; `vacated` seats earn no more.
-- What a seat got is floor(units * earned / 2^64), less what it had got before.
CREATE VIEW pool_payment AS
SELECT block_number, log_index, pool_id, chunk, earned, paid, NULL AS seats, 0 AS vacated FROM event_pool_pushed
UNION ALL
SELECT block_number, log_index, pool_id, chunk, earned, paid, seats, 0 FROM event_seats_paid
UNION ALL
SELECT block_number, log_index, pool_id, chunk, earned, paid, seats, 1 FROM event_seats_vacated;
