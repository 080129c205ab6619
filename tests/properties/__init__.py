"""Properties that hold in any world, after anything that can happen in it."""
