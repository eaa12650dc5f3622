INSERT INTO audit (at, actor, action, subjects, why) VALUES ($1, $2, $3, $4, $5)
