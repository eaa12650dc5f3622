SELECT 'administrator' AS principal
