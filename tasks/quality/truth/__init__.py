"""How several answers to one closed question become one, with a chance for each class."""
