SELECT id, created_at, key_check FROM installation
