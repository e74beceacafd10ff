"""`make demo-reset`: an empty development database, and the example company in it again."""

from __future__ import annotations

import os
import shutil
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from psycopg2 import sql

from portal import embedded, health


class Command(BaseCommand):
    """Drop everything the development installation holds and load the example company. Asks nothing."""

    help = "Empty the development database, queue and stored files, then load the example company."
    requires_system_checks: list[str] = []  # some look into the database, which may not run yet

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_real_data()
        try:
            with embedded.start(settings.RUN_DIR) if _is_embedded() else _Given():
                _recreate_database()
                with health.broker() as server:
                    server.flushdb()  # queued tasks name rows that are gone
                _empty_storage()
                call_command("migrate", verbosity=0, interactive=False)
                call_command("load_example")
                call_command("load_example_choices")
                connections.close_all()
        except (embedded.ServiceError, psycopg2.Error) as error:
            raise CommandError(f"The database could not be made anew: {str(error).strip()}") from error
        self.stdout.write("The example company is loaded; everything else is gone.")


class _Given:
    """Stands for servers that somebody else started and stops."""

    def __enter__(self) -> _Given:
        return self

    def __exit__(self, *error: object) -> None:
        return None


def _is_embedded() -> bool:
    return embedded.database_url(settings.RUN_DIR) == settings.DATABASE_URL


def _refuse_real_data() -> None:
    """Raises CommandError when this is, or may be, somebody's real installation."""
    if settings.PRODUCTION:
        raise CommandError("This is a production installation (PORTAL_MODE); its data is never emptied.")
    ours = _is_embedded() and not (os.environ.get("REDIS_URL") or os.environ.get("STORAGE_DIR"))
    if not ours and os.environ.get("FORCE") != "1":
        raise CommandError(
            "DATABASE_URL, REDIS_URL or STORAGE_DIR name places of your own; all in them would be deleted. "
            "Unset them, or say FORCE=1 make demo-reset."
        )


def _recreate_database() -> None:
    """Drop and create, even while `make run` is at it: its processes connect again by themselves."""
    words = connection.get_connection_params()
    name = words.pop("dbname")
    connection.close()
    words = {key: words[key] for key in ("host", "port", "user", "password", "sslmode") if words.get(key)}
    maintenance = psycopg2.connect(dbname="postgres", **words)
    try:
        maintenance.autocommit = True
        with maintenance.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    finally:
        maintenance.close()


def _empty_storage() -> None:
    """Stored files without their rows would be litter that nobody can open."""
    if settings.STORAGE_DIR.is_dir():
        for path in settings.STORAGE_DIR.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
