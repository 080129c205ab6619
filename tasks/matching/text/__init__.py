"""Expertise from text: how near an expert's own texts are to a piece of work (pure)."""
