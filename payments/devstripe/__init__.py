"""A small local Stripe for the demo and the tests: real HTTP, real signatures, no real money.

It speaks the part of Stripe's API that the marketplace uses, so the unmodified `stripe` package
talks to it by a change of base address alone. State lives in memory. It imports neither Django nor
the Stripe package. FIDELITY.md says which behaviours Stripe documents and which are our guess.
"""
