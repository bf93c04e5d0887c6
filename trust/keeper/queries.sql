-- name: take_lease
INSERT INTO keeper_lease (scope, name, owner, fence, expires_at)
VALUES (:scope, :name, :owner, 1, :until)
ON CONFLICT (scope, name) DO UPDATE
SET owner = :owner, expires_at = :until, fence = keeper_lease.fence + 1
WHERE keeper_lease.expires_at <= :now OR keeper_lease.owner = :owner
RETURNING fence;

-- name: hold_lease
UPDATE keeper_lease SET expires_at = :until
WHERE scope = :scope AND name = :name AND owner = :owner AND fence = :fence AND expires_at > :now
RETURNING fence;

-- name: drop_lease
UPDATE keeper_lease SET expires_at = 0 WHERE scope = :scope AND name = :name AND owner = :owner;

-- name: leases
SELECT name, owner, fence, expires_at FROM keeper_lease WHERE scope = :scope AND expires_at > :now ORDER BY name;

-- name: open_work
SELECT * FROM keeper_work WHERE scope = :scope ORDER BY planned_at, key;

-- name: add_work
INSERT INTO keeper_work (scope, key, kind, cycle, items, planned_at)
VALUES (:scope, :key, :kind, :cycle, :items, :now)
ON CONFLICT (scope, key) DO NOTHING;

-- name: free_work
SELECT key FROM keeper_work
WHERE scope = :scope AND expires_at <= :now
ORDER BY planned_at, key LIMIT :limit
FOR UPDATE SKIP LOCKED;

-- name: claim
UPDATE keeper_work SET owner = :owner, fence = fence + 1, expires_at = :until
WHERE scope = :scope AND key = :key AND expires_at <= :now;

-- name: beat
UPDATE keeper_work SET expires_at = :until WHERE scope = :scope AND owner = :owner AND expires_at > :now;

-- name: mine
SELECT * FROM keeper_work
WHERE scope = :scope AND owner = :owner AND expires_at > :now
ORDER BY planned_at, key;

-- name: hold_work
UPDATE keeper_work SET expires_at = :until
WHERE scope = :scope AND key = :key AND owner = :owner AND fence = :fence AND expires_at > :now
RETURNING fence;

-- name: note_intent
UPDATE keeper_work SET intent = :intent, hashes = :hashes WHERE scope = :scope AND key = :key;

-- name: drop_work
DELETE FROM keeper_work WHERE scope = :scope AND key = :key;

-- name: release_work
UPDATE keeper_work SET expires_at = 0 WHERE scope = :scope AND owner = :owner;

-- name: add_run
INSERT INTO keeper_run (scope, tx_hash, kind, cycle, items, block, paid, held, amount, gas_used, fee_wei, owner, at)
VALUES (:scope, :tx_hash, :kind, :cycle, :items, :block, :paid, :held, :amount, :gas_used, :fee_wei, :owner, :now)
ON CONFLICT (scope, tx_hash) DO NOTHING;

-- name: runs
SELECT * FROM keeper_run WHERE scope = :scope ORDER BY at DESC, block DESC LIMIT :limit;

-- name: sums
SELECT kind, count(*) AS transactions, sum(paid) AS paid, sum(held) AS held, sum(amount) AS amount,
       sum(gas_used) AS gas_used, max(cycle) AS last_cycle
FROM keeper_run WHERE scope = :scope GROUP BY kind ORDER BY kind;

-- name: heaviest
SELECT max(gas_used / items) AS per_item
FROM (SELECT gas_used, items FROM keeper_run
      WHERE scope = :scope AND kind = :kind AND items > 0 ORDER BY at DESC LIMIT 20) AS latest;

-- name: troubles
SELECT kind, item, tries, tried_at, why FROM keeper_trouble WHERE scope = :scope ORDER BY kind, item;

-- name: add_trouble
INSERT INTO keeper_trouble (scope, kind, item, tries, tried_at, why)
VALUES (:scope, :kind, :item, 1, :tried_at, :why)
ON CONFLICT (scope, kind, item) DO UPDATE
SET tries = keeper_trouble.tries + 1, tried_at = :tried_at, why = :why;

-- name: end_trouble
DELETE FROM keeper_trouble WHERE scope = :scope AND kind = :kind AND item = :item;

-- name: seen
INSERT INTO keeper_seen (scope, owner, seen_at, head, waits) VALUES (:scope, :owner, :now, :head, :waits)
ON CONFLICT (scope, owner) DO UPDATE SET seen_at = :now, head = :head, waits = :waits;

-- name: gone
DELETE FROM keeper_seen WHERE scope = :scope AND (owner = :owner OR seen_at < :before);

-- name: keepers
SELECT owner, seen_at, head, waits FROM keeper_seen WHERE scope = :scope ORDER BY owner;
