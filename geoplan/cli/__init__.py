"""The command line (命令行): ``geoplan VERB``; heavy libraries load only where needed."""

from __future__ import annotations

from geoplan.cli import reach as reach
from geoplan.cli.app import app as app
from geoplan.cli.app import main as main
