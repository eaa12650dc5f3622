-- Why: who takes the lock must know whether whoever had it before has ended, or has only lost it and may still be sending.
ALTER TABLE writer ADD COLUMN ended BIGINT NOT NULL DEFAULT 0; -- the number of who last said, at his end, that nothing of his is under way
