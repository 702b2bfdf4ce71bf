"""Policies (规范): every threshold as data, with unit, clause, basis and dates."""

from __future__ import annotations

from geoplan.policy.model import Parameter, Policy, Source
from geoplan.policy.parse import parse_policy
from geoplan.policy.problems import Problem
from geoplan.policy.rule import ClassValue, Rule, RuleOptions
from geoplan.policy.tables import as_frame, diff
from geoplan.policy.vocabulary import KINDS, SCHEMA_VERSION

__all__ = [
    "KINDS",
    "SCHEMA_VERSION",
    "ClassValue",
    "Parameter",
    "Policy",
    "Problem",
    "Rule",
    "RuleOptions",
    "Source",
    "as_frame",
    "diff",
    "parse_policy",
]
