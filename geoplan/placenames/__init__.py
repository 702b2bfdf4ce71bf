"""
Place names (地名): rules that run, readings and spelling, addresses, cases, signs, heritage.

>>> import geoplan as gp
>>> gp.placenames.class_of("23500"), gp.placenames.key("随州 市")
('street', '随州市')
"""

from __future__ import annotations

from geoplan.placenames import heritage as heritage
from geoplan.placenames import linked_places as linked_places
from geoplan.placenames import place_codes as place_codes
from geoplan.placenames import reconciliation as reconciliation
from geoplan.placenames import renames as renames
from geoplan.placenames.case_flow import Move, advance
from geoplan.placenames.cases import Case
from geoplan.placenames.characters import Characters
from geoplan.placenames.classes import CLASSES, class_of
from geoplan.placenames.deadlines import deadlines, overdue
from geoplan.placenames.door_numbers import door_findings
from geoplan.placenames.generics import Generics
from geoplan.placenames.geocode import Geocoder, geocode
from geoplan.placenames.lexicons import Lexicons
from geoplan.placenames.name_index import NameIndex
from geoplan.placenames.name_rows import register_names
from geoplan.placenames.near_names import nearest_names
from geoplan.placenames.normalise import key, keys
from geoplan.placenames.publishing import published_share
from geoplan.placenames.readings import Reading, Readings
from geoplan.placenames.reverse import reverse
from geoplan.placenames.romanise import Roman, romanise
from geoplan.placenames.rules import Proposal, Reference, blocking, check_name, override
from geoplan.placenames.sign_orders import purchase_list
from geoplan.placenames.signs import missing_signs, sign_texts
from geoplan.placenames.unit_cover import UnitCover

__all__ = [
    "CLASSES",
    "Case",
    "Characters",
    "Generics",
    "Geocoder",
    "Lexicons",
    "Move",
    "NameIndex",
    "Proposal",
    "Reading",
    "Readings",
    "Reference",
    "Roman",
    "UnitCover",
    "advance",
    "blocking",
    "check_name",
    "class_of",
    "deadlines",
    "door_findings",
    "geocode",
    "heritage",
    "key",
    "keys",
    "linked_places",
    "missing_signs",
    "nearest_names",
    "overdue",
    "override",
    "place_codes",
    "published_share",
    "purchase_list",
    "reconciliation",
    "register_names",
    "renames",
    "reverse",
    "romanise",
    "sign_texts",
]
