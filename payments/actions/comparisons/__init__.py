"""Our books beside every other record of the same money, one module for each comparison."""
