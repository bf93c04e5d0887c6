-- name: licences
SELECT licence_id
FROM event_licence_granted
WHERE production_id = :production
ORDER BY block_number, log_index;

-- name: production
SELECT 1 AS known FROM event_production_registered WHERE production_id = :production;
