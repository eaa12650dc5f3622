-- Why: of a folder that is not looked into since nothing of it changed, people are to be told the same as when it was.
DELETE FROM block;
ALTER TABLE block ADD COLUMN told TEXT NOT NULL DEFAULT ''; -- figures of the folder as they were when it was last compared, for people
