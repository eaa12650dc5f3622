CREATE SCHEMA adressbote
