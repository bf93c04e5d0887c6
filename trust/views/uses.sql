-- Uses are found by their places first, then read. `{uses}` and `{grants}` are the tables of one kind of grant, `{key}`
-- its number; the rest holds only what was asked for, so that indexes serve. trust/views/use_places.py puts them in.

-- name: in_order
SELECT u.block_number, u.log_index
FROM {uses} u
WHERE {span}
ORDER BY {order}
LIMIT :limit;

-- Goes through the uses in their order and looks up the grant of each: nested so that no database finds another way.
-- name: walk
SELECT u.block_number, u.log_index
FROM {uses} u
WHERE {span} AND (
    SELECT CASE WHEN {which} THEN 1 ELSE 0 END FROM {grants} g WHERE g.{key} = u.{key} LIMIT 1
) = 1
ORDER BY {order}
LIMIT :limit;

-- name: walk_end
SELECT u.block_number, u.log_index
FROM {uses} u
WHERE {span}
ORDER BY {order}
LIMIT 1 OFFSET :width;

-- name: how_many
SELECT count(*) AS found FROM (SELECT 1 FROM {chosen} WHERE {which} LIMIT :most) chosen;

-- A sum, or a database may go through all grants in their order.
-- name: first_grant
SELECT min((g.block_number << 32) + g.log_index) AS place FROM {chosen} WHERE {which};

-- The next use of each grant. Materialized, or SQLite looks each of them up three times.
-- name: next_of_each
WITH next AS MATERIALIZED (
    SELECT g.{key} AS item, (
        SELECT (u.block_number << 32) + u.log_index
        FROM {uses} u
        WHERE u.{key} = g.{key} AND {span}
        ORDER BY {order}
        LIMIT 1
    ) AS place
    FROM {chosen}
    WHERE {which}
)
SELECT item, place FROM next WHERE place IS NOT NULL ORDER BY place {way} LIMIT :limit;

-- name: of_one
SELECT * FROM (
    SELECT u.block_number, u.log_index
    FROM {uses_seated}
    WHERE u.{key} = {item} AND {span}
    ORDER BY {order}
    LIMIT :limit
) one;

-- name: of_each
-- The same of many items at once, where it can be said: to plan a union of so many takes longer than to read it.
SELECT one.block_number, one.log_index
FROM (VALUES {items}) AS wanted (item)
CROSS JOIN LATERAL (
    SELECT u.block_number, u.log_index
    FROM {uses_seated}
    WHERE u.{key} = wanted.item AND {span}
    ORDER BY {order}
    LIMIT :limit
) one;

-- name: block_from
SELECT number FROM block WHERE timestamp >= :time ORDER BY timestamp, number LIMIT 1;

-- name: uses_at
SELECT u.block_number, u.log_index, u.tx_hash, u.grant_id, NULL AS pool_id, g.licence_id >> 24 AS production_id,
       g.licence_id & 16777215 AS member_id, g.scene_hash, g.terms_asset_class AS asset_class,
       g.terms_replica_type AS replica_type, u.kind, u.iterations, u.output_seconds, u.used_at,
       u.output_hash, u.prompt_commitment, u.model, g.terms_iteration_fee AS price, NULL AS gross,
       b.timestamp AS reported_at
FROM (VALUES {places}) p
CROSS JOIN event_used u
CROSS JOIN event_scene_granted g
CROSS JOIN block b
WHERE u.block_number = p.column1 AND u.log_index = p.column2 AND g.grant_id = u.grant_id
  AND b.number = u.block_number;

-- Of a crowd, which has no use kind or seconds. It is charged right after each of its uses is told of.
-- name: crowds_uses_at
SELECT u.block_number, u.log_index, u.tx_hash, NULL AS grant_id, u.pool_id, g.production_id,
       NULL AS member_id, g.scene_hash, 0 AS asset_class,
       2 AS replica_type, NULL AS kind, u.uses AS iterations, NULL AS output_seconds, b.timestamp AS used_at,
       u.output_hash, u.prompt_commitment, u.model, g.price, c.gross,
       b.timestamp AS reported_at
FROM (VALUES {places}) p
CROSS JOIN event_pool_used u
CROSS JOIN event_pool_granted g
CROSS JOIN event_pool_charged c
CROSS JOIN block b
WHERE u.block_number = p.column1 AND u.log_index = p.column2 AND g.pool_id = u.pool_id
  AND b.number = u.block_number
  AND c.pool_id = u.pool_id AND c.block_number = u.block_number
  AND c.log_index = (
      SELECT min(n.log_index) FROM event_pool_charged n
      WHERE n.block_number = u.block_number AND n.log_index > u.log_index
  );
