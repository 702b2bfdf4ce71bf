"""The command line (命令行): ``geoplan VERB``; heavy libraries load only where needed."""

from __future__ import annotations

from geoplan.cli import boundaries as boundaries
from geoplan.cli import boundary_changes as boundary_changes
from geoplan.cli import convert as convert
from geoplan.cli import keys as keys
from geoplan.cli import markers as markers
from geoplan.cli import names as names
from geoplan.cli import names_registers as names_registers
from geoplan.cli import papers as papers
from geoplan.cli import reach as reach
from geoplan.cli import registry as registry
from geoplan.cli import scenarios as scenarios
from geoplan.cli import siting as siting
from geoplan.cli import standards as standards
from geoplan.cli import tiles as tiles
from geoplan.cli.app import app as app
from geoplan.cli.app import main as main
