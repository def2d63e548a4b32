"""Small corpora made on the spot, in the layouts of the public ones that they stand in for."""
