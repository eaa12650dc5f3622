-- The instant of creation, for the relative dates in staff.sql. Gone with the connection.
CREATE TEMP TABLE clock AS SELECT $1 AS at;
