"""The rules of the house as functions: each takes a tree and returns its faults, worst said first.

A rule is a function so that it can be tried twice: on the project, where it must find nothing, and
on a small tree with a planted fault, which it must find.
"""
