"""How migrations reach the database: run by autodiff for every command that needs one."""

import logging
import os
import re
from contextlib import ExitStack
from logging.config import fileConfig
from typing import Any

from autodiff import context
from sqlalchemy import MetaData, engine_from_config, pool

# The settings: the ini file, or pyproject.toml.
config = context.config

# Logging as the ini file says.
if config.config_file_name is not None and os.path.exists(config.config_file_name):
    fileConfig(config.config_file_name, disable_existing_loggers=False)

# Two-phase commit: all databases, or none. The drivers have to support it.
USE_TWOPHASE = False

logger = logging.getLogger("autodiff.env")

# The names of the databases; each has a section of its own in the ini file.
db_names = re.split(r",\s*", config.get_main_option("databases", ""))

# The models of each database, for --autogenerate:
# from myapp.models import Base1, Base2
# target_metadata = {"engine1": Base1.metadata, "engine2": Base2.metadata}
target_metadata: dict[str, MetaData] = {}


def run_migrations_offline() -> None:
    """Write the SQL of the migrations (--sql), one file for each database."""
    for name in db_names:
        logger.info("Migrating database %s", name)
        file_name = f"{name}.sql"
        logger.info("Writing output to %s", file_name)
        with open(file_name, "w", encoding="utf-8") as buffer:
            context.configure(
                url=context.config.get_section_option(name, "sqlalchemy.url"),
                output_buffer=buffer,
                target_metadata=target_metadata.get(name),
                literal_binds=True,
                dialect_opts={"paramstyle": "named"},
            )
            with context.begin_transaction():
                context.run_migrations(engine_name=name)


def run_migrations_online() -> None:
    """Run the migrations on a connection of each database; commit when all of them went well."""
    with ExitStack() as stack:
        opened: dict[str, Any] = {}
        for name in db_names:
            engine = engine_from_config(
                context.config.get_section(name, {}),
                prefix="sqlalchemy.",
                poolclass=pool.NullPool,
            )
            connection = stack.enter_context(engine.connect())
            begin = connection.begin_twophase if USE_TWOPHASE else connection.begin
            opened[name] = (connection, begin())

        try:
            for name, (connection, _) in opened.items():
                logger.info("Migrating database %s", name)
                context.configure(
                    connection=connection,
                    upgrade_token=f"{name}_upgrades",
                    downgrade_token=f"{name}_downgrades",
                    target_metadata=target_metadata.get(name),
                )
                context.run_migrations(engine_name=name)

            if USE_TWOPHASE:
                for _, transaction in opened.values():
                    transaction.prepare()

            for _, transaction in opened.values():
                transaction.commit()
        except BaseException:
            for _, transaction in opened.values():
                transaction.rollback()
            raise


if context.is_offline_mode():
    run_migrations_offline()
else:
    run_migrations_online()
