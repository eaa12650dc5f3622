-- Why: folders are read back on a clock of their own, which must not begin anew whenever the worker is started.
ALTER TABLE pass ADD COLUMN has_read_back BIGINT NOT NULL DEFAULT 0 CHECK (has_read_back IN (0, 1)); -- whether it read all folders back and came to its end
