"""``python -m geoplan_api [WS]``."""

from __future__ import annotations

import sys

import uvicorn

from geoplan_api.app import create_app
from geoplan_api.settings import read_settings


def main() -> None:
    """Serve the workspace named on the command line, or by ``GEOPLAN_WORKSPACE``."""
    given = {"workspace": sys.argv[1]} if len(sys.argv) > 1 else {}
    settings = read_settings(**given)
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port)


if __name__ == "__main__":
    main()
