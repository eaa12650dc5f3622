SELECT user_id AS user, 'group:' || group_id AS principal
FROM group_member
