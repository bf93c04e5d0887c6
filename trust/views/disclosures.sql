-- One row is one material given to one member: first told of when it was disclosed, or when the member reported it.
-- `{which}` are conditions on that first event, `{wanted}` on what came of it (trust/views/disclosures.py).

-- name: disclosures
WITH item AS (
    SELECT d.block_number, d.log_index, d.tx_hash, d.production_id, d.member_id, d.material_hash, d.kind
    FROM event_disclosed d
    WHERE d.reported = 0 AND {which}
    UNION ALL
    SELECT d.block_number, d.log_index, d.tx_hash, d.production_id, d.member_id, d.material_hash, d.kind
    FROM event_undisclosed_reported d
    WHERE {which}
), told AS (
    SELECT f.block_number, f.log_index, f.tx_hash, f.production_id, f.member_id, f.material_hash, b.timestamp AS told_at,
           coalesce(d.kind, f.kind) AS kind, d.model_hash, d.work_starts, d.late, disclosed.timestamp AS disclosed_at,
           CASE WHEN r.member_id IS NULL THEN NULL ELSE b.timestamp END AS reported_at,
           answered.timestamp AS answered_at, x.evidence_hash,
           acknowledged.timestamp AS acknowledged_at, contested.timestamp AS contested_at, c.reason_hash,
           (
               SELECT p.card_acknowledge_days * 86400
               FROM event_rate_card_published p
               WHERE p.card_effective_from <= coalesce(disclosed.timestamp, b.timestamp)
               ORDER BY p.version DESC
               LIMIT 1
           ) AS patience
    FROM item f
    JOIN block b ON b.number = f.block_number
    LEFT JOIN event_disclosed d
           ON d.member_id = f.member_id AND d.production_id = f.production_id AND d.material_hash = f.material_hash
    LEFT JOIN block disclosed ON disclosed.number = d.block_number
    LEFT JOIN event_undisclosed_reported r
           ON r.member_id = f.member_id AND r.production_id = f.production_id AND r.material_hash = f.material_hash
    LEFT JOIN event_report_answered x
           ON x.member_id = f.member_id AND x.production_id = f.production_id AND x.material_hash = f.material_hash
    LEFT JOIN block answered ON answered.number = x.block_number
    LEFT JOIN event_disclosure_acknowledged a
           ON a.member_id = f.member_id AND a.production_id = f.production_id AND a.material_hash = f.material_hash
    LEFT JOIN block acknowledged ON acknowledged.number = a.block_number
    LEFT JOIN event_disclosure_contested c
           ON c.member_id = f.member_id AND c.production_id = f.production_id AND c.material_hash = f.material_hash
    LEFT JOIN block contested ON contested.number = c.block_number
), due AS (
    SELECT t.*,
           CASE
               WHEN disclosed_at IS NULL AND answered_at IS NOT NULL THEN NULL
               WHEN disclosed_at IS NULL THEN reported_at + patience
               WHEN coalesce(acknowledged_at, contested_at) IS NOT NULL THEN NULL
               -- Who was told late isn't late themselves.
               WHEN work_starts > disclosed_at AND work_starts < disclosed_at + patience THEN work_starts
               ELSE disclosed_at + patience
           END AS due_at
    FROM told t
)
SELECT * FROM due
WHERE {wanted}
ORDER BY block_number {way}, log_index {way}
LIMIT :limit;
