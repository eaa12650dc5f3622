SELECT id AS part, 'mandates' AS principal
FROM company
WHERE is_secret
