-- Both forms of a charge. Kind 4 is Charge.ITERATION_FEE; a licence's number is production and member.
CREATE VIEW charge AS
SELECT block_number, log_index, tx_hash, production_id, member_id, ref, kind,
       parts_gross AS gross, parts_dues AS dues, parts_benefits AS benefits, parts_levy AS levy
FROM event_charged
UNION ALL
SELECT i.block_number, i.log_index, i.tx_hash, g.licence_id >> 24, g.licence_id & 16777215, i.grant_id, 4,
       i.gross, i.dues, i.benefits, i.levy
FROM event_iterations_charged i
JOIN event_scene_granted g ON g.grant_id = i.grant_id;

-- How far seats were paid: `seats` are positions (JSON), NULL for all of the chunk; `vacated` seats earn no more.
-- What a seat got is floor(units * earned / 2^64), less what it had got before.
CREATE VIEW pool_payment AS
SELECT block_number, log_index, tx_hash, pool_id, chunk, earned, paid, NULL AS seats, 0 AS vacated
FROM event_pool_pushed
UNION ALL
SELECT block_number, log_index, tx_hash, pool_id, chunk, earned, paid, seats, 0 FROM event_seats_paid
UNION ALL
SELECT block_number, log_index, tx_hash, pool_id, chunk, earned, paid, seats, 1 FROM event_seats_vacated;
