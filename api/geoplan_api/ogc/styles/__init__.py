"""Styles (样式): colours and legends for web maps, QGIS and others."""
