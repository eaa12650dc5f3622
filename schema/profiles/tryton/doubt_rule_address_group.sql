SELECT what FROM doubt WHERE model = 'party.address' AND NOT is_global
