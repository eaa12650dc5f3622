SELECT digest, erased_at, erased_by FROM tombstone ORDER BY erased_at, digest
