"""The pages on which people sign up and say who they are."""
