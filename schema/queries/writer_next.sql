UPDATE writer SET number = number + 1, holder = $1
RETURNING number, ended
