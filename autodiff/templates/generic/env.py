"""How migrations reach the database: run by autodiff for every command that needs one."""

import os
from logging.config import fileConfig

from autodiff import context
from sqlalchemy import engine_from_config, pool

# The settings: the ini file, or pyproject.toml.
config = context.config

# Logging as the ini file says.
if config.config_file_name is not None and os.path.exists(config.config_file_name):
    fileConfig(config.config_file_name, disable_existing_loggers=False)

# The models, for --autogenerate:
# from myapp.models import Base
# target_metadata = Base.metadata
target_metadata = None

# Options of your own from the ini file:
# my_option = config.get_main_option("my_option")


def run_migrations_offline() -> None:
    """Write the SQL of the migrations (--sql). No driver is needed, only the dialect of the url."""
    url = config.get_main_option("sqlalchemy.url")
    context.configure(
        url=url,
        target_metadata=target_metadata,
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
    )

    with context.begin_transaction():
        context.run_migrations()


def run_migrations_online() -> None:
    """Run the migrations on a connection."""
    connectable = engine_from_config(
        config.get_section(config.config_ini_section, {}),
        prefix="sqlalchemy.",
        poolclass=pool.NullPool,
    )

    with connectable.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata)

        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
