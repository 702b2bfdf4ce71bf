"""Processes (分析过程): what can be computed, at once or as a job."""
