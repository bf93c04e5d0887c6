-- name: uses
-- A crowd is charged right after each of its uses is told of.
SELECT u.*, e.tx_hash, b.timestamp AS reported_at
FROM (
    SELECT u.block_number, u.log_index, u.grant_id, NULL AS pool_id, g.licence_id >> 24 AS production_id,
           g.licence_id & 16777215 AS member_id, g.scene_hash, g.terms_asset_class AS asset_class,
           g.terms_replica_type AS replica_type, u.kind, u.iterations, u.output_seconds, u.used_at,
           u.output_hash, u.prompt_commitment, u.model, g.terms_iteration_fee AS price, NULL AS gross
    FROM event_used u
    JOIN event_scene_granted g ON g.grant_id = u.grant_id
    UNION ALL
    SELECT u.block_number, u.log_index, NULL, u.pool_id, g.production_id,
           NULL, g.scene_hash, 0,
           2, NULL, u.uses, NULL, NULL,
           u.output_hash, u.prompt_commitment, u.model, g.price, c.gross
    FROM event_pool_used u
    JOIN event_pool_granted g ON g.pool_id = u.pool_id
    JOIN event_pool_charged c ON c.pool_id = u.pool_id AND c.block_number = u.block_number
        AND c.log_index = (
            SELECT min(n.log_index) FROM event_pool_charged n
            WHERE n.block_number = u.block_number AND n.log_index > u.log_index
        )
) u
JOIN event e USING (block_number, log_index)
JOIN block b ON b.number = u.block_number
WHERE (:production IS NULL OR u.production_id = :production)
  AND (:member IS NULL OR u.member_id = :member OR (
    EXISTS (
        SELECT 1 FROM event_pool_consented s
        WHERE s.pool_id = u.pool_id AND s.member_id = :member
          AND (s.block_number, s.log_index) < (u.block_number, u.log_index)
    ) AND NOT EXISTS (
        SELECT 1 FROM event_pool_consent_revoked r
        WHERE r.pool_id = u.pool_id AND r.member_id = :member
          AND (r.block_number, r.log_index) < (u.block_number, u.log_index)
    )
  ))
  AND (:grant IS NULL OR u.grant_id = :grant)
  AND (:pool IS NULL OR u.pool_id = :pool)
  AND (u.block_number, u.log_index) > (:after_block, :after_log)
ORDER BY u.block_number, u.log_index
LIMIT :limit;

-- name: charges
SELECT c.*, e.tx_hash, b.timestamp
FROM charge c
JOIN event e USING (block_number, log_index)
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

-- name: licence_events
SELECT e.block_number, e.log_index, e.name, e.tx_hash, b.timestamp,
       coalesce(g.expires, x.expires) AS expires, s.reason_hash
FROM event e
JOIN block b ON b.number = e.block_number
LEFT JOIN event_licence_granted g USING (block_number, log_index)
LEFT JOIN event_licence_extended x USING (block_number, log_index)
LEFT JOIN event_licence_suspended s USING (block_number, log_index)
LEFT JOIN event_licence_revoked r USING (block_number, log_index)
LEFT JOIN event_licence_reinstated i USING (block_number, log_index)
WHERE e.name IN ('LicenceGranted', 'LicenceExtended', 'LicenceSuspended', 'LicenceRevoked', 'LicenceReinstated')
  AND coalesce(g.licence_id, x.licence_id, s.licence_id, r.licence_id, i.licence_id) = :licence
ORDER BY e.block_number, e.log_index;

-- name: cancellation
SELECT c.block_number, c.log_index, 'ProductionCancelled' AS name, e.tx_hash, b.timestamp,
       NULL AS expires, NULL AS reason_hash
FROM event_production_cancelled c
JOIN event e USING (block_number, log_index)
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
SELECT p.*, e.tx_hash, b.timestamp
FROM event_paid p
JOIN event e USING (block_number, log_index)
JOIN block b ON b.number = p.block_number
WHERE p.member_id = :member
ORDER BY p.block_number, p.log_index;

-- name: held
SELECT p.*, e.tx_hash, b.timestamp
FROM event_pay_held p
JOIN event e USING (block_number, log_index)
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
SELECT p.*, e.tx_hash, b.timestamp
FROM pool_payment p
JOIN event e USING (block_number, log_index)
JOIN block b ON b.number = p.block_number
WHERE p.pool_id = :pool AND p.chunk = :chunk
ORDER BY p.block_number, p.log_index;

-- name: pool_held
SELECT h.*, e.tx_hash
FROM event_pool_pay_held h
JOIN event e USING (block_number, log_index)
WHERE h.member_id = :member
ORDER BY h.block_number, h.log_index;

-- name: wallets_of
SELECT block_number, log_index, wallet
FROM event_wallet_set
WHERE member_id = :member
ORDER BY block_number, log_index;

-- name: members_of
SELECT DISTINCT member_id FROM event_wallet_set WHERE wallet = :wallet ORDER BY member_id;
