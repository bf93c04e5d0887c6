-- Failures since the payee was last paid; those before the last change of wallet don't count as tries.
-- name: members_held
SELECT h.member_id AS item, max(b.timestamp) AS tried_at,
       sum(CASE WHEN NOT EXISTS (SELECT 1 FROM event_wallet_set w
                       WHERE w.member_id = h.member_id
                         AND (w.block_number, w.log_index) > (h.block_number, h.log_index)) THEN 1 ELSE 0 END) AS tries
FROM (SELECT member_id, block_number, log_index FROM event_pay_held
      UNION ALL SELECT member_id, block_number, log_index FROM event_pool_pay_held) h
JOIN block b ON b.number = h.block_number
WHERE NOT EXISTS (SELECT 1 FROM event_paid p
                  WHERE p.member_id = h.member_id
                    AND (p.block_number, p.log_index) > (h.block_number, h.log_index))
GROUP BY h.member_id;

-- name: agents_held
SELECT h.agent AS item, max(b.timestamp) AS tried_at, count(*) AS tries
FROM event_agent_pay_held h
JOIN block b ON b.number = h.block_number
WHERE NOT EXISTS (SELECT 1 FROM event_agent_paid p
                  WHERE p.agent = h.agent
                    AND (p.block_number, p.log_index) > (h.block_number, h.log_index))
GROUP BY h.agent;

-- name: payees_held
SELECT h.payee AS item, max(b.timestamp) AS tried_at, count(*) AS tries
FROM event_remittance_held h
JOIN block b ON b.number = h.block_number
WHERE NOT EXISTS (SELECT 1 FROM event_remitted p
                  WHERE p.payee = h.payee
                    AND (p.block_number, p.log_index) > (h.block_number, h.log_index))
GROUP BY h.payee;

-- name: agents_paid
SELECT p.agent AS item, max(b.timestamp) AS paid_at
FROM event_agent_paid p JOIN block b ON b.number = p.block_number
GROUP BY p.agent;

-- name: productions_swept
SELECT p.production_id AS item, max(b.timestamp) AS paid_at
FROM event_production_swept p JOIN block b ON b.number = p.block_number
GROUP BY p.production_id;

-- name: remitted
SELECT max(b.timestamp) AS paid_at
FROM event_remitted p JOIN block b ON b.number = p.block_number;

-- name: chunks_pushed
SELECT p.pool_id || ':' || p.chunk AS item, max(b.timestamp) AS paid_at
FROM event_pool_pushed p JOIN block b ON b.number = p.block_number
GROUP BY p.pool_id, p.chunk;

-- name: pools_swept
SELECT p.pool_id AS item, max(b.timestamp) AS paid_at
FROM event_pool_swept p JOIN block b ON b.number = p.block_number
GROUP BY p.pool_id;
