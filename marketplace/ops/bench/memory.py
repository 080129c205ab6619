"""How much memory a process has (Linux)."""

from pathlib import Path


def resident_mb(pid: int | None) -> float:
    """Resident memory of a process, 0 where it is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    sizes = [line.split()[1] for line in text.splitlines() if line.startswith("VmRSS")]
    return int(sizes[0]) / 1024 if sizes else 0.0
