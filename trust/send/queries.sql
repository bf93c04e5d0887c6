-- name: genesis
SELECT genesis FROM chain WHERE chain_id = :chain_id;

-- name: remember_genesis
INSERT INTO chain (chain_id, genesis) VALUES (:chain_id, :genesis) ON CONFLICT DO NOTHING;

-- name: add_intent
INSERT INTO intent (chain_id, sender, key, recipient, data, value, gas_wanted, gas_spare, note, queued_at)
VALUES (:chain_id, :sender, :key, :recipient, :data, :value, :gas_wanted, :gas_spare, :note, :now);

-- name: enqueue_again
UPDATE intent
SET sender = :sender, recipient = :recipient, data = :data, value = :value, gas_wanted = :gas_wanted,
    gas_spare = :gas_spare, note = :note, queued_at = :now, state = 'queued', nonce = NULL, gas = NULL,
    reason = NULL, detail = '', revert_data = x''
WHERE chain_id = :chain_id AND key = :key;

-- name: by_key
SELECT * FROM intent WHERE chain_id = :chain_id AND key = :key;

-- name: by_nonce
SELECT * FROM intent WHERE chain_id = :chain_id AND sender = :sender AND nonce = :nonce;

-- name: live
SELECT * FROM intent
WHERE chain_id = :chain_id AND sender = :sender AND state IN ('reserved', 'sent', 'mined')
ORDER BY nonce;

-- name: queued
SELECT * FROM intent
WHERE chain_id = :chain_id AND sender = :sender AND state = 'queued'
ORDER BY id LIMIT :limit;

-- name: unsettled_keys
SELECT key FROM intent
WHERE chain_id = :chain_id AND sender = :sender AND state IN ('queued', 'reserved', 'sent', 'mined')
ORDER BY id;

-- name: settled_from
SELECT * FROM intent
WHERE chain_id = :chain_id AND sender = :sender AND nonce >= :nonce AND state IN ('final', 'failed')
ORDER BY nonce;

-- name: attempts_of
SELECT * FROM attempt WHERE intent IN (SELECT value FROM json_each(:ids)) ORDER BY nonce, max_fee;

-- name: owned_nonces
SELECT nonce FROM intent WHERE chain_id = :chain_id AND sender = :sender AND nonce >= :nonce;

-- name: reserve
UPDATE intent SET state = 'reserved', nonce = :nonce, gas = :gas WHERE id = :id AND state = 'queued';

-- name: add_attempt
INSERT INTO attempt (hash, intent, nonce, max_fee, priority_fee, raw, offered_at)
VALUES (:hash, :id, :nonce, :max_fee, :priority_fee, :raw, :now)
ON CONFLICT (hash) DO UPDATE SET broadcast_at = NULL, refusal = NULL;

-- name: set_sent
UPDATE intent SET state = 'sent', receipt = NULL, reason = NULL, detail = '', revert_data = x'' WHERE id = :id;

-- name: set_broadcast
UPDATE attempt
SET offered_at = CASE WHEN broadcast_at IS NULL AND :now IS NOT NULL THEN :now ELSE offered_at END,
    broadcast_at = :now, refusal = :refusal
WHERE hash = :hash;

-- name: settle
UPDATE intent
SET state = :state, receipt = :receipt, reason = :reason, revert_data = :revert_data
WHERE id = :id;

-- name: give_up_nonce
UPDATE intent SET state = 'queued', nonce = NULL, gas = NULL, receipt = NULL WHERE id = :id;

-- name: fail_without_nonce
UPDATE intent
SET state = 'failed', nonce = NULL, reason = :reason, detail = :detail, revert_data = :revert_data
WHERE id = :id;

-- name: highest_nonce
SELECT max(nonce) FROM intent WHERE chain_id = :chain_id AND sender = :sender;
