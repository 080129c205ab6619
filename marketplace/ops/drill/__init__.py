"""Drills: real processes, real failures, the same end each time, or the command fails."""
