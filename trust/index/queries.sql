-- name: meta
SELECT name, value FROM meta;

-- name: set_meta
INSERT INTO meta (name, value) VALUES (:name, :value);

-- name: cursor
SELECT number, hash FROM cursor;

-- name: set_cursor
INSERT INTO cursor (only, number, hash) VALUES (1, :number, :hash)
ON CONFLICT (only) DO UPDATE SET number = :number, hash = :hash;

-- name: add_block
INSERT INTO block (number, hash, parent, timestamp, header)
VALUES (:number, :hash, :parent, :timestamp, :header);

-- name: block
SELECT number, hash, parent, timestamp FROM block WHERE number = :number;

-- name: highest_block
SELECT number, hash FROM block WHERE number <= :number ORDER BY number DESC LIMIT 1;

-- name: blocks_from
SELECT number, hash FROM block WHERE number >= :number ORDER BY number DESC;

-- name: prune_blocks
DELETE FROM block
WHERE number < :number
  AND NOT EXISTS (SELECT 1 FROM event WHERE block_number = block.number)
  AND NOT EXISTS (SELECT 1 FROM transfer WHERE block_number = block.number);

-- name: add_event
INSERT INTO event (block_number, log_index, block_hash, tx_hash, tx_index, address, contract, name, topics, data)
VALUES (:block_number, :log_index, :block_hash, :tx_hash, :tx_index, :address, :contract, :name, :topics, :data);

-- name: add_transfer
INSERT INTO transfer (block_number, log_index, block_hash, tx_hash, tx_index, sender, recipient, amount, topics, data)
VALUES (:block_number, :log_index, :block_hash, :tx_hash, :tx_index, :sender, :recipient, :amount, :topics, :data);

-- name: events_after
SELECT e.block_number, e.log_index, e.tx_hash, b.timestamp, e.contract, e.name, e.topics, e.data
FROM event e JOIN block b ON b.number = e.block_number
WHERE (e.block_number, e.log_index) > (:block_number, :log_index)
ORDER BY e.block_number, e.log_index;

-- name: counts
SELECT (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM transfer) AS transfers,
       (SELECT count(*) FROM block) AS blocks;
