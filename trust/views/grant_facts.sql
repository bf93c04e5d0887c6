-- `{table}` is an event's, `{key}` the column of what it is about: trust/views/grant_facts.py puts them in.

-- name: about
SELECT e.*, b.timestamp
FROM {table} e
JOIN block b ON b.number = e.block_number
WHERE e.{key} = :number
ORDER BY e.block_number, e.log_index;

-- name: uses_of
SELECT e.*, b.timestamp
FROM event_used e
JOIN block b ON b.number = e.block_number
WHERE e.grant_id = :grant AND e.output_hash = :output
ORDER BY e.block_number, e.log_index;

-- name: uses_in
SELECT e.*, b.timestamp
FROM event_used e
JOIN block b ON b.number = e.block_number
WHERE e.tx_hash = :tx
ORDER BY e.block_number, e.log_index;
