"""The pages on which annotators see their money and set up how it reaches them."""
