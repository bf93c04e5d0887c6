-- All as of :at, Unix seconds: what was not yet in a block then is not there.
-- name: licences
SELECT g.licence_id, g.member_id, g.modalities, g.starts, g.expires AS until,
       coalesce((SELECT c.max_synthetic_depth FROM event_synthetic_depth_capped c WHERE c.licence_id = g.licence_id), 65535)
           AS max_synthetic_depth,
       (SELECT min(b.timestamp) FROM event_licence_revoked r JOIN block b ON b.number = r.block_number
        WHERE r.licence_id = g.licence_id AND b.timestamp <= :at) AS revoked_at
FROM event_licence_granted g
JOIN block b ON b.number = g.block_number
WHERE g.production_id = :production AND g.training = 1 AND b.timestamp <= :at
ORDER BY g.block_number, g.log_index;

-- name: halts
SELECT h.licence_id, h.suspended, b.timestamp
FROM (
    SELECT licence_id, block_number, log_index, 1 AS suspended FROM event_licence_suspended
    WHERE licence_id >> 24 = :production
    UNION ALL
    SELECT licence_id, block_number, log_index, 0 FROM event_licence_reinstated
    WHERE licence_id >> 24 = :production
) h
JOIN block b ON b.number = h.block_number
WHERE b.timestamp <= :at
ORDER BY h.block_number, h.log_index;

-- name: collective
SELECT o.pool_id, c.member_id, o.modalities, o.not_before AS starts, o.expires AS until,
       (SELECT min(b.timestamp) FROM event_pool_consent_revoked r JOIN block b ON b.number = r.block_number
        WHERE r.pool_id = o.pool_id AND r.member_id = c.member_id AND b.timestamp <= :at) AS revoked_at,
       (SELECT min(b.timestamp) FROM event_collective_run_recorded t JOIN block b ON b.number = t.block_number
        WHERE t.pool_id = o.pool_id AND b.timestamp < :at) AS run_at,
       (SELECT min(b.timestamp) FROM event_pool_deal_closed t JOIN block b ON b.number = t.block_number
        WHERE t.pool_id = o.pool_id AND b.timestamp <= :at) AS closed_at
FROM event_collective_licence_opened o
JOIN event_pool_consented c ON c.pool_id = o.pool_id
JOIN block b ON b.number = c.block_number
WHERE o.production_id = :production AND b.timestamp <= :at
ORDER BY c.block_number, c.log_index;

-- name: closings
SELECT h.name, b.timestamp
FROM (
    SELECT block_number, log_index, 'registered' AS name FROM event_production_registered
    WHERE production_id = :production
    UNION ALL
    SELECT block_number, log_index, 'cancelled' FROM event_production_cancelled WHERE production_id = :production
    UNION ALL
    SELECT block_number, log_index, 'struck' FROM event_strike_declared WHERE production_id = :production
    UNION ALL
    SELECT block_number, log_index, 'strike ended' FROM event_strike_ended WHERE production_id = :production
) h
JOIN block b ON b.number = h.block_number
WHERE b.timestamp <= :at
ORDER BY h.block_number, h.log_index;

-- A page of all pooled records: commitments have no index.
-- name: records
SELECT p.block_number, p.log_index, p.record_id, p.member_id, p.production_id, p.modality, p.commitment,
       b.timestamp AS pooled_at
FROM event_record_pooled p
JOIN block b ON b.number = p.block_number
WHERE (p.block_number, p.log_index) > (:block, :log) AND b.timestamp <= :at
ORDER BY p.block_number, p.log_index
LIMIT :limit;

-- name: erased
SELECT e.record_id, b.timestamp AS erased_at
FROM event_record_erased e
JOIN block b ON b.number = e.block_number
WHERE b.timestamp <= :at;

-- name: declared
SELECT d.member_id, d.root, d.items, d.data_mining, d.ai_inference, d.ai_generative_training, d.ai_training,
       d.constraint_hash, d.tx_hash, b.timestamp
FROM event_archive_declared d
JOIN block b ON b.number = d.block_number
WHERE b.timestamp <= :at
ORDER BY d.block_number, d.log_index;

-- A page of all assets and bundles.
-- name: depths
SELECT k.id, k.depth, k.block_number, k.log_index
FROM (
    SELECT asset_id AS id, depth, block_number, log_index FROM event_asset_registered
    UNION ALL
    SELECT bundle_id, depth, block_number, log_index FROM event_bundled
) k
JOIN block b ON b.number = k.block_number
WHERE (k.block_number, k.log_index) > (:block, :log) AND b.timestamp <= :at
ORDER BY k.block_number, k.log_index
LIMIT :limit;

-- name: runs
SELECT t.licence_id, NULL AS pool_id, t.run, t.model_hash, t.tx_hash, b.timestamp, t.block_number, t.log_index
FROM event_training_run_recorded t
JOIN block b ON b.number = t.block_number
WHERE t.dataset_root = :root
UNION ALL
SELECT NULL, t.pool_id, 1, t.model_hash, t.tx_hash, b.timestamp, t.block_number, t.log_index
FROM event_collective_run_recorded t
JOIN block b ON b.number = t.block_number
WHERE t.dataset_root = :root
ORDER BY 7, 8;
