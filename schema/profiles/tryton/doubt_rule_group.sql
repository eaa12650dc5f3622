SELECT what FROM doubt WHERE model = 'party.party' AND NOT is_global
