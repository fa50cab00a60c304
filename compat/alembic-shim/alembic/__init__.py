"""The name `alembic`: `import alembic` and every `alembic.x.y` give autodiff's own modules."""

import autodiff.compat

# From here on sys.modules["alembic"] is the alias, and so is what this import statement gives.
autodiff.compat.install()
