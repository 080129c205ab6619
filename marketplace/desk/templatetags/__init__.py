"""What the desk's templates ask."""
