"""Real databases for the tests: found on this machine, started privately, emptied for each test, gone afterwards."""
