-- A production's writers' room, and its pools' statements, in the order of the chain.

-- name: opened
SELECT episodes, needed, rate_card_version FROM event_room_opened WHERE production_id = :production;

-- name: resized
SELECT episodes, needed FROM event_room_resized
WHERE production_id = :production
ORDER BY block_number DESC, log_index DESC
LIMIT 1;

-- name: joined
SELECT block_number, log_index, member_id, starts, whole_weeks FROM event_writer_joined
WHERE production_id = :production
ORDER BY block_number, log_index;

-- name: left
SELECT block_number, log_index, member_id, until, never_wrote FROM event_writer_left
WHERE production_id = :production
ORDER BY block_number, log_index;

-- name: declared
SELECT block_number, log_index, team, writers FROM event_sole_team_declared
WHERE production_id = :production
ORDER BY block_number, log_index;

-- name: ended
SELECT block_number, log_index FROM event_sole_team_ended
WHERE production_id = :production
ORDER BY block_number, log_index;

-- name: pools
SELECT pool_id FROM event_room_pool_opened WHERE production_id = :production ORDER BY pool_id;

-- name: statements
SELECT s.pool_id, s.version, s.assets_root, s.chunk, s.writers, s.shares_bps, b.timestamp AS stated_at
FROM event_contributions_stated s
JOIN event_room_pool_opened p ON p.pool_id = s.pool_id
JOIN block b ON b.number = s.block_number
WHERE p.production_id = :production
ORDER BY s.pool_id, s.version;
