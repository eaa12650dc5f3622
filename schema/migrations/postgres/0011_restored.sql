-- Why: a state that comes from a backup does not know what came into mailboxes since; that it does is to be remembered until a pass has looked.
ALTER TABLE installation ADD COLUMN restored_after BIGINT; -- the last pass that was known when a person said that it was brought back; NULL: nobody ever did
