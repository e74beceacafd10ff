"""A wrong or missing value stops the boot with one sentence that names the setting."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
KEY, OTHER = "k" * 50, "m" * 50
GOOD = {
    "PORTAL_MODE": "production",
    "SECRET_KEY": KEY,
    "MASTER_KEY": OTHER,
    "DATABASE_URL": "postgresql://portal@db/portal",
    "REDIS_URL": "redis://broker/0",
    "SITE_URL": "https://rights.example.com",
    "STORAGE_DIR": "/srv/portal",
    "EMAIL_URL": "smtp://localhost:25",
}


def boot(print_: str = "'up'", **changes: str | None) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    given = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    code = f"from portal import settings; print({print_})"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**kept, **given}, capture_output=True, text=True
    )


def test_a_whole_production_configuration_boots() -> None:
    done = boot(
        "settings.SESSION_COOKIE_SECURE, settings.DEBUG, settings.STAFF_MFA_REQUIRED, settings.SECURE_SSL_REDIRECT"
    )
    assert done.stdout.strip() == "True False True True", done.stderr


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"PORTAL_MODE": None, "SECRET_KEY": None}, "SECRET_KEY"),  # no mode means production
        ({"PORTAL_MODE": "prod"}, "PORTAL_MODE"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "insecure-" + KEY}, "SECRET_KEY"),
        ({"MASTER_KEY": KEY}, "MASTER_KEY"),
        ({"SITE_URL": "http://rights.example.com"}, "SITE_URL"),
        ({"SITE_URL": "rights.example.com"}, "SITE_URL"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"DATABASE_URL": None}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///x.db"}, "DATABASE_URL"),
        ({"REDIS_URL": "http://broker"}, "REDIS_URL"),
        ({"STORAGE_DIR": None}, "STORAGE_DIR"),
        ({"EMAIL_URL": None}, "EMAIL_URL"),
        ({"STAFF_MFA_REQUIRED": "false"}, "STAFF_MFA_REQUIRED"),
        ({"STAFF_MFA_REQUIRED": "perhaps"}, "STAFF_MFA_REQUIRED"),
        ({"PACKAGE_DAYS": "0"}, "PACKAGE_DAYS"),
        ({"PORT": "web"}, "PORT"),
        ({"REGISTER_FILE": "/nowhere.toml"}, "REGISTER_FILE"),
        ({"EMAIL_URL": "carrier-pigeon://coop"}, "EMAIL_URL"),
        ({"MAIL_FROM": "nobody"}, "MAIL_FROM"),
        ({"SECRET_KEY": None, "SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(changes: dict[str, str | None], names: str) -> None:
    done = boot(**changes)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("The portal cannot start: "), done.stderr
    assert names in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_secrets_may_come_from_files(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("f" * 44 + "\n")
    done = boot("settings.SECRET_KEY", SECRET_KEY=None, SECRET_KEY_FILE=str(file))
    assert done.stdout.strip() == "f" * 44, done.stderr
