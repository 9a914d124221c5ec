"""Seeded families of satisfiability problems, and sets of training and test instances made of them."""
