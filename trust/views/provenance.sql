-- An id is an asset's, a batch's or a bundle's; one of these has a row.
-- name: entry
SELECT 'ASSET' AS form, a.asset_id AS id, a.production_id, a.kind, a.grant_id, a.prompt_author, a.depth, a.since_human,
       a.batch_id, NULL AS held, a.tx_hash, b.timestamp
FROM event_asset_registered a JOIN block b ON b.number = a.block_number
WHERE a.asset_id = :id
UNION ALL
SELECT 'BUNDLE', a.bundle_id, NULL, NULL, NULL, NULL, a.depth, a.since_human, NULL, a.children, a.tx_hash, b.timestamp
FROM event_bundled a JOIN block b ON b.number = a.block_number
WHERE a.bundle_id = :id
UNION ALL
SELECT 'BATCH', a.batch_id, a.production_id, NULL, NULL, NULL, 65535, 65535, NULL, a.assets, a.tx_hash, b.timestamp
FROM event_batch_committed a JOIN block b ON b.number = a.block_number
WHERE a.batch_id = :id;

-- name: contributions
SELECT c.member_id, c.role, c.share_bps, c.evidence_hash,
       (SELECT max(b.timestamp) FROM event_contribution_confirmed o JOIN block b ON b.number = o.block_number
        WHERE o.asset_id = c.asset_id AND o.member_id = c.member_id AND o.role = c.role
          AND o.share_bps = c.share_bps) AS confirmed_at
FROM event_contributed c
WHERE c.asset_id = :id
ORDER BY c.block_number, c.log_index;

-- name: disputes
SELECT d.member_id, d.reason_hash, d.tx_hash, b.timestamp
FROM event_contribution_disputed d JOIN block b ON b.number = d.block_number
WHERE d.asset_id = :id
ORDER BY d.block_number, d.log_index;

-- name: machines
SELECT model_hash, share_bps FROM event_machine_contributed WHERE asset_id = :id ORDER BY block_number, log_index;

-- Edges, with what the far end of each stands for. `{found}` is one of the four below, `{far}` its far end.
-- name: edges
WITH RECURSIVE found(child_id, parent_id) AS ({found})
SELECT f.child_id, f.parent_id, f.{far} AS id,
       CASE WHEN a.asset_id IS NOT NULL THEN 'ASSET' WHEN u.bundle_id IS NOT NULL THEN 'BUNDLE' ELSE 'BATCH' END AS form,
       coalesce(a.production_id, c.production_id) AS production_id, a.kind,
       coalesce(a.depth, u.depth, 65535) AS depth, coalesce(a.since_human, u.since_human, 65535) AS since_human,
       coalesce(u.children, c.assets) AS held, coalesce(a.tx_hash, u.tx_hash, c.tx_hash) AS tx_hash, b.timestamp
FROM found f
LEFT JOIN event_asset_registered a ON a.asset_id = f.{far}
LEFT JOIN event_bundled u ON u.bundle_id = f.{far}
LEFT JOIN event_batch_committed c ON c.batch_id = f.{far}
JOIN block b ON b.number = coalesce(a.block_number, u.block_number, c.block_number)
LIMIT :limit;

-- name: parents
SELECT child_id, parent_id FROM event_derived WHERE child_id = :id

-- name: children
SELECT child_id, parent_id FROM event_derived WHERE parent_id = :id

-- name: up
SELECT child_id, parent_id FROM event_derived WHERE child_id = :id
UNION
SELECT d.child_id, d.parent_id FROM event_derived d JOIN found f ON d.child_id = f.parent_id

-- name: down
SELECT child_id, parent_id FROM event_derived WHERE parent_id = :id
UNION
SELECT d.child_id, d.parent_id FROM event_derived d JOIN found f ON d.parent_id = f.child_id

-- A page of a production's assets, in the chain's order.
-- name: of_production
SELECT a.asset_id, a.kind, a.grant_id, a.prompt_author, a.depth, a.since_human, a.batch_id, a.tx_hash, a.block_number,
       a.log_index, b.timestamp,
       (SELECT coalesce(sum(c.share_bps), 0) FROM event_contributed c WHERE c.asset_id = a.asset_id) AS human_bps,
       (SELECT count(*) FROM event_contribution_disputed d WHERE d.asset_id = a.asset_id) AS disputes
FROM event_asset_registered a JOIN block b ON b.number = a.block_number
WHERE a.production_id = :production AND (a.block_number, a.log_index) > (:block, :log)
ORDER BY a.block_number, a.log_index
LIMIT :limit;

-- name: batches
SELECT a.batch_id, a.assets, a.tx_hash, b.timestamp,
       (SELECT count(*) FROM event_asset_registered p WHERE p.batch_id = a.batch_id) AS proven
FROM event_batch_committed a JOIN block b ON b.number = a.block_number
WHERE a.production_id = :production
ORDER BY a.block_number, a.log_index;
