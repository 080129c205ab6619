"""Who people are, and who may work for whom."""
