UPDATE folder_status SET pass_id = $1, delivered_at = $2
WHERE error_code IS NULL AND EXISTS (SELECT 1 FROM block WHERE block.user_key = folder_status.user_key AND block.book = folder_status.book)
