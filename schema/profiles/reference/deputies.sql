SELECT user_id AS user, stands_for_id AS stands_for, valid_from AS "from", valid_until AS until
FROM deputy
