"""A site to browse, its own store, and an ear on the browser's console."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _store(settings: Any, tmp_path: Any) -> None:
    settings.STORAGE_DIR = tmp_path


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    """The address of the running site; links in mails lead there."""
    settings.SITE_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def console(page: Any) -> Iterator[list[str]]:
    """What the browser complained about: anything the policy refused, any script error."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield said
    assert [words for words in said if "status of 4" not in words] == []
