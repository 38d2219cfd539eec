"""Networks that learn from a column of arrays, as classifiers of scikit-learn's kind.

What is kept of one are its parameters and its weights, as arrays of NumPy: files of models hold no code of a framework,
and are read by whoever has none. Only learning and asking need it.
"""
