"""A server in a container, where a Docker engine answers; `testcontainers` is imported only then, for it is slow."""

from __future__ import annotations

import gc
import warnings
from typing import Any

IMAGES = {"postgresql": "postgres:17", "mariadb": "mariadb:11", "mysql": "mysql:9"}


class NoDocker(Exception):
    """There is no Docker engine that answers, or no library to talk to it."""


class Container:
    """A server in a container, until `stop` (testcontainers' reaper ends it with this process, too)."""

    def __init__(self, family: str, image: str = "") -> None:
        _ping()
        self._container = _container(family, image or IMAGES[family])
        self._container.start()
        self.url: str = self._container.get_connection_url()
        if family != "postgresql":
            self.url += "?ssl_disabled=true"

    def stop(self) -> None:
        self._container.stop()


def _ping() -> None:
    try:
        import docker
    except ImportError as error:
        raise NoDocker("testcontainers is not installed") from error
    with warnings.catch_warnings():
        # The client leaves its socket open where nobody answers; with warnings as errors a test would fail for it.
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            docker.from_env(timeout=5).ping()
        except Exception:  # docker raises its own, requests' and the operating system's
            answers = False
        else:
            answers = True
        gc.collect()
    if not answers:
        raise NoDocker("no Docker engine answers")


def _container(family: str, image: str) -> Any:
    if family == "postgresql":
        from testcontainers.community.postgres import PostgresContainer

        return PostgresContainer(image, username="postgres", password="postgres", driver="psycopg")
    from testcontainers.community.mysql import MySqlContainer

    return MySqlContainer(image, dialect="pymysql", username="root", root_password="root", password="root")
