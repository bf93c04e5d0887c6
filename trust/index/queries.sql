-- name: meta
SELECT name, value FROM meta;

-- name: set_meta
INSERT INTO meta (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: cursor
SELECT number, hash, timestamp, proven, events, transfers FROM cursor;

-- name: set_cursor
INSERT INTO cursor (only_one, number, hash, timestamp, proven, events, transfers)
VALUES (1, :number, :hash, :timestamp, :proven, :events, :transfers)
ON CONFLICT (only_one) DO UPDATE
SET number = excluded.number, hash = excluded.hash, timestamp = excluded.timestamp, proven = excluded.proven,
    events = excluded.events, transfers = excluded.transfers;

-- name: block
SELECT number, hash, parent, timestamp, held, proven FROM block WHERE number = :number;

-- name: highest_block
SELECT number, hash, timestamp FROM block WHERE number <= :number ORDER BY number DESC LIMIT 1;

-- name: blocks_from
SELECT number, hash, timestamp FROM block WHERE number >= :number ORDER BY number DESC;

-- name: blocks_with_rows
SELECT number, hash, timestamp, held FROM block WHERE number > :number AND held > 0 ORDER BY number LIMIT :limit;

-- name: prune_blocks
DELETE FROM block WHERE number < :keep_from AND held = 0;

-- name: blocks
SELECT count(*) AS blocks FROM block;
