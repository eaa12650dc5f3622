-- Reading parties may be denied as a whole; that is not understood.
SELECT 'model access ' || id || ' denies reading ' || model AS what
FROM ir_model_access
WHERE model = 'party.party' AND active AND NOT perm_read
