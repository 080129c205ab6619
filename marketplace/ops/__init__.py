"""Operations: the demo, the proof of the books, the doctor, drills and benchmarks (top layer)."""
