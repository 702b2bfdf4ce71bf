"""Files in and out (文件读写): bureau formats, policies, workspaces, saved networks."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoplan.io.atomic import replacing as replacing
    from geoplan.io.atomic import replacing_folder as replacing_folder
    from geoplan.io.census_form import Release as Release
    from geoplan.io.census_form import read_census_form as read_census_form
    from geoplan.io.census_form import write_census_template as write_census_template
    from geoplan.io.coordinate_txt_write import write_coordinate_txt as write_coordinate_txt
    from geoplan.io.digests import digest_file as digest_file
    from geoplan.io.digests import digest_frame as digest_frame
    from geoplan.io.elevation import read_elevation as read_elevation
    from geoplan.io.exchange_package import open_package as open_package
    from geoplan.io.exchange_package import write_exchange_package as write_exchange_package
    from geoplan.io.inspire_au import write_inspire as write_inspire
    from geoplan.io.kml import write_kml as write_kml
    from geoplan.io.layers import LayerRead as LayerRead
    from geoplan.io.layers import ReadReport as ReadReport
    from geoplan.io.layers import read_layer as read_layer
    from geoplan.io.mapping import read_mapping as read_mapping
    from geoplan.io.name_exports import write_linked_places as write_linked_places
    from geoplan.io.name_exports import write_names as write_names
    from geoplan.io.networks import NETWORK_FORMAT as NETWORK_FORMAT
    from geoplan.io.networks import open_network as open_network
    from geoplan.io.networks import save_network as save_network
    from geoplan.io.osm import read_osm_facilities as read_osm_facilities
    from geoplan.io.osm import read_osm_roads as read_osm_roads
    from geoplan.io.placename_files import read_characters as read_characters
    from geoplan.io.placename_files import read_generics as read_generics
    from geoplan.io.placename_files import read_lexicons as read_lexicons
    from geoplan.io.plane import Place as Place
    from geoplan.io.pmtiles import write_pmtiles as write_pmtiles
    from geoplan.io.policy_files import data_folder as data_folder
    from geoplan.io.policy_files import list_policies as list_policies
    from geoplan.io.policy_files import read_policy as read_policy
    from geoplan.io.reading_files import read_readings as read_readings
    from geoplan.io.scenario_files import list_scenarios as list_scenarios
    from geoplan.io.scenario_files import read_scenario as read_scenario
    from geoplan.io.scenario_files import write_scenario as write_scenario
    from geoplan.io.secrecy import refuse_state_secrets as refuse_state_secrets
    from geoplan.io.workspace_files import LayerSource as LayerSource
    from geoplan.io.workspace_files import WorkspaceFile as WorkspaceFile
    from geoplan.io.workspace_files import read_workspace_file as read_workspace_file
    from geoplan.io.workspace_files import write_workspace as write_workspace
    from geoplan.io.writing import write as write
    from geoplan.io.writing import write_gpkg as write_gpkg
    from geoplan.io.writing import write_template as write_template
    from geoplan.io.writing import write_xlsx as write_xlsx

_HOME = {
    "LayerRead": "layers", "LayerSource": "workspace_files", "ReadReport": "layers",
    "WorkspaceFile": "workspace_files", "data_folder": "policy_files", "digest_file": "digests",
    "digest_frame": "digests", "list_policies": "policy_files",
    "open_network": "networks", "NETWORK_FORMAT": "networks",
    "open_package": "exchange_package", "Place": "plane", "read_elevation": "elevation",
    "read_mapping": "mapping", "refuse_state_secrets": "secrecy",
    "read_layer": "layers", "read_osm_facilities": "osm", "read_osm_roads": "osm",
    "read_policy": "policy_files", "read_workspace_file": "workspace_files",
    "replacing": "atomic", "replacing_folder": "atomic", "save_network": "networks",
    "write": "writing", "write_coordinate_txt": "coordinate_txt_write",
    "write_exchange_package": "exchange_package", "write_gpkg": "writing",
    "write_inspire": "inspire_au", "write_kml": "kml", "write_pmtiles": "pmtiles",
    "list_scenarios": "scenario_files", "read_scenario": "scenario_files",
    "write_scenario": "scenario_files", "write_template": "writing",
    "write_workspace": "workspace_files", "write_xlsx": "writing",
    "Release": "census_form", "read_census_form": "census_form",
    "write_census_template": "census_form", "write_linked_places": "name_exports",
    "write_names": "name_exports", "read_characters": "placename_files",
    "read_generics": "placename_files", "read_lexicons": "placename_files",
    "read_readings": "reading_files",
}  # fmt: skip

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Import a name's module when it is first used: policies need no pandas."""
    if name not in _HOME:
        message = f"module 'geoplan.io' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"geoplan.io.{_HOME[name]}"), name)
