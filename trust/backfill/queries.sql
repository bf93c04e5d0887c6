-- name: add_plan
INSERT INTO backfill_plan (only_one, first_block, last_block, last_hash, last_time, proven)
VALUES (1, :first_block, :last_block, :last_hash, :last_time, :proven);

-- name: add_range
INSERT INTO backfill_range (first_block, last_block, parent, last_hash)
VALUES (:first_block, :last_block, :parent, :last_hash);

-- name: plan
SELECT first_block, last_block, last_hash, last_time, proven FROM backfill_plan;

-- name: claim
UPDATE backfill_range
SET owner = :owner, fence = fence + 1, expires_at = clock_timestamp() + make_interval(secs => :lease)
WHERE first_block = (
    SELECT first_block FROM backfill_range
    WHERE done_at IS NULL AND expires_at <= clock_timestamp()
    ORDER BY first_block LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING first_block, last_block, parent, last_hash, fence;

-- name: hold
UPDATE backfill_range SET expires_at = clock_timestamp() + make_interval(secs => :lease)
WHERE first_block = :first_block AND owner = :owner AND fence = :fence AND done_at IS NULL
RETURNING fence;

-- name: finish
UPDATE backfill_range SET done_at = clock_timestamp(), trouble = '', events = :events, transfers = :transfers
WHERE first_block = :first_block;

-- name: give_back
UPDATE backfill_range SET expires_at = '-infinity', trouble = :trouble
WHERE first_block = :first_block AND owner = :owner AND fence = :fence AND done_at IS NULL;

-- name: sums
SELECT count(*) AS ranges, count(done_at) AS done, coalesce(sum(events), 0) AS events,
       coalesce(sum(transfers), 0) AS transfers,
       count(*) FILTER (WHERE done_at IS NULL AND expires_at > clock_timestamp()) AS held
FROM backfill_range;

-- name: workers
SELECT owner, count(done_at) AS done, count(*) - count(done_at) AS held, coalesce(sum(events), 0) AS events
FROM backfill_range WHERE owner <> '' AND (done_at IS NOT NULL OR expires_at > clock_timestamp())
GROUP BY owner ORDER BY owner;

-- name: troubles
SELECT first_block, last_block, trouble FROM backfill_range WHERE trouble <> '' ORDER BY first_block;

-- name: unlinked
SELECT later.first_block AS block
FROM (
    SELECT first_block, parent, lag(last_hash) OVER around AS hash, lag(last_block) OVER around AS block
    FROM backfill_range WINDOW around AS (ORDER BY first_block)
) AS later
WHERE later.hash <> later.parent OR later.block + 1 <> later.first_block
ORDER BY later.first_block LIMIT 1;

-- name: relations
SELECT table_name AS name, table_type AS kind FROM information_schema.tables
WHERE table_schema = :schema AND table_name NOT IN ('backfill_plan', 'backfill_range')
ORDER BY table_name;
