"""Settings (设置): environment variables ``GEOPLAN_*``, read once when the app is made."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from geoplan.errors import InputError

PREFIX = "GEOPLAN_"
_OF_CLI = {"GEOPLAN_DEBUG"}
_OF_TESTS = "GEOPLAN_REQUIRE_"  # the switches that turn a skipped test into a failed one


class Settings(BaseSettings):
    """
    What the service needs to know.

    ``workspace`` is the folder it serves; ``policy`` another policy than the workspace names;
    ``host`` and ``port`` where it listens; ``max_body_kb`` the largest request body.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    workspace: Path = Path("data/demo")
    policy: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    max_body_kb: int = 2048


def read_settings(**given: object) -> Settings:
    """
    Read the settings; a misspelt ``GEOPLAN_*`` variable is an error, not silence.

    Raises
    ------
    InputError
        If a variable with the prefix is unknown.
    """
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields} | _OF_CLI
    ours = (k for k in map(str.upper, os.environ) if k.startswith(PREFIX))
    unknown = sorted(k for k in ours if k not in known and not k.startswith(_OF_TESTS))
    if unknown:
        raise InputError(
            f"Unknown settings: {', '.join(unknown)}.",
            zh=f"未知的设置：{', '.join(unknown)}。",
            fix=f"known are {', '.join(sorted(known))}",
            fix_zh=f"可用的有 {', '.join(sorted(known))}",
        )
    return Settings(**given)  # type: ignore[arg-type]
