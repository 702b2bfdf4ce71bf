"""Step 1 (第 1 步): versions, transactions, state."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLE = "versions, transactions, state"

# op, valid time before content and geom: they are read without touching the long columns
_TABLES = """
CREATE TABLE registry_migrations (number {int} PRIMARY KEY, title {str} NOT NULL);
CREATE TABLE registry_state (name {str} PRIMARY KEY, value {str} NOT NULL);
CREATE TABLE registry_transactions (
  tx {id}, recorded_at {str} NOT NULL, who {str} NOT NULL, why {str} NOT NULL,
  document {str}, source {str}, records {int} NOT NULL, digest {str} NOT NULL,
  previous {str} NOT NULL, hash {str} NOT NULL);
CREATE TABLE registry_versions (
  id {id}, tx {int} NOT NULL, layer {str} NOT NULL, key {str} NOT NULL, op {str} NOT NULL,
  valid_from {str}, valid_to {str}, digest {bytes} NOT NULL, content {str} NOT NULL, geom {bytes});
CREATE UNIQUE INDEX registry_versions_key ON registry_versions (layer, key, tx);
CREATE INDEX registry_versions_from ON registry_versions (valid_from) WHERE valid_from IS NOT NULL;
CREATE INDEX registry_versions_to ON registry_versions (valid_to) WHERE valid_to IS NOT NULL
"""


def statements(types: Mapping[str, str]) -> list[str]:
    """Return the statements in the database's types."""
    return _TABLES.format_map(types).split(";\n")
