"""The demo: a small world of simulated people that drives the marketplace through its doors.

Nothing here imports a model. The people, their answers and the tasks come from data files and a
seed, so that two runs with the same arguments ask and answer the same.
"""
