"""autodiff beside Alembic and beside the floor, in one run: `python -m benchmarks`, or `make bench`."""
