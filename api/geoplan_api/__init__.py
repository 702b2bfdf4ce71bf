"""The geoplan service (服务): thin HTTP routes over the library."""
