-- A version is former since the next one was made; one that removes the filter, since it was made itself.
DELETE FROM filter
WHERE COALESCE(
      (
          SELECT MIN(later.made_at) FROM filter AS later
          WHERE later.book = filter.book AND later.holder = filter.holder AND later.version > filter.version
      ),
      CASE WHEN is_removed = 1 THEN made_at END
  ) < $1 - (SELECT retention_days FROM book WHERE book.book = filter.book) * 86400000
