-- name: production
SELECT 1 AS one FROM event_production_registered WHERE production_id = :production AND block_number <= :block;

-- name: block_hash
SELECT hash FROM block WHERE number = :block;

-- name: attested
SELECT * FROM event_credit_attested WHERE credit_id = :credit;

-- name: issued
SELECT i.studio, i.block_hash, i.tx_index, b.timestamp
FROM event_credit_issued i
JOIN block b ON b.number = i.block_number
WHERE i.credit_id = :credit;

-- Credits that no longer stand.
-- name: fallen
SELECT credit_id FROM event_credit_revoked WHERE block_number <= :block
UNION
SELECT credit_id FROM event_credit_superseded WHERE block_number <= :block;

-- name: latest
SELECT coalesce(max(credit_id), 0) AS latest FROM event_credit_attested WHERE production_id = :production;
