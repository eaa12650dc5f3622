SELECT (SELECT max(id) FROM audit) AS operators, (SELECT max(at) FROM audit) AS operators_at, (SELECT max(id) FROM pass) AS pass, (SELECT max(started_at) FROM pass) AS pass_at
