"""Measures Trimtab on this machine, beside its peers, in one run each. Results go to `bench/results/`."""
