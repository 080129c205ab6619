"""The endpoints: one file for each kind of object, each function one atomic piece of work."""
