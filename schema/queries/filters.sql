-- The filters in force: of each holder the latest version, unless it removes the filter.
SELECT book, holder, version, text, author, made_at, is_removed
FROM filter AS latest
WHERE book = $1 AND is_removed = 0
  AND NOT EXISTS (
      SELECT 1 FROM filter AS later
      WHERE later.book = latest.book AND later.holder = latest.holder AND later.version > latest.version
  )
ORDER BY holder
