"""OGC API: Features, Tiles, Styles, Processes."""
