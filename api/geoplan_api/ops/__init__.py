"""Running the service (运维): health, metrics, log."""
