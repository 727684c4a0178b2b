"""The trimtab command, one file for each group of commands."""
