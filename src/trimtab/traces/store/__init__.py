"""All SQL of the traces room, and the Arrow shape of its rows: one file for writing, one for each kind of question."""
