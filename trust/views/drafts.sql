-- A production's assets, with what each was made from and by whom.
-- name: assets
SELECT a.asset_id, a.kind, a.grant_id, a.prompt_author, a.depth, a.since_human, b.timestamp, a.block_number, a.log_index
FROM event_asset_registered a
JOIN block b ON b.number = a.block_number
WHERE a.production_id = :production
ORDER BY a.block_number, a.log_index;

-- name: humans
SELECT c.asset_id, c.member_id, c.role, c.share_bps
FROM event_contributed c
JOIN event_asset_registered a ON a.asset_id = c.asset_id
WHERE a.production_id = :production
ORDER BY c.block_number, c.log_index;

-- name: machines
SELECT m.asset_id, m.model_hash, m.share_bps
FROM event_machine_contributed m
JOIN event_asset_registered a ON a.asset_id = m.asset_id
WHERE a.production_id = :production
ORDER BY m.block_number, m.log_index;

-- name: parents
SELECT d.child_id, d.parent_id
FROM event_derived d
JOIN event_asset_registered a ON a.asset_id = d.child_id
WHERE a.production_id = :production
ORDER BY d.block_number, d.log_index;

-- None for what is no bundle.
-- name: children
SELECT d.parent_id
FROM event_bundled b
JOIN event_derived d ON d.child_id = b.bundle_id
WHERE b.bundle_id = :id
ORDER BY d.block_number, d.log_index;
