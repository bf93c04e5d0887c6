-- name: charges
SELECT c.*, b.timestamp
FROM charge c
JOIN block b ON b.number = c.block_number
WHERE (:production IS NULL OR c.production_id = :production)
  AND (:member IS NULL OR c.member_id = :member)
  AND (:licence IS NULL OR (c.ref = :licence AND c.kind < 3))
ORDER BY c.block_number, c.log_index;

-- name: spent
SELECT kind, count(*) AS charges, sum(gross) AS gross, sum(dues) AS dues,
       sum(benefits) AS benefits, sum(levy) AS levy
FROM charge
WHERE production_id = :production
GROUP BY kind;

-- name: uses_of_production
SELECT count(*) AS uses, coalesce(sum(u.iterations), 0) AS iterations, coalesce(sum(u.output_seconds), 0) AS seconds
FROM event_used u
JOIN event_scene_granted g ON g.grant_id = u.grant_id
WHERE g.licence_id >> 24 = :production;

-- PostgreSQL takes the types of NULLs from the first two parts.
-- name: licence_events
SELECT h.*, b.timestamp
FROM (
    SELECT block_number, log_index, tx_hash, 'LicenceSuspended' AS name, NULL AS expires, reason_hash
    FROM event_licence_suspended WHERE licence_id = :licence
    UNION ALL
    SELECT block_number, log_index, tx_hash, 'LicenceGranted', expires, NULL
    FROM event_licence_granted WHERE licence_id = :licence
    UNION ALL
    SELECT block_number, log_index, tx_hash, 'LicenceExtended', expires, NULL
    FROM event_licence_extended WHERE licence_id = :licence
    UNION ALL
    SELECT block_number, log_index, tx_hash, 'LicenceRevoked', NULL, NULL
    FROM event_licence_revoked WHERE licence_id = :licence
    UNION ALL
    SELECT block_number, log_index, tx_hash, 'LicenceReinstated', NULL, NULL
    FROM event_licence_reinstated WHERE licence_id = :licence
) h
JOIN block b ON b.number = h.block_number
ORDER BY h.block_number, h.log_index;

-- name: cancellation
SELECT c.block_number, c.log_index, c.tx_hash, 'ProductionCancelled' AS name, NULL AS expires, NULL AS reason_hash,
       b.timestamp
FROM event_production_cancelled c
JOIN block b ON b.number = c.block_number
WHERE c.production_id = :production;

-- name: training_runs
SELECT t.run, t.dataset_root, t.model_hash, b.timestamp AS recorded_at,
       d.timestamp AS retired_at, m.evidence_hash
FROM event_training_run_recorded t
JOIN block b ON b.number = t.block_number
LEFT JOIN event_model_retired m ON m.licence_id = t.licence_id AND m.run = t.run
LEFT JOIN block d ON d.number = m.block_number
WHERE t.licence_id = :licence
ORDER BY t.run;

-- name: paydays
SELECT p.*, b.timestamp
FROM event_paid p
JOIN block b ON b.number = p.block_number
WHERE p.member_id = :member
ORDER BY p.block_number, p.log_index;

-- name: held
SELECT p.*, b.timestamp
FROM event_pay_held p
JOIN block b ON b.number = p.block_number
WHERE p.member_id = :member
ORDER BY p.block_number, p.log_index;

-- name: paid_sums
SELECT (SELECT coalesce(sum(amount), 0) FROM event_funded) AS funded,
       (SELECT coalesce(sum(amount), 0) FROM event_taken_back) AS taken_back,
       (SELECT coalesce(sum(amount), 0) FROM event_paid) AS members,
       (SELECT coalesce(sum(amount), 0) FROM event_agent_paid) AS agents,
       (SELECT coalesce(sum(benefits), 0) FROM event_remitted) AS benefits,
       (SELECT coalesce(sum(levy), 0) FROM event_remitted) AS levy,
       (SELECT coalesce(sum(dues), 0) FROM event_remitted) AS dues;

-- name: transfers
SELECT sender, recipient, amount FROM transfer;

-- name: pool_payments
SELECT p.*, b.timestamp
FROM pool_payment p
JOIN block b ON b.number = p.block_number
WHERE p.pool_id = :pool AND p.chunk = :chunk
ORDER BY p.block_number, p.log_index;

-- name: pool_held
SELECT h.*
FROM event_pool_pay_held h
WHERE h.member_id = :member
ORDER BY h.block_number, h.log_index;

-- name: wallets_of
SELECT block_number, log_index, wallet
FROM event_wallet_set
WHERE member_id = :member
ORDER BY block_number, log_index;

-- name: members_of
SELECT DISTINCT member_id FROM event_wallet_set WHERE wallet = :wallet ORDER BY member_id;
