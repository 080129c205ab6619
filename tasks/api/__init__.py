"""The client API: projects, tasks, results."""
