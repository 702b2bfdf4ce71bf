"""One router per domain, named as in the library (路由)."""
