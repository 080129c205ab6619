"""Wrong programs made from right ones, each proved wrong by the tests of its own problem.

`operators` change a program in one place, `runner` and `child` try it in a process of its own,
`search` looks for a failing change for each problem, `cache` remembers what was found.
"""
