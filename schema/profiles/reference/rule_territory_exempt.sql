SELECT 'group:' || group_id AS principal
FROM territory_exemption
